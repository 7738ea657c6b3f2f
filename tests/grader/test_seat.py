"""A whole grading on a device that is none: real forkservers, jails, limits and sessions, and a CUDA that does nothing.

What CUDA itself does is seen in test_gpu.py alone. Here it is replaced, in a copy of the source, by a processor; the
device's memory is a number that the tests set.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import grader
from grader import DeviceUnavailable, Grader, Result, SandboxUnavailable, Verdict
from grader.sandbox import hands
from grader.sandbox.device import Device
from grader.sandbox.hands import DeviceHands
from grader.sandbox.slot import Slot
from tests.grader.workshop import question

PACKAGE = Path(grader.__file__).parent
DEVICE = Device("GPU-none", "No GPU", ("/dev/ptmx",))
CONTEXT = 500 << 20

NO_CUDA = """
import os, time
from grader.cuda import to_host, _moved
held = bytearray(b"x") * (80 << 20)

def start(): pass
def check(): pass
def wait(): pass
def seed(number): pass
def bound(megabytes): pass
def to_device(tensor, device): return _moved(tensor, "cpu")
"""


NO_SCRUB = """
def zero_free_memory(): return 0
"""


class Gauge:
    """A device whose memory is what a test says."""

    def __init__(self) -> None:
        self.now = 0

    def used(self) -> int:
        return self.now


@pytest.fixture(scope="module")
def gauge() -> Gauge:
    return Gauge()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package without CUDA."""
    copy = shutil.copytree(PACKAGE, tmp_path_factory.mktemp("source") / "grader")
    for path, instead in (("cuda.py", NO_CUDA), ("sandbox/scrub.py", NO_SCRUB)):
        (copy / path).write_text((copy / path).read_text() + instead)
    return copy


@pytest.fixture(scope="module")
def on_a_device(package: Path, gauge: Gauge) -> Iterator[Grader]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.sandbox.owner.PACKAGE", package)
        patch.setattr(hands, "slots", lambda asked: [Slot(DEVICE.name, gauge, DeviceHands(DEVICE))])
        with Grader(spares=0, device="cuda") as made:
            made.start()
            yield made


TESTS = """
@test('first')
def first(candidate):
    assert candidate.solve(torch.ones(2)).tolist() == [2.0, 2.0]
@test('second')
def second(candidate):
    assert candidate.device_ == 'cuda'
"""


def judged(on_a_device: Grader, source: str, tests: str = TESTS, **limits: float) -> Result:
    return on_a_device.judge(question(tests, device="gpu", **limits), {"solution.py": source})


def test_it_is_judged_there_and_the_result_says_so(on_a_device: Grader):
    result = judged(on_a_device, "def solve(x): return 2 * x")
    assert result.verdict is Verdict.ACCEPTED, result.tests
    assert result.usage.device == "No GPU"


def test_what_the_process_took_before_is_not_the_submissions(on_a_device: Grader):
    """It held 80 MB of the host's before the source came."""
    result = judged(on_a_device, "def solve(x): return 2 * x", memory_mb=64)
    assert result.verdict is Verdict.ACCEPTED, result.tests
    assert result.usage.peak_memory_mb < 64


def test_its_own_memory_has_its_limit_there_too(on_a_device: Grader):
    result = judged(
        on_a_device, "def solve(x):\n    kept = bytearray(b'x') * (200 << 20)\n    return x", memory_mb=64
    )
    assert (result.verdict, result.detail) == (Verdict.MEMORY_LIMIT, "")


def test_a_crash_costs_its_test_and_the_next_runs_in_a_fresh_process_of_the_device(on_a_device: Grader):
    result = judged(on_a_device, "import os\ndef solve(x): os._exit(3)")
    assert [test.verdict for test in result.tests] == [Verdict.RUNTIME_ERROR, Verdict.ACCEPTED]


def test_too_much_of_the_devices_memory_is_seen_from_outside(on_a_device: Grader, gauge: Gauge):
    source = "import time\ndef solve(x): time.sleep(20)"

    def take(progress: object) -> None:
        gauge.now = CONTEXT if getattr(progress, "position", 0) else 0

    asked = question(TESTS, device="gpu", gpu_memory_mb=100)
    result = on_a_device.judge(asked, {"solution.py": source}, on_progress=take, stop_early=True)
    gauge.now = 0
    assert (result.verdict, result.detail) == (Verdict.MEMORY_LIMIT, "GPU")
    assert result.tests[0].message == "It used more than 100 MB of GPU memory."
    assert result.usage.peak_gpu_memory_mb == 500.0


def test_whoever_breaks_a_device_is_judged_and_whoever_comes_after_learns_of_it(
    on_a_device: Grader, monkeypatch: pytest.MonkeyPatch
):
    def refuse(*_: object) -> None:
        raise SandboxUnavailable(["GPU"], ["CUDA error 999"])

    def break_it(progress: object) -> None:
        if getattr(progress, "position", 0):
            monkeypatch.setattr(DeviceHands, "candidate", refuse)

    source = {"solution.py": "import os, time\ndef solve(x):\n    time.sleep(0.2)\n    os._exit(3)\n"}
    double = {"solution.py": "def solve(x): return 2 * x"}
    result = on_a_device.judge(question(TESTS, device="gpu"), source, on_progress=break_it)
    assert [test.verdict for test in result.tests] == [Verdict.RUNTIME_ERROR, Verdict.SKIPPED]
    with pytest.raises(DeviceUnavailable, match=r"No GPU was taken out of service: .* CUDA error 999"):
        on_a_device.judge(question(TESTS, device="gpu"), double)
    assert len(on_a_device.device_faults) == 1
    either = on_a_device.judge(question(TESTS.replace("'cuda'", "'cpu'"), device="either"), double)
    assert (either.verdict, either.usage.device) == (Verdict.ACCEPTED, "cpu")
    # Closed and used again, it finds its devices anew.
    on_a_device.close()
    monkeypatch.undo()
    assert on_a_device.judge(question(TESTS, device="gpu"), double).verdict is Verdict.ACCEPTED
