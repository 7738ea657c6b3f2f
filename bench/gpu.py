"""Measures a grading on a GPU. Says so, and measures nothing, where there is none.

    python -m bench.gpu [--device cuda:0] [--gradings N]

Needs PyTorch built for CUDA and nothing else of the product. It prints a table; what docs/performance.md says of GPUs
comes from it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from grader import DeviceUnavailable, Grader, Limits, Question, Result, Verdict
from grader.outline import read_outline
from grader.sandbox.hands import DeviceHands, find_devices

TESTS = b"""
import torch
from grader.testing import case, compare, test

compare("solve", against=lambda x: x @ x, inputs=lambda draw: [case(draw.normal(64, 64))], gradients=True)

@test("64 MB there and back")
def there_and_back(candidate, draw):
    candidate.solve(draw.normal(4096, 4096))
"""
#: The large one is only carried there and back: a processor would take ten seconds for its product.
SOURCE = "def solve(x): return x @ x if len(x) < 100 else x + x\n"
COLD = "import torch; x = torch.ones(64, 64, device='cuda'); (x @ x).cpu()"


@dataclass(frozen=True)
class Measured:
    """One figure."""

    name: str
    value: float
    unit: str


def question(device: str) -> Question:
    """A product of matrices with its gradients; built here, because a question.yaml needs more than PyTorch to read."""
    files = {"grading/tests.py": TESTS}
    nothing: dict[str, None] = dict.fromkeys(("rubric", "choice", "estimate", "variants", "solution"))
    texts = dict.fromkeys(
        ("uuid", "title", "area", "level", "credits", "license", "forbid_because", "content_hash"), ""
    )
    return Question(
        files=files,
        kind="coding",
        covers=(),
        minutes=1,
        keywords=(),
        limits=Limits(wall_seconds=60, cpu_seconds=60, memory_mb=2048),
        device=device,
        entry_points=("solve",),
        forbid=(),
        groups=(),
        statement="",
        starter={},
        tests=read_outline("grading/tests.py", TESTS),
        **nothing,
        **texts,
    )


def accepted(grader: Grader, device: str) -> Result:
    """A grading, which must be Accepted."""
    result = grader.judge(question(device), {"solution.py": SOURCE})
    if result.verdict is not Verdict.ACCEPTED:
        raise RuntimeError(f"{result.verdict.label}: {result.message or result.tests[0].message}")
    return result


def figures(device: str, gradings: int) -> Iterator[Measured]:
    """All of them, one after the other. Between two gradings the device is cleaned, as it is in service."""
    with Grader(spares=1, device=device) as grader:
        grader.start()
        seconds, turns, results = [], [], []
        for _ in range(gradings):
            began = time.perf_counter()
            results.append(accepted(grader, "gpu"))
            total = sum(vars(results[-1].phases).values())
            seconds.append(total)
            turns.append(time.perf_counter() - began - total)
        yield Measured("a grading on the GPU, its process waiting", statistics.median(seconds), "s")
        yield Measured(
            "from one grading to the next: idle, zeros, a new process", statistics.median(turns[1:]), "s"
        )
        moved = statistics.median(result.tests[1].wall_seconds for result in results)
        yield Measured("a test with 64 MB there and back", moved, "s")
        memory = max(result.usage.peak_memory_mb for result in results)
        yield Measured("host memory counted for the submission", memory, "MB")
        on_cpu = statistics.median(
            sum(vars(accepted(grader, "cpu").phases).values()) for _ in range(gradings)
        )
        yield Measured("the same question on the processor", on_cpu, "s")
    yield Measured("filling all free memory with zeros, CUDA's start included", _cleaning(device), "s")
    yield Measured("a cold start: python, PyTorch, CUDA, one product", _cold(), "s")


def _cleaning(device: str) -> float:
    _, found = find_devices(device, os.environ.get("CUDA_VISIBLE_DEVICES"))
    hands = DeviceHands(found[0])
    try:
        hands.clean()  # the first starts the forkserver
        began = time.perf_counter()
        hands.clean()
        return time.perf_counter() - began
    finally:
        hands.close()


def _cold() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", COLD], check=True)  # noqa: S603 - our own text
    return time.perf_counter() - began


def main() -> int:
    """Measure and print; exit status 1 where there is no GPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda:0", help="cuda:N (default: %(default)s)")
    parser.add_argument("--gradings", type=int, default=20)
    options = parser.parse_args()
    try:
        for figure in figures(options.device, options.gradings):
            print(f"{figure.name:60} {figure.value:>8.3g} {figure.unit}", flush=True)
    except DeviceUnavailable as error:
        print(f"No GPU: {error}. Nothing was measured.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
