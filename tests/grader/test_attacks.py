"""Submissions that mean harm, and odd ones that do not, against the real sandbox."""

import os
import re
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader import Grader, Result, Verdict
from grader.sandbox.memory import tree
from tests.grader.collection import ATTACKS, BENIGN, Submission, asked_of, source_of


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
    return grader.judge(asked_of(submission), {"solution.py": source_of(submission, host)})


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


def test_fifteen_neighbours_of_an_attack_notice_nothing(grader: Grader, host: str):
    bomb = next(attack for attack in ATTACKS if attack.group == "processes" and "fork bomb" in attack.name)
    neighbours = [BENIGN[number % len(BENIGN)] for number in range(15)]
    with ThreadPoolExecutor(16) as pool:
        under_way = pool.submit(judge, grader, host, bomb)
        results = list(pool.map(lambda oddity: judge(grader, host, oddity), neighbours))
        assert under_way.result().verdict in bomb.verdicts
    told = {oddity.name: result.verdict for oddity, result in zip(neighbours, results, strict=True)}
    assert told == {oddity.name: Verdict.ACCEPTED for oddity in neighbours}


def test_after_all_that_the_host_is_as_it_was(grader: Grader, host: str):
    assert "opened-by-a-pickle" not in os.listdir(tempfile.gettempdir())
    assert judge(grader, host, Submission("", "", frozenset(), {}, "")).verdict is Verdict.ACCEPTED
    assert not list(Path("/sys/fs/cgroup").glob(f"**/forwardpass-{os.getpid()}-*"))
