"""How the files of a submission come to run, in the process that is theirs: as a module or as a script."""

from __future__ import annotations

import ast
import linecache
import os
import sys
import types
from collections.abc import Mapping
from typing import Any

from grader.failure import FOLDER
from grader.frames import OWN_LINES

#: The file of an answer that is imported; what else there is can be imported from it.
MAIN = "solution.py"
MODULE = "solution"

#: Characters of a value that own lines end with; a list of a million numbers says no more than its beginning.
LONGEST_VALUE = 10_000


def write(path: str, content: bytes) -> None:
    """A file where the submission finds it."""
    place = os.path.join(FOLDER, path)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "wb") as file:
        file.write(content)


def import_submission(files: Mapping[str, str], name: str = MODULE) -> types.ModuleType:
    """Compile and run the main file as a module of its own; other files can be imported from it by name."""
    for path, text in files.items():
        write(path, text.encode("utf-8", "surrogatepass"))
    sys.path.insert(0, FOLDER)
    sys.argv = [MAIN]
    place, source = os.path.join(FOLDER, MAIN), files[MAIN]
    _show_in_tracebacks(place, source)
    module = types.ModuleType(name)
    module.__file__ = place
    sys.modules[name] = module
    # Text, not bytes: a coding cookie cannot make the source mean something other than what reviewers read.
    exec(compile(source, place, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - what this process is for
    return module


def run_own(files: Mapping[str, str], lines: str) -> None:
    """Run the main file as a script or, with own lines to come after it, import it as their namespace.

    A script that ends by `sys.exit()` has ended well.
    """
    try:
        if lines.strip():
            run_lines(lines, import_submission(files).__dict__)
        else:
            import_submission(files, "__main__")
    except SystemExit as end:
        if end.code not in (None, 0):
            raise


def run_lines(text: str, scope: dict[str, Any]) -> None:
    """Run lines as a notebook runs a cell: the value of an expression at their end is printed."""
    place = os.path.join(FOLDER, OWN_LINES)
    _show_in_tracebacks(place, text)
    tree = ast.parse(text, place)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, place, "exec", dont_inherit=True), scope)  # noqa: S102 - what this process is for
    if isinstance(last, ast.Expr):
        _print_value(eval(compile(ast.Expression(last.value), place, "eval", dont_inherit=True), scope))  # noqa: S307 - as above


def _print_value(value: object) -> None:
    if value is not None:
        text = repr(value)
        more = len(text) - LONGEST_VALUE
        print(text if more <= 0 else f"{text[:LONGEST_VALUE]}… ({more} characters more)")


def _show_in_tracebacks(place: str, source: str) -> None:
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)


def feed(text: str) -> None:
    """Have what is read from standard input be `text`. From a file: a pipe may be too small for it without a reader."""
    write(".input", text.encode())
    path = os.path.join(FOLDER, ".input")
    descriptor = os.open(path, os.O_RDONLY)
    os.dup2(descriptor, 0)
    os.close(descriptor)
    os.unlink(path)
