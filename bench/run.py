"""Measures the grader against what it must cost at least. Prints a table and writes bench/results.json.

    python -m bench.run [--pairs N] [--gradings N]

Pairs are interleaved in one run, so that a busy machine is as busy for both; figures are medians.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from bench import crowd
from grader import Grader, Question, Verdict, load_question
from grader.sandbox.memory import tree

HERE = Path(__file__).parent
SOFTMAX = HERE.parent / "bank" / "backpropagation" / "stable-softmax"
SOFTMAX_SOLUTION = SOFTMAX / "submissions" / "accepted" / "subtract_the_maximum.py"
ADAM = HERE / "adam"
ADAM_SOLUTION = ADAM / "submissions" / "accepted" / "train.py"
CORES = 2


@dataclass(frozen=True)
class Figure:
    """One measured number. `target` is the gate; `meets` whether it was reached."""

    name: str
    value: float
    unit: str
    target: float
    meets: bool
    how: str


class Bare:
    """A warm process that forks and runs the same code without any protection (see bench/bare.py for `flags`)."""

    def __init__(self, question: Path, solution: Path, flags: Sequence[str]) -> None:
        command = [sys.executable, "-m", "bench.bare", str(question), str(solution), *flags]
        environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            cwd=HERE.parent,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._answer()

    def seconds(self) -> float:
        """Run once."""
        assert self._process.stdin is not None  # noqa: S101 - for the type checker: it was asked for
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._answer())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - for the type checker: it was asked for
        return self._process.stdout.readline()


@contextmanager
def bare(question: Path, solution: Path, flags: Sequence[str] = ()) -> Iterator[Bare]:
    """A bare runner, ended at the end."""
    runner = Bare(question, solution, flags)
    try:
        yield runner
    finally:
        runner.close()


def judged(grader: Grader, question: Question, source: str) -> float:
    """Seconds of one grading, which must be Accepted."""
    started = time.perf_counter()
    result = grader.judge(question, {"solution.py": source})
    seconds = time.perf_counter() - started
    if result.verdict is not Verdict.ACCEPTED:
        raise RuntimeError(f"the measured submission is {result.verdict.label}: {result.message}")
    return seconds


def await_spares(grader: Grader) -> float:
    """Seconds until a pair is ready again."""
    started = time.perf_counter()
    while grader.spares_ready < 1:
        time.sleep(0.001)
    return time.perf_counter() - started


def against_bare(spares: int, pairs: int, flags: Sequence[str] = ()) -> tuple[float, float]:
    """Median of a grading over median of a bare fork, and the median time to refill the pool."""
    question, source = load_question(SOFTMAX), SOFTMAX_SOLUTION.read_text()
    ours, theirs, refills = [], [], []
    with Grader(spares=spares) as grader, bare(SOFTMAX, SOFTMAX_SOLUTION, flags) as runner:
        judged(grader, question, source)
        for _ in range(pairs):
            refills.append(await_spares(grader) if spares else 0.0)
            ours.append(judged(grader, question, source))
            if spares:
                refills.append(await_spares(grader))
            theirs.append(runner.seconds())
    return statistics.median(ours) / statistics.median(theirs), statistics.median(refills[1::2] or [0.0])


def cold(solution: Path) -> float:
    """Seconds of a fresh Python under bubblewrap that runs the file."""
    command = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--tmpfs", "/tmp", "--unshare-all"]  # noqa: S108 - inside
    started = time.perf_counter()
    subprocess.run([*command, sys.executable, str(solution)], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed
    return time.perf_counter() - started


def against_cold(folder: Path, solution: Path, pairs: int) -> float:
    """How many times faster a grading is than a cold start."""
    question, source = load_question(folder), solution.read_text()
    ours, theirs = [], []
    with Grader(spares=1) as grader:
        judged(grader, question, source)
        for _ in range(pairs):
            await_spares(grader)
            ours.append(judged(grader, question, source))
            theirs.append(cold(solution))
    return statistics.median(theirs) / statistics.median(ours)


def throughput(seconds: float, flags: Sequence[str] = ()) -> float:
    """Gradings per second with all cores busy, as a share of what bare forks reach in the same time."""
    question, source = load_question(SOFTMAX), SOFTMAX_SOLUTION.read_text()
    with (
        Grader(spares=CORES) as grader,
        bare(SOFTMAX, SOFTMAX_SOLUTION, flags) as one,
        bare(SOFTMAX, SOFTMAX_SOLUTION, flags) as two,
    ):
        judged(grader, question, source)
        ours = _rounds([lambda: judged(grader, question, source)] * (CORES + 1), seconds)
        theirs = _rounds([one.seconds, two.seconds], seconds)
    return 100 * ours / theirs


def _rounds(works: list[Callable[[], float]], seconds: float) -> int:
    """How often the works, each in a thread of its own, were done together."""
    counts = [0] * len(works)
    deadline = time.monotonic() + seconds

    def repeat(index: int) -> None:
        while time.monotonic() < deadline:
            works[index]()
            counts[index] += 1

    threads = [threading.Thread(target=repeat, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


LARGE_TEST = b"""
import time
import torch
from grader.testing import test

@test("there and back")
def there_and_back(candidate, draw):
    x = torch.ones(16 << 20)
    for _ in range(7):
        started = time.perf_counter()
        candidate.solve(x)
        moved = time.perf_counter() - started
        started = time.perf_counter()
        copy = torch.empty_like(x).copy_(x)
        copied = time.perf_counter() - started
        candidate.report(moved / copied)
"""
LARGE_SOURCE = "def solve(x): return x\ndef report(ratio): print(ratio)\n"


def large_tensors() -> float:
    """64 MB to the candidate and back, over one copy into newly allocated memory."""
    files = dict(load_question(ADAM).files) | {"grading/tests.py": LARGE_TEST}
    files["question.yaml"] = files["question.yaml"].replace(b"[train]", b"[solve]")
    files["question.yaml"] += b"limits: {wall_seconds: 60, cpu_seconds: 60, memory_mb: 1024}\n"
    with Grader(spares=0) as grader:
        result = grader.judge(Question.from_files(files), {"solution.py": LARGE_SOURCE})
    return statistics.median(map(float, result.stdout.split()))


def private_megabytes() -> float:
    """Memory that an idle pair of spares has for itself."""
    question, source = load_question(SOFTMAX), SOFTMAX_SOLUTION.read_text()
    with Grader(spares=1) as grader:
        judged(grader, question, source)
        await_spares(grader)
        assert grader.forkserver_pid is not None  # noqa: S101 - for the type checker: it was started
        children = list(tree(grader.forkserver_pid))[2:]
        return sum(map(_private, children)) / 1024


def _private(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def growth(gradings: int) -> tuple[float, str]:
    """What is left over after many gradings: descriptors, processes, mounts and cgroups, and memory in MB."""
    question, source = load_question(SOFTMAX), SOFTMAX_SOLUTION.read_text()
    with Grader(spares=1) as grader:
        for _ in range(20):
            judged(grader, question, source)
        before = _footprint(grader)
        for _ in range(gradings):
            judged(grader, question, source)
        after = _footprint(grader)
    grown = {name: after[name] - before[name] for name in before}
    left = sum(abs(grown[name]) for name in grown if name != "memory_mb") + max(
        0, round(grown["memory_mb"] - 16)
    )
    return float(left), f"{gradings} gradings in a row: {grown}"


def _footprint(grader: Grader) -> dict[str, int]:
    await_spares(grader)
    time.sleep(0.2)
    assert grader.forkserver_pid is not None  # noqa: S101 - for the type checker: it was started
    pids = list(tree(grader.forkserver_pid))
    return {
        "descriptors": len(os.listdir("/proc/self/fd")),
        "processes": len(pids),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
        "cgroups": len(list(Path("/sys/fs/cgroup").glob(f"**/forwardpass-{os.getpid()}-*"))),
        "memory_mb": sum(_private(pid) for pid in [os.getpid(), *pids[:2]]) // 1024,
    }


def fuzzed(seconds: int) -> tuple[float, str]:
    """1 when some frame broke a reader in this time, else 0; and how many were tried."""
    with tempfile.TemporaryDirectory() as corpus:
        command = [sys.executable, "-m", "bench.fuzz", str(seconds), corpus]
        run = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if run.returncode != 0:
        return 1.0, f"status {run.returncode}: {run.stderr[-2000:]}"
    frames = re.search(r"number_of_executed_units: (\d+)", run.stderr)
    return 0.0, f"{int(frames[1]) if frames else 0:,} frames in {seconds} s, led by coverage"


def figures(pairs: int, gradings: int, fuzz_seconds: int, flags: Sequence[str]) -> Iterator[Figure]:
    """All of them, one after the other."""
    how = f"medians of {pairs} interleaved pairs"
    ratio, refill = against_bare(1, pairs, flags)
    yield at_most(
        "softmax with spares over a bare fork", ratio, "times", 3, f"{how}; refill {1000 * refill:.0f} ms"
    )
    yield at_most(
        "softmax without spares over a bare fork", against_bare(0, pairs, flags)[0], "times", 6, how
    )
    if shutil.which("bwrap"):
        rounds = max(3, pairs // 20)
        how_cold = f"medians of {rounds} interleaved pairs, against bwrap python started cold"
        yield at_least(
            "softmax over a cold start",
            against_cold(SOFTMAX, SOFTMAX_SOLUTION, rounds),
            "times",
            30,
            how_cold,
        )
        yield at_least(
            "100 steps of Adam over a cold start",
            against_cold(ADAM, ADAM_SOLUTION, rounds),
            "times",
            25,
            how_cold,
        )
    yield at_least(
        "throughput over bare forks", throughput(max(3.0, pairs / 20), flags), "%", 15, f"{CORES} cores busy"
    )
    yield at_most(
        "64 MB each way over one copy",
        large_tensors(),
        "times",
        4,
        "median of 7, judge to candidate and back",
    )
    yield at_most(
        "private memory of a spare pair",
        private_megabytes(),
        "MB",
        10,
        "Private_* of its three processes, idle",
    )
    left, detail = growth(gradings)
    yield at_most("left over after many gradings", left, "things", 0, detail)
    beside, told = crowd.neighbours(max(2, pairs // 20))
    yield at_most("ordinary gradings beside an attack", beside, "times", 2, told)
    wrong, told = crowd.mixed(max(50, gradings // 10))
    yield at_most("mixed gradings gone wrong", wrong, "things", 0, told)
    if fuzz_seconds and importlib.util.find_spec("atheris"):
        broken, tried = fuzzed(fuzz_seconds)
        yield at_most("frames that broke a reader", broken, "frames", 0, tried)


def at_most(name: str, value: float, unit: str, gate: float, how: str) -> Figure:
    """A figure that must not be above its gate."""
    return Figure(name, round(value, 2), unit, gate, value <= gate, how)


def at_least(name: str, value: float, unit: str, gate: float, how: str) -> Figure:
    """A figure that must not be below its gate."""
    return Figure(name, round(value, 2), unit, gate, value >= gate, how)


def main() -> int:
    """Measure, print, write; exit status 1 when a gate was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--gradings", type=int, default=10_000)
    parser.add_argument("--fuzz-seconds", type=int, default=600, help="0: no fuzzing")
    parser.add_argument(
        "--huge-pages", action="store_true", help="give the bare fork large pages, as the grader has them"
    )
    options = parser.parse_args()
    flags = ["--huge-pages"] if options.huge_pages else []
    torch.set_num_threads(1)
    found = []
    for figure in figures(options.pairs, options.gradings, options.fuzz_seconds, flags):
        mark = "✓" if figure.meets else "✗"
        print(
            f" {mark} {figure.name:42} {figure.value:>8g} {figure.unit:6} (gate {figure.target:g})  {figure.how}",
            flush=True,
        )
        found.append(figure)
    document = {"figures": [asdict(figure) for figure in found]}
    (HERE / "results.json").write_text(json.dumps(document, indent=2) + "\n")
    return 0 if all(figure.meets for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
