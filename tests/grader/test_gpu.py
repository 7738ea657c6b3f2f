"""What can only be seen on a GPU. Needs a CUDA device, PyTorch built for it, and pytest; nothing else of the product.

    python -m pytest -p no:django -o addopts="" -m gpu tests/grader/test_gpu.py

Without a device every test here skips and says so. They start CUDA in jailed children alone, never in this process.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from grader import DeviceUnavailable, Grader, Limits, Question, Result, Verdict, diagnose
from grader.outline import read_outline
from grader.sandbox.hands import DeviceHands, find_devices
from grader.sandbox.slot import IDLE_SECONDS, IDLE_SLACK

Judge = Callable[..., Result]

MEGABYTE = 1 << 20


def missing() -> str:
    """Why nothing here can run, or nothing. PyTorch is asked in a child: a fork survives no CUDA."""
    try:
        find_devices("cuda", os.environ.get("CUDA_VISIBLE_DEVICES"))
    except DeviceUnavailable as error:
        return str(error)
    build = subprocess.run(
        [sys.executable, "-c", "import torch; print(torch.version.cuda or '')"], capture_output=True
    )
    return "" if build.stdout.strip() else "this PyTorch is built for processors alone"


WHY_NOT = missing()
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(bool(WHY_NOT), reason=f"needs a CUDA device: {WHY_NOT}"),
]


def question(
    tests: str, *, device: str = "gpu", reference: str = "", entry: str = "solve", **limits: float
) -> Question:
    """A question without a question.yaml: reading one needs more than PyTorch and pytest."""
    path = "grading/tests.py"
    files = {path: f"from grader.testing import *\nimport torch\n{tests}".encode()}
    if reference:
        files["grading/reference.py"] = reference.encode()
    return Question(
        files=files,
        uuid="6a4b7a56-1d6f-4a6e-9df5-8e1c5b4f0a11",
        title="A question for a test",
        kind="coding",
        area="backpropagation",
        covers=("C3",),
        level="junior",
        minutes=5,
        keywords=(),
        credits="",
        license="",
        limits=Limits(**{"wall_seconds": 20, "cpu_seconds": 60, **limits}),
        device=device,
        entry_points=(entry,),
        forbid=(),
        forbid_because="",
        groups=(),
        statement="Solve it.",
        rubric=None,
        choice=None,
        estimate=None,
        variants=None,
        solution=None,
        starter={},
        tests=read_outline(path, files[path]),
        content_hash="",
    )


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(spares=1, device="cuda:0") as shared:
        yield shared


@pytest.fixture
def judge(grader: Grader) -> Judge:
    def run(tests: str, source: str, **options: object) -> Result:
        return grader.judge(question(tests, **options), {"solution.py": source}, seed=1)  # type: ignore[arg-type]  # texts and limits

    return run


@pytest.fixture
def used(grader: Grader) -> Callable[[], int]:
    """Bytes of the device's memory that are taken by whomever, as its driver says."""
    nvml, devices = find_devices("cuda:0", os.environ.get("CUDA_VISIBLE_DEVICES"))
    return lambda: nvml.used(devices[0].uuid)


ANSWERS = "@test('answers')\ndef answers(candidate):\n    assert candidate.solve() == 1\n"
CONTROL = "def solve(): return 1"

SQUARE = "compare('solve', against=reference.solve, inputs=lambda draw: [case(draw.normal(64, 64))], gradients=True)"
SQUARE_REFERENCE = "def solve(x): return x @ x"


def test_the_doctor_starts_cuda_in_a_jail():
    devices = [layer for layer in diagnose("cuda:0").protections if layer.name.startswith("GPU")]
    assert [(layer.ok, layer.detail) for layer in devices] == [
        (True, "CUDA was started in a jail, computed and ended")
    ]


def test_a_submission_gets_its_inputs_on_the_gpu_and_is_compared_on_the_processor(judge: Judge):
    source = "import torch\ndef solve(x):\n    assert x.is_cuda\n    return x @ x\n"
    result = judge("import reference\n" + SQUARE, source, reference=SQUARE_REFERENCE)
    assert (result.verdict, result.message) == (Verdict.ACCEPTED, ""), result.tests[0].message
    assert result.usage.device != "cpu"


def test_a_result_that_is_brought_back_too_early_is_on_another_device_than_its_inputs(judge: Judge):
    result = judge(
        "import reference\n" + SQUARE, "def solve(x): return (x @ x).cpu()", reference=SQUARE_REFERENCE
    )
    assert result.verdict is Verdict.WRONG_ANSWER
    assert "the result is on cpu, and its inputs were on cuda." in result.tests[0].message


def test_a_module_is_moved_to_its_inputs(judge: Judge):
    tests = (
        "import reference\ncompare('Net', against=reference.Net, build=case(), "
        "inputs=lambda draw: [case(draw.normal(8, 4))], gradients=True)"
    )
    net = (
        "import torch\nclass Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.layer = torch.nn.Linear(4, 2)\n    def forward(self, x): return self.layer(x)\n"
    )
    result = judge(tests, net, reference=net, entry="Net")
    assert result.verdict is Verdict.ACCEPTED, result.tests[0].message


def test_an_ordinary_call_gets_and_gives_tensors_too(judge: Judge):
    tests = """
@test('there and back')
def there_and_back(candidate, draw):
    x = draw.normal(5, 3)
    found = candidate.solve({'x': [x]})
    assert found['device'] == 'cuda'
    assert found['y'][0].device.type == 'cpu'
    expect(close(found['y'][0], 2 * x))
"""
    source = "def solve(given):\n    x = given['x'][0]\n    return {'device': x.device.type, 'y': (2 * x,)}\n"
    result = judge(tests, source)
    assert result.verdict is Verdict.ACCEPTED, result.tests[0].message


def test_either_runs_on_the_gpu_and_the_result_says_so(judge: Judge):
    result = judge(
        ANSWERS, "import torch\ndef solve(): return int(torch.ones(1, device='cuda').sum())", device="either"
    )
    assert (result.verdict, result.usage.device != "cpu") == (Verdict.ACCEPTED, True)


def test_a_question_for_the_processor_never_sees_the_gpu(judge: Judge):
    source = (
        "import os, torch\n"
        "def solve(): return int(not torch.cuda.is_available() and not os.path.exists('/dev/nvidiactl'))"
    )
    result = judge(ANSWERS, source, device="cpu")
    assert (result.verdict, result.usage.device) == (Verdict.ACCEPTED, "cpu")


def test_the_judge_of_a_submission_on_the_gpu_has_none(judge: Judge):
    tests = (
        "import os\n@test('none')\ndef none(candidate):\n    assert not os.path.exists('/dev/nvidiactl')\n"
    )
    assert judge(tests, CONTROL).verdict is Verdict.ACCEPTED


def test_only_its_own_nodes_are_there(judge: Judge):
    tests = "@test('nodes')\ndef nodes(candidate):\n    assert candidate.solve() == set(NODES)\n"
    _, devices = find_devices("cuda:0", os.environ.get("CUDA_VISIBLE_DEVICES"))
    expected = [os.path.basename(node) for node in devices[0].nodes]
    source = (
        "import os\ndef solve():\n    found = [name for _, _, names in os.walk('/dev') for name in names]\n"
        "    return {name for name in found if name.startswith('nvidia')}\n"
    )
    result = judge(tests.replace("NODES", repr(expected)), source)
    assert result.verdict is Verdict.ACCEPTED, result.tests[0].message


def test_time_includes_what_the_gpu_still_computes(judge: Judge):
    source = """
import torch
a = torch.randn(8192, 8192, device='cuda')
def solve():
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(40):
            b = a @ a
    return None
"""
    tests = """
@test('alone')
def alone(candidate):
    candidate.solve()
@test('after it')
def after_it(candidate):
    pass
"""
    first, second = judge(tests, source, gpu_memory_mb=8192).tests
    assert first.verdict is second.verdict is Verdict.ACCEPTED
    # 40 products of 8192³ are 44 TFLOP: no device in sight does them in a twentieth of a second.
    assert first.wall_seconds > 0.05 > second.wall_seconds


def test_an_endless_kernel_is_ended_and_the_device_is_idle_again(judge: Judge, used: Callable[[], int]):
    source = """
import torch
def solve():
    x = torch.randn(8192, 8192, device='cuda')
    while True:
        x = (x @ x).clamp(-1, 1)
"""
    before = used()
    started = time.monotonic()
    result = judge(ANSWERS, source, wall_seconds=3, gpu_memory_mb=8192)
    assert (result.verdict, time.monotonic() - started < 6) == (Verdict.TIME_LIMIT, True)
    assert judge(ANSWERS, CONTROL).verdict is Verdict.ACCEPTED
    deadline = time.monotonic() + IDLE_SECONDS
    while used() > before + IDLE_SLACK and time.monotonic() < deadline:
        os.sched_yield()
    assert used() <= before + IDLE_SLACK


def test_memory_of_an_earlier_submission_is_never_read(judge: Judge):
    fill = """
import torch
def solve():
    kept = []
    while True:
        try:
            kept.append(torch.full((64 << 20,), 0x5A, dtype=torch.uint8, device='cuda'))
        except torch.OutOfMemoryError:
            torch.cuda.synchronize()
            return 1
"""
    look = """
import torch
def solve():
    found, kept = 0, []
    try:
        while True:
            kept.append(torch.empty(64 << 20, dtype=torch.uint8, device='cuda'))
            found += int(kept[-1].count_nonzero())
    except torch.OutOfMemoryError:
        return found
"""
    _, total = _memory()
    room = {"gpu_memory_mb": total // MEGABYTE, "wall_seconds": 60}
    assert judge(ANSWERS, fill, **room).verdict is Verdict.ACCEPTED
    zeros = "@test('zeros')\ndef zeros(candidate):\n    assert candidate.solve() == 0\n"
    result = judge(zeros, look, **room)
    assert result.verdict is Verdict.ACCEPTED, result.tests[0].message


def _memory() -> tuple[int, int]:
    """Bytes that are free and bytes in all, from a child."""
    code = "import torch; print(*torch.cuda.mem_get_info())"
    free, total = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.split()
    return int(free), int(total)


def test_more_than_the_limit_through_pytorch_is_told_as_gpu_memory(judge: Judge):
    source = "import torch\ndef solve(): return float(torch.ones(1 << 30, device='cuda').sum())"
    result = judge(ANSWERS, source, gpu_memory_mb=512)
    assert (result.verdict, result.detail) == (Verdict.MEMORY_LIMIT, "GPU")
    assert result.tests[0].message.startswith("It ran out of GPU memory.")


def test_more_than_the_limit_past_pytorch_is_noticed_from_outside(judge: Judge):
    source = """
import ctypes, time, torch
def solve():
    torch.zeros(1, device='cuda')
    driver, place = ctypes.CDLL('libcuda.so.1'), ctypes.c_ulonglong()
    assert driver.cuMemAlloc_v2(ctypes.byref(place), ctypes.c_size_t(2 << 30)) == 0
    time.sleep(10)
    return 1
"""
    result = judge(ANSWERS, source, gpu_memory_mb=512)
    assert (result.verdict, result.detail) == (Verdict.MEMORY_LIMIT, "GPU")
    assert result.tests[0].message == "It used more than 512 MB of GPU memory."


def test_what_cuda_takes_for_itself_counts_for_nobody(judge: Judge):
    result = judge(ANSWERS, "import torch\ndef solve(): return int(torch.ones(1, device='cuda').sum())")
    assert result.verdict is Verdict.ACCEPTED
    assert result.usage.peak_gpu_memory_mb < 64
    assert result.usage.peak_memory_mb < 256


AGAIN = "@test('again')\ndef again(candidate):\n    assert candidate.names_('solve') == {'solve': True}\n"
#: A kernel that asserts leaves its process alive and the device lost to it: what it is asked next fails as well.
CRASHES = {
    "exits": ("import os\ndef solve(): os._exit(0)", Verdict.ACCEPTED),
    "kills itself": (
        "import os, signal\ndef solve(): os.kill(os.getpid(), signal.SIGKILL)",
        Verdict.ACCEPTED,
    ),
    "a kernel asserts": (
        "import torch\ndef solve():\n    torch.ones(4, device='cuda')[torch.tensor([99], device='cuda')].cpu()\n",
        Verdict.RUNTIME_ERROR,
    ),
}


@pytest.mark.parametrize("name", CRASHES)
def test_after_a_crash_the_next_submission_has_a_device_that_works(judge: Judge, name: str):
    source, then = CRASHES[name]
    result = judge(ANSWERS + AGAIN, source)
    assert [test.verdict for test in result.tests] == [Verdict.RUNTIME_ERROR, then]
    assert judge(ANSWERS, CONTROL).verdict is Verdict.ACCEPTED


def test_two_graders_do_not_share_a_device(grader: Grader):
    told = pytest.raises(DeviceUnavailable, match="is in use by another worker or command")
    with Grader(spares=0, device="cuda:0") as other, told:
        other.judge(question(ANSWERS), {"solution.py": CONTROL})


def test_a_spare_has_started_cuda_before_the_source_arrives(judge: Judge):
    """The import of a submission that only asks for the device takes a fraction of what starting CUDA takes."""
    source = "import torch\nassert torch.cuda.is_initialized()\ndef solve(): return 1"
    result = judge(ANSWERS, source)
    assert result.verdict is Verdict.ACCEPTED, result.message
    assert result.phases.importing < 0.5


def test_a_hand_that_cleans_says_how_much(grader: Grader):
    """The cleaner of a device of its own would need a second device; this one waits until the fleet is closed."""
    grader.close()
    _, devices = find_devices("cuda:0", os.environ.get("CUDA_VISIBLE_DEVICES"))
    hands = DeviceHands(devices[0])
    try:
        zeroed = hands.clean()
    finally:
        hands.close()
    _, total = _memory()
    assert zeroed > 0.9 * total


def test_a_grader_that_was_closed_starts_its_device_again(judge: Judge):
    assert judge(ANSWERS, CONTROL).verdict is Verdict.ACCEPTED
