"""`python -m grader import FORMAT SOURCE DEST`: one source, or every source of a tree."""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Protocol

from grader.errors import QuestionError
from grader.importers import deepml, kernelbench
from grader.importers.labels import Labels, add_options, labels_from
from grader.importers.place import place_for, write_folder
from grader.judge import Grader
from grader.question import Question
from grader.sandbox.device import asked_for

OK, USAGE = 0, 2


class Convert(Protocol):
    """Makes a finished question of one source."""

    def __call__(self, path: Path, labels: Labels, grader: Grader) -> Question: ...


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register `import` with its formats."""
    parser = commands.add_parser("import", help="make questions of what others have written down")
    formats = parser.add_subparsers(required=True, metavar="FORMAT")

    modules = formats.add_parser("kernelbench", help="files with Model, get_inputs and get_init_inputs")
    _add_paths(modules, "Python file, or a tree of such files")
    modules.set_defaults(run=_run_kernelbench)

    printed = formats.add_parser("deepml", help="description, starter, solution and tests that print")
    _add_paths(printed, "question folder, JSON bundle, or a tree of these")
    printed.add_argument(
        "--framework", choices=["", "pytorch"], default="", help="take the variant for a framework"
    )
    printed.set_defaults(run=_run_deepml)


def _add_paths(parser: argparse.ArgumentParser, source: str) -> None:
    parser.add_argument("source", type=Path, metavar="SOURCE", help=source)
    parser.add_argument(
        "destination", type=Path, metavar="DEST", help="the question's folder, or one for several questions"
    )
    add_options(parser)


def _run_kernelbench(options: argparse.Namespace) -> int:
    return _run(options, kernelbench, kernelbench.convert)


def _run_deepml(options: argparse.Namespace) -> int:
    return _run(options, deepml, functools.partial(deepml.convert, framework=options.framework))


def _run(options: argparse.Namespace, kind: ModuleType, convert: Convert) -> int:
    """Import every source; one that cannot be imported is told and does not stop the others."""
    sources = kind.sources_below(options.source)
    labels = labels_from(options)
    failed = 0
    with Grader(device=asked_for(os.environ)) as grader:
        for source in sources:
            failed += not _import_one(source, options, kind, lambda one: convert(one, labels, grader))
    if failed and len(sources) > 1:
        print(f"{len(sources) - failed} of {len(sources)} sources were imported.", file=sys.stderr)
    return USAGE if failed else OK


def _import_one(
    source: Path, options: argparse.Namespace, kind: ModuleType, make: Callable[[Path], Question]
) -> bool:
    """One source; whatever is wrong with it or with its place is told, and nothing of it is written."""
    try:
        many = source != options.source
        # Where it goes is settled before the work is done.
        place = place_for(options.destination, kind.slug_for(source), many=many)
        write_folder(place, make(source).files)
    except QuestionError as error:
        print(error, file=sys.stderr)
        return False
    except OSError as error:
        print(f"{error.filename or source}: {error.strerror}", file=sys.stderr)
        return False
    print(f"{source} → {place}", flush=True)
    return True
