"""Questions made on the spot, for the tests of the grader."""

from collections.abc import Callable

from grader import Question, Result

FRONT = """\
format_version: 1
uuid: 6a4b7a56-1d6f-4a6e-9df5-8e1c5b4f0a11
title: A question for a test
kind: coding
area: backpropagation
covers: [C3]
level: junior
minutes: 5
device: {device}
entry_points: [{entry}]
forbid: [{forbid}]
limits: {{{limits}}}
"""

Judge = Callable[..., Result]


def question(
    tests: str,
    *,
    entry: str = "solve",
    reference: str = "",
    forbid: str = "",
    device: str = "cpu",
    **limits: float,
) -> Question:
    """A question with these tests; limits are short, so that a test of a limit is."""
    wanted = {"wall_seconds": 10, "memory_mb": 256} | limits
    front = FRONT.format(
        entry=entry,
        forbid=forbid,
        device=device,
        limits=", ".join(f"{key}: {value}" for key, value in wanted.items()),
    )
    files = {
        "question.yaml": front.encode(),
        "statement.md": b"Solve it.",
        "grading/tests.py": ("from grader.testing import *\nimport torch\n" + tests).encode(),
    }
    return Question.from_files(files | ({"grading/reference.py": reference.encode()} if reference else {}))
