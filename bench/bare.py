"""What a grading would cost without any protection: a fork of a warm process that runs the same code in itself.

Reads a line for each round from standard input and answers with the seconds that it took.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
import types
from typing import Any

from grader import testing
from grader.asserts import explained_assert
from grader.judge_child import REFERENCE, TESTS
from grader.probe import probe
from grader.question import Question, load_question
from grader.rewrite import HELPER, compiled
from grader.sandbox import hugepages, preload


class Local:
    """The submission's module as tests see it, with nothing in between."""

    device_ = "cpu"

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def probe_(self, function: Any, arguments: Any, keywords: Any, how: dict[str, Any]) -> dict[str, Any]:
        """As the harness does it."""
        return probe(function, arguments, keywords, how)


def run_tests(question: Question, source: str) -> bool:
    """Import, run every test, say whether all passed."""
    module = types.ModuleType("solution")
    exec(compile(source, "solution.py", "exec"), module.__dict__)  # noqa: S102 - what is being measured
    reference = types.ModuleType("reference")
    sys.modules["reference"] = reference
    for path, target in ((REFERENCE, reference), (TESTS, types.ModuleType("tests"))):
        if path in question.files:
            target.__dict__[HELPER] = explained_assert
            code = marshal.loads(compiled(question.files[path], path) or b"")  # noqa: S302 - written here
            exec(code, target.__dict__)  # noqa: S102 - the question's own
    for position, declared in enumerate(testing.declared):
        given = {
            "candidate": Local(module),
            "draw": testing.Draw(position),
            "torch": sys.modules["torch"],
            "seed": position,
        }
        declared.run(**{name: given[name] for name in declared.wants})
    return True


def round_trip(question: Question, source: str) -> float:
    """Seconds from before the fork until the child was waited for."""
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if run_tests(question, source) else 1
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise RuntimeError("the bare run failed")
    return time.perf_counter() - started


def main() -> None:
    """Serve rounds until standard input ends."""
    question, source = load_question(sys.argv[1]), open(sys.argv[2]).read()  # noqa: SIM115 - read once at the start
    preload.everything()
    if "--huge-pages" in sys.argv:
        hugepages.collapse("/proc/self/maps")
    # Compiled before the fork, as the grader does it.
    round_trip(question, source)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(round_trip(question, source), flush=True)


if __name__ == "__main__":
    main()
