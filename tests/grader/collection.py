"""The submissions under attacks/, as data, and the question that they answer: for the tests and for `make bench`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader import Question, Verdict
from tests.grader.workshop import question

FOLDER = Path(__file__).parent / "attacks"
HEADING = re.compile(
    r"^### (?P<name>.+?) -> (?P<verdicts>[A-Z ]+?)(?P<limits>( [a-z_]+=[\d.]+)*)$", re.MULTILINE
)

TESTS = """
@test("doubles", visible=True)
def doubles(candidate, draw):
    x = draw.normal(4, 5)
    expect(close(candidate.solve(x), 2 * x))

@test("doubles again")
def doubles_again(candidate, draw):
    x = draw.normal(4, 5)
    expect(close(candidate.solve(x), 2 * x))

@test("doubles in double precision")
def doubles_precisely(candidate, draw):
    x = draw.normal(1, 3, dtype=torch.float64)
    expect(close(candidate.solve(x), 2 * x))
"""
ORDINARY = "import torch\ndef solve(x):\n    return 2 * x\n"
LIMITS = {"wall_seconds": 5, "memory_mb": 96, "output_kb": 64, "processes": 24, "scratch_mb": 4}


@dataclass(frozen=True)
class Submission:
    """One of the data: what it is called, which verdicts will do, its own limits, its text."""

    group: str
    name: str
    verdicts: frozenset[Verdict]
    limits: dict[str, float]
    source: str


def submissions(group: str) -> Iterator[Submission]:
    text = (FOLDER / f"{group}.txt").read_text()
    headings = list(HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        limits = dict(pair.split("=") for pair in heading["limits"].split())
        yield Submission(
            group,
            heading["name"],
            frozenset(Verdict(code) for code in heading["verdicts"].split()),
            {key: float(value) if "seconds" in key else int(value) for key, value in limits.items()},
            text[heading.end() : following.start() if following else None],
        )


GROUPS = sorted(path.stem for path in FOLDER.glob("*.txt") if path.stem not in ("prelude", "benign"))
ATTACKS = [attack for group in GROUPS for attack in submissions(group)]
BENIGN = list(submissions("benign"))


def asked_of(submission: Submission) -> Question:
    """The question under this submission's limits."""
    return question(TESTS, **(LIMITS | submission.limits))


def source_of(submission: Submission, host: str = "CANARY = '/nowhere'\nPORT = 9\n") -> str:
    """What is handed in. `host` tells an attack where the things are that it would love to reach."""
    prelude = "" if "__future__" in submission.source else ORDINARY
    if submission.group != "benign":
        prelude = host + (FOLDER / "prelude.txt").read_text()
    return prelude + submission.source
