"""Measures what watching for hints costs: the same grading with it and without, in turn. Prints a table.

    python -m bench.hints [--pairs N]

The ratio is taken pair by pair, so that a busy machine is as busy for both; figures are medians.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.run import ADAM, ADAM_SOLUTION, SOFTMAX, SOFTMAX_SOLUTION, await_spares
from grader import Grader, Question, Verdict, load_question

BANK = SOFTMAX.parents[1]
NETWORK = BANK / "backpropagation" / "train-a-small-network"
MEASURED = {
    "softmax, which does not train": (SOFTMAX, SOFTMAX_SOLUTION),
    "100 steps of Adam": (ADAM, ADAM_SOLUTION),
    "a network of 385 parameters, some 2,000 steps": (
        NETWORK,
        NETWORK / "submissions" / "accepted" / "full_batch_adam.py",
    ),
}


@dataclass(frozen=True)
class Cost:
    """Seconds of one grading: by the clock, and on the processor for the submission's side alone."""

    wall: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=40)
    pairs = parser.parse_args().pairs
    with Grader() as grader:
        grader.start()
        for name, (folder, solution) in MEASURED.items():
            found = measured(grader, load_question(folder), solution.read_text(), pairs)
            print(f"{name}: {told([(on.wall, off.wall) for on, off in found])} by the clock,", end=" ")
            print(f"{told([(on.cpu, off.cpu) for on, off in found])} on the processor", flush=True)


def told(pairs: Sequence[tuple[float, float]]) -> str:
    ratios = [on / off for on, off in pairs]
    low, middle, high = statistics.quantiles(ratios, n=4)
    off = statistics.median(off for _, off in pairs)
    return f"{middle:.3f} × ({low:.3f} to {high:.3f}) of {1000 * off:.0f} ms"


def measured(grader: Grader, question: Question, source: str, pairs: int) -> list[tuple[Cost, Cost]]:
    """Watched and unwatched, in turn and the other way round; a first pair warms up."""
    found = []
    for number in range(pairs + 1):
        first = number % 2 == 0
        costs = {hints: judged(grader, question, source, hints) for hints in (first, not first)}
        found.append((costs[True], costs[False]))
    return found[1:]


def judged(grader: Grader, question: Question, source: str, hints: bool) -> Cost:
    await_spares(grader)
    started = time.perf_counter()
    result = grader.judge(question, {"solution.py": source}, seed=1, hints=hints)
    if result.verdict is not Verdict.ACCEPTED:
        raise RuntimeError(f"the measured submission is {result.verdict.label}: {result.message}")
    return Cost(time.perf_counter() - started, result.usage.cpu_seconds)


if __name__ == "__main__":
    main()
