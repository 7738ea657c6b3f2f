"""Many gradings at once, and many in a row, with attackers among them."""

from __future__ import annotations

import math
import os
import random
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader import Grader, Result, Verdict
from grader.sandbox.memory import tree
from tests.grader.collection import ATTACKS, BENIGN, Submission, asked_of, source_of

AT_ONCE = 16


def _judge(grader: Grader, submission: Submission) -> Result:
    return grader.judge(asked_of(submission), {"solution.py": source_of(submission)})


def neighbours(rounds: int) -> tuple[float, str]:
    """95th percentile of ordinary gradings that share the host with one attack, over that of those that do not.

    Sixteen at once either way; rounds of both kinds alternate.
    """
    bomb = next(attack for attack in ATTACKS if "fork bomb" in attack.name)
    alone, beside = [], []
    with Grader(spares=2) as grader:
        _crowd(grader, BENIGN[0])
        for _ in range(rounds):
            alone += _crowd(grader, BENIGN[0])
            beside += _crowd(grader, bomb)
    calm, harried = _percentile(alone), _percentile(beside)
    return (
        harried / calm,
        f"95th percentile {1000 * harried:.0f} ms beside a fork bomb, {1000 * calm:.0f} ms without",
    )


def _crowd(grader: Grader, sixteenth: Submission) -> list[float]:
    """Seconds of each of fifteen ordinary gradings at once, beside a sixteenth."""

    def timed(_: int) -> float:
        started = time.perf_counter()
        if _judge(grader, BENIGN[0]).verdict is not Verdict.ACCEPTED:
            raise RuntimeError("an ordinary submission was not Accepted")
        return time.perf_counter() - started

    with ThreadPoolExecutor(AT_ONCE) as pool:
        other = pool.submit(_judge, grader, sixteenth)
        seconds = list(pool.map(timed, range(AT_ONCE - 1)))
        other.result()
    return seconds


def _percentile(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def mixed(count: int, seed: int = 1) -> tuple[float, str]:
    """Of many gradings, attacks and ordinary ones in turn: judge errors, wrong verdicts, and what is left over."""
    draw = random.Random(seed)  # noqa: S311 - which submission comes next is no secret
    wrong: Counter[str] = Counter()
    with Grader(spares=1) as grader:
        _judge(grader, BENIGN[0])
        _await_spare(grader)
        before = _held(grader)
        for number in range(count):
            submission = draw.choice(BENIGN if number % 2 else ATTACKS)
            verdict = _judge(grader, submission).verdict
            if verdict not in submission.verdicts:
                wrong[f"{submission.name}: {verdict.value}"] += 1
        _await_spare(grader)
        left = _left_over(grader, before)
    told = (
        f"{count} gradings, half of them attacks: {dict(wrong) or 'each with its verdict'}; left over: {left}"
    )
    return math.fsum([wrong.total(), left]), told


def _left_over(grader: Grader, before: Counter[str]) -> int:
    """What is held beyond `before`, once the pair of spares that is being made is ready."""
    deadline = time.monotonic() + 10
    while (left := (_held(grader) - before).total()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _held(grader: Grader) -> Counter[str]:
    """Descriptors, processes and cgroups of a grader that waits."""
    assert grader.forkserver_pid is not None  # noqa: S101 - for the type checker: it was started
    return Counter(
        descriptors=len(os.listdir("/proc/self/fd")),
        processes=len(list(tree(grader.forkserver_pid))),
        groups=len(list(Path("/sys/fs/cgroup").glob(f"**/forwardpass-{os.getpid()}-*"))),
    )


def _await_spare(grader: Grader) -> None:
    while not grader.spares_ready:
        time.sleep(0.01)
