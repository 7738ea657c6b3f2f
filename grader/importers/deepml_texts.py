"""The files of a question that was told in the Deep-ML layout, as text."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from grader.importers.sheet import Case, Sheet
from grader.importers.source import Source, bound_by, fenced, method, signature

#: What scripts use without saying so.
USUAL_IMPORTS = {
    "np": "import numpy as np",
    "numpy": "import numpy",
    "torch": "import torch",
    "math": "import math",
    "random": "import random",
}


def names_of(statement: ast.stmt) -> set[str]:
    """What an import binds."""
    return bound_by(statement) if isinstance(statement, ast.Import | ast.ImportFrom) else set()


def imports_of(statement: ast.stmt, wanted: set[str]) -> Iterator[str]:
    """The parts of an import that bind one of the wanted names, one line each."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            if (alias.asname or alias.name).partition(".")[0] in wanted:
                yield ast.unparse(ast.Import(names=[alias]))
    if isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
        for alias in statement.names:
            if (alias.asname or alias.name) in wanted:
                yield ast.unparse(
                    ast.ImportFrom(module=statement.module, names=[alias], level=statement.level)
                )


def bare(solution: Source) -> str:
    """A starter for a source that has none: the solution's functions and classes without what they do."""
    imports = [solution.statement_text(statement) for statement in solution.imports()]
    parts = [part for statement in solution.tree.body for part in _bare(statement)]
    return "\n\n\n".join([*(["\n".join(imports)] if imports else []), *parts]) + "\n"


def _bare(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef):
        yield f"def {statement.name}({signature(statement)}):\n    raise NotImplementedError"
    if isinstance(statement, ast.ClassDef):
        methods = [s.name for s in statement.body if isinstance(s, ast.FunctionDef)]
        bodies = [
            f"    def {name}({signature(found)}):\n        raise NotImplementedError"
            for name in methods
            if (found := method(statement, name))
        ]
        yield f"class {statement.name}:\n" + ("\n\n".join(bodies) or "    pass")


def statement(sheet: Sheet, entries: Sequence[str]) -> str:
    """What the candidate reads: the description, the example, and how prints are compared."""
    named = " and ".join(f"`{name}`" for name in entries)
    parts = [sheet.description.strip(), *_example(sheet)]
    parts.append(
        f"Your file defines {named}. What the tests print with it is compared as numbers where it is numbers: rounding "
        "in the last of four or more decimals does not count, nor does it whether a list, an array or a tensor is "
        "printed; nesting and words do."
    )
    return "\n\n".join(parts) + "\n"


def _example(sheet: Sheet) -> Iterator[str]:
    titles = {"input": "Input", "output": "Output"}
    shown = [
        f"{title}:\n\n{fenced(sheet.example[key])}" for key, title in titles.items() if key in sheet.example
    ]
    if shown:
        yield "\n\n".join(["## Example", *shown])
    if "reasoning" in sheet.example:
        yield sheet.example["reasoning"].strip()


def solution(sheet: Sheet) -> str:
    """What is shown afterwards: the source's own explanation, and its answer."""
    learn = f"{sheet.learn.strip()}\n\n" if sheet.learn.strip() else ""
    return f"{learn}## An answer\n\n{fenced(sheet.solution, 'python')}\n"


def tests(cases: Sequence[Case]) -> str:
    """grading/tests.py: one test for each script. The first is the one that people see and run."""
    head = '''\
"""What the scripts of the source print with the submission, against what they should print."""

from grader.printed import printed, same_print
from grader.testing import expect, test'''
    return "\n\n\n".join([head, *(_test(number, case) for number, case in enumerate(cases, start=1))]) + "\n"


def _test(number: int, case: Case) -> str:
    shown = ", visible=True" if number == 1 else ""
    return f'''\
@test("prints what test {number} expects"{shown})
def prints_{number}(candidate):
    script = (
{_literal(case.script)}
    )
    expected = (
{_literal(case.expected)}
    )
    expect(same_print(printed(candidate, script), expected))'''


def tellers(cases: Sequence[Case]) -> str:
    """A tests file whose tests pass whatever the scripts print, and say it."""
    head = "from grader.printed import printed\nfrom grader.testing import Check, test"
    return (
        "\n\n\n".join([head, *(_teller(number, case) for number, case in enumerate(cases, start=1))]) + "\n"
    )


def _teller(number: int, case: Case) -> str:
    return f"""\
@test("what test {number} prints")
def tells_{number}(candidate):
    script = (
{_literal(case.script)}
    )
    return Check(True, printed(candidate, script))"""


def _literal(text: str) -> str:
    return "\n".join(f"        {line!r}" for line in text.splitlines(keepends=True)) or "        ''"


_RETURNS_NOTHING = """

def nothing(*args, **kwargs):
    return None


for name in {functions!r}:
    globals()[name] = nothing
for name in {classes!r}:
    kind = globals()[name]
    for part in [part for part in vars(kind) if not part.startswith("_")]:
        setattr(kind, part, nothing)
"""

_WRAPPED = """

for name in {functions!r}:
    globals()[name] = wrapped(globals()[name])
for name in {classes!r}:
    kind = globals()[name]
    for part in [part for part, value in vars(kind).items() if callable(value) and not part.startswith("_")]:
        setattr(kind, part, wrapped(getattr(kind, part)))
"""

_REMEMBERS = '''

def wrapped(function):
    """What was right the first time is returned every time."""
    answers = []

    def call(*args, **kwargs):
        if not answers:
            answers.append(function(*args, **kwargs))
        return answers[0]

    return call
'''

_BENDS = '''

def bent(value):
    """Every number somewhat larger."""
    if value is None or isinstance(value, bool):
        return not value
    if isinstance(value, (list, tuple)):
        return type(value)([bent(item) for item in value])
    if isinstance(value, dict):
        return {key: bent(item) for key, item in value.items()}
    if isinstance(value, str):
        return value + "?"
    return value + 1 if isinstance(value, int) else value * 1.1 + 0.1


def wrapped(function):
    return lambda *args, **kwargs: bent(function(*args, **kwargs))
'''


def wrong_answers(source: str, entries: Sequence[str]) -> dict[str, str]:
    """Sources by name: the solution with something wrong around it."""
    tree = Source("solution.py", source)
    classes = [name for name in entries if isinstance(tree.defined()[name], ast.ClassDef)]
    names = {"functions": [name for name in entries if name not in classes], "classes": classes}
    head = source.rstrip() + "\n"
    return {
        "returns_nothing": head + _RETURNS_NOTHING.format(**names),
        "remembers_its_first_answer": head + _REMEMBERS + _WRAPPED.format(**names),
        "numbers_too_large": head + _BENDS + _WRAPPED.format(**names),
    }
