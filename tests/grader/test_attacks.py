"""Submissions that mean harm, and odd ones that do not, against the real sandbox."""

import os
import re
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader import Grader, Result, Verdict
from grader.sandbox.memory import tree
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


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Things of the host that an attack would love to reach, as the lines that tell it where they are."""
    canary = tmp_path_factory.mktemp("host") / "canary"
    canary.write_text("CANARY-CONTENT")
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0CANARY-ADDRESS")
        abstract.listen()
        listener.setblocking(False)
        yield f"CANARY = {str(canary)!r}\nPORT = {listener.getsockname()[1]}\n"
        with pytest.raises(BlockingIOError):
            listener.accept()


def judge(grader: Grader, host: str, submission: Submission) -> Result:
    prelude = "" if "__future__" in submission.source else ORDINARY
    if submission.group != "benign":
        prelude = host + (FOLDER / "prelude.txt").read_text()
    source = prelude + submission.source
    asked = question(TESTS, **(LIMITS | submission.limits))
    return grader.judge(asked, {"solution.py": source})


def everything_said(result: Result) -> str:
    tests = "".join(f"{test.message}{test.output}{test.stdout}{test.stderr}" for test in result.tests)
    return f"{result.message}{result.stdout}{result.stderr}{tests}"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.group}: {attack.name}")
def test_an_attack_gets_its_verdict_and_nothing_else(grader: Grader, host: str, attack: Submission):
    result = judge(grader, host, attack)
    said = everything_said(result)
    assert result.verdict in attack.verdicts, said[:2000]
    assert "ESCAPED" not in said
    assert "CANARY-CONTENT" not in said
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said)
    assert len(said) < 200_000
    # Keeper and forkserver; no judge, reaper, candidate, daemon or zombie.
    assert grader.forkserver_pid is not None
    assert len(list(tree(grader.forkserver_pid))) == 2


@pytest.mark.parametrize("oddity", BENIGN, ids=lambda oddity: oddity.name)
def test_ordinary_code_just_works(grader: Grader, host: str, oddity: Submission):
    result = judge(grader, host, oddity)
    assert result.verdict in oddity.verdicts, everything_said(result)[:2000]


def test_compiling_is_refused_with_a_clear_message(grader: Grader, host: str):
    (refused,) = (oddity for oddity in BENIGN if oddity.name.startswith("refusing"))
    message = judge(grader, host, refused).tests[0].message
    assert "torch.compile needs a compiler, which the sandbox does not have; run without it" in message


def test_after_all_that_the_host_is_as_it_was(grader: Grader, host: str):
    assert "opened-by-a-pickle" not in os.listdir(tempfile.gettempdir())
    assert judge(grader, host, Submission("", "", frozenset(), {}, "")).verdict is Verdict.ACCEPTED
    assert not list(Path("/sys/fs/cgroup").glob(f"**/forwardpass-{os.getpid()}-*"))
