"""Measures what watching for hints costs: the same grading with it and without, in turn. Prints a table.

    python -m bench.hints [--pairs N]

The ratio is taken pair by pair, so that a busy machine is as busy for both; figures are medians.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=40)
    pairs = parser.parse_args().pairs
    with Grader() as grader:
        for name, (folder, solution) in MEASURED.items():
            print(told(name, *ratios(grader, folder, solution, pairs)), flush=True)


def told(name: str, ratio: list[float], seconds: float) -> str:
    low, _, high = statistics.quantiles(ratio, n=4)
    middle = statistics.median(ratio)
    return f"{name}: {middle:.3f} × (half of them {low:.3f} to {high:.3f}) of {1000 * seconds:.0f} ms"


def ratios(grader: Grader, folder: Path, solution: Path, pairs: int) -> tuple[list[float], float]:
    """Watched over unwatched for each pair, and the median seconds without."""
    question, source = load_question(folder), solution.read_text()
    measured = [
        (judged(grader, question, source, True), judged(grader, question, source, False))
        for _ in range(pairs + 1)
    ][1:]
    return [on / off for on, off in measured], statistics.median(off for _, off in measured)


def judged(grader: Grader, question: Question, source: str, hints: bool) -> float:
    await_spares(grader)
    started = time.perf_counter()
    result = grader.judge(question, {"solution.py": source}, seed=1, hints=hints)
    if result.verdict is not Verdict.ACCEPTED:
        raise RuntimeError(f"the measured submission is {result.verdict.label}: {result.message}")
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
