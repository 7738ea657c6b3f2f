"""Which devices there are, which of them are meant, and which files lead to one."""

from pathlib import Path

import pytest
import torch

from grader import DeviceUnavailable, Grader, Limits, Result, Usage, Verdict, cuda, fate
from grader.sandbox import device as devices
from grader.sandbox.accounting import Above
from grader.sandbox.device import Device, Found, Slice
from grader.sandbox.memory import Sample
from grader.sandbox.nvml import Nvml
from tests.grader.workshop import Judge, question

FIRST, SECOND = Found("GPU-1a", "One", 0), Found("GPU-2b", "Two", 3)
PART = Found("MIG-7", "One, a slice", 0, Slice(gpu_instance=2, compute_instance=0))


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """The files of a host with a GPU of number 0, one slice of which is number 2."""
    caps = tmp_path / "proc/driver/nvidia/capabilities/gpu0/mig/gi2"
    (caps / "ci0").mkdir(parents=True)
    (caps / "access").write_text("DeviceFileMinor: 21\nDeviceFileMode: 292\n")
    (caps / "ci0" / "access").write_text("DeviceFileMinor: 22\nDeviceFileMode: 292\n")
    names = (
        "nvidiactl",
        "nvidia-uvm",
        "nvidia-uvm-tools",
        "nvidia0",
        "nvidia-caps/nvidia-cap21",
        "nvidia-caps/nvidia-cap22",
    )
    for name in names:
        node = tmp_path / "dev" / name
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "asked"), [("", ""), ("cpu", ""), ("cuda", "cuda"), (" CUDA ", "cuda"), ("cuda:1", "cuda:1")]
)
def test_the_environment_asks_for_a_device(text: str, asked: str):
    assert devices.asked_for({"GRADER_DEVICE": text}) == asked


@pytest.mark.parametrize("text", ["gpu", "cuda:", "cuda:x", "mps", "cuda0"])
def test_another_word_is_refused_with_those_that_are_known(text: str):
    with pytest.raises(ValueError, match=f"GRADER_DEVICE={text} is not known: cpu, cuda, or cuda:N"):
        devices.asked_for({"GRADER_DEVICE": text})


@pytest.mark.parametrize(
    ("listed", "left"),
    [
        (None, [FIRST, SECOND]),
        ("1,0", [SECOND, FIRST]),
        ("GPU-2b", [SECOND]),
        ("GPU-2", [SECOND]),
        ("", []),
        ("0,7,1", [FIRST]),
        ("-1", []),
    ],
)
def test_the_variable_of_cuda_chooses_as_cuda_reads_it(listed: str | None, left: list[Found]):
    assert devices.visible([FIRST, SECOND], listed) == left


def test_one_device_can_be_asked_for_by_number():
    assert devices.select([FIRST, SECOND], "cuda") == [FIRST, SECOND]
    assert devices.select([FIRST, SECOND], "cuda:1") == [SECOND]


def test_a_number_that_is_not_there_is_said():
    with pytest.raises(
        DeviceUnavailable, match=r"cuda:2 was asked for, and the driver shows this process 2 device"
    ):
        devices.select([FIRST, SECOND], "cuda:2")


def test_a_driver_without_a_device_is_said():
    with pytest.raises(DeviceUnavailable, match="shows this process no device"):
        devices.select([], "cuda")


def test_a_gpu_is_reached_by_its_own_node_and_the_drivers(host: Path):
    assert devices.device_of(FIRST, ["/lib/libcuda.so.1"], host) == Device(
        "GPU-1a",
        "One",
        ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia0"),
        ("/lib/libcuda.so.1",),
    )


def test_a_slice_is_reached_by_the_two_nodes_that_open_it(host: Path):
    assert devices.device_of(PART, [], host).nodes[3:] == (
        "/dev/nvidia0",
        "/dev/nvidia-caps/nvidia-cap21",
        "/dev/nvidia-caps/nvidia-cap22",
    )


def test_a_node_that_is_missing_is_named(host: Path):
    with pytest.raises(DeviceUnavailable, match="Two is there, and its /dev/nvidia3 is not"):
        devices.device_of(SECOND, [], host)


def test_a_slice_that_the_driver_does_not_list_is_said(host: Path):
    unknown = Found("MIG-8", "One", 0, Slice(5, 0))
    with pytest.raises(DeviceUnavailable, match="gi5/access does not tell which node"):
        devices.device_of(unknown, [], host)


def test_the_drivers_libraries_lie_where_one_of_them_was_loaded_from(tmp_path: Path):
    for name in ("libnvidia-ml.so.580", "libcuda.so", "libcuda.so.1", "libnvidia-glcore.so.580", "libc.so.6"):
        (tmp_path / name).touch()
    lines = (
        "7f00-7f01 r-xp 0 fd:00 12 /lib/libc.so.6",
        f"7f02-7f03 r-xp 0 fd:00 13 {tmp_path}/libnvidia-ml.so.580",
    )
    maps = "\n".join(lines)
    found = devices.libraries_beside(maps, "libnvidia-ml.so")
    assert found == [f"{tmp_path}/{name}" for name in ("libcuda.so", "libcuda.so.1", "libnvidia-ml.so.580")]
    assert devices.libraries_beside("", "libnvidia-ml.so") == []


def test_a_device_goes_to_its_forkserver_and_is_the_same_there():
    device = Device("GPU-1a", "One", ("/dev/nvidia0",), ("/lib/libcuda.so.1",))
    assert Device.from_json(device.to_json()) == device
    assert device.environment()["LD_LIBRARY_PATH"] == "/lib"


def has_driver() -> bool:
    try:
        Nvml()
    except DeviceUnavailable:
        return False
    return True


TESTS = "@test('answers')\ndef answers(candidate):\n    assert candidate.solve() == 1\n"
RIGHT = {"solution.py": "def solve(): return 1"}


def test_a_question_that_needs_a_gpu_is_refused_at_the_door_where_none_is_used(grader: Grader):
    with pytest.raises(DeviceUnavailable, match="It needs a GPU, and none is used here"):
        grader.judge(question(TESTS, device="gpu"), RIGHT)


def test_a_question_that_takes_either_is_judged_on_the_processor_and_the_result_says_so(grader: Grader):
    result = grader.judge(question(TESTS, device="either"), RIGHT)
    assert (result.verdict.label, result.usage.device) == ("Accepted", "cpu")


@pytest.mark.skipif(
    has_driver(), reason="this host has an NVIDIA driver, and the question is what happens without"
)
def test_without_a_driver_a_worker_for_gpus_says_so_and_judges_the_rest():
    with Grader(spares=0, device="cuda") as grader:
        with pytest.raises(DeviceUnavailable, match="there is no NVIDIA driver: libnvidia-ml"):
            grader.judge(question(TESTS, device="gpu"), RIGHT)
        assert grader.judge(question(TESTS, device="either"), RIGHT).usage.device == "cpu"


OUT_OF_MEMORY = "raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 80.00 GiB.')"


def test_running_out_of_a_gpus_memory_is_a_memory_limit_with_its_own_detail(judge: Judge):
    result = judge(TESTS, f"import torch\ndef solve(): {OUT_OF_MEMORY}")
    told = "It ran out of GPU memory. OutOfMemoryError: CUDA out of memory. Tried to allocate 80.00 GiB."
    assert (result.verdict, result.detail) == (Verdict.MEMORY_LIMIT, "GPU")
    assert (result.tests[0].detail, result.tests[0].message.partition("\n")[0]) == ("GPU", told)


def test_so_it_is_while_the_submission_is_imported(judge: Judge):
    result = judge(TESTS, f"import torch\n{OUT_OF_MEMORY}")
    assert (result.verdict, result.detail) == (Verdict.MEMORY_LIMIT, "GPU")


def test_what_the_runtime_itself_says_of_memory_is_understood(judge: Judge):
    result = judge(TESTS, "def solve(): raise RuntimeError('CUDA error: out of memory')")
    assert (result.verdict, result.detail) == (Verdict.MEMORY_LIMIT, "GPU")


def test_the_hosts_memory_has_no_such_detail(judge: Judge):
    result = judge(TESTS, "def solve(): raise MemoryError")
    assert (result.verdict, result.detail) == (Verdict.MEMORY_LIMIT, "")


def test_more_of_a_devices_memory_than_the_limit_is_the_end():
    limits = Limits(gpu_memory_mb=100)
    assert fate.device_exceeded(limits, 100 << 20) is None
    assert fate.device_exceeded(limits, (100 << 20) + 1) == fate.Fate(
        Verdict.MEMORY_LIMIT, "It used more than 100 MB of GPU memory.", "GPU"
    )


def test_a_tensor_that_moves_is_a_leaf_and_asks_for_what_it_asked_for():
    moved = cuda.to_device(torch.ones(2, requires_grad=True), "meta")
    assert (moved.device.type, moved.requires_grad, moved.is_leaf) == ("meta", True, True)
    assert not cuda.to_device(torch.ones(2), "meta").requires_grad


@pytest.mark.parametrize("requires_grad", [True, False])
def test_a_parameter_that_moves_stays_one(requires_grad: bool):
    moved = cuda.to_device(torch.nn.Parameter(torch.ones(2), requires_grad=requires_grad), "meta")
    assert (type(moved), moved.device.type) == (torch.nn.Parameter, "meta")
    assert moved.requires_grad is requires_grad


def test_only_what_lies_on_a_gpu_is_brought_home():
    here, elsewhere = torch.ones(2), torch.ones(2, device="meta")
    assert cuda.to_host(here) is here
    assert cuda.to_host(elsewhere) is elsewhere
    assert cuda.to_host("text") == "text"


class Books:
    """A meter whose figures a test sets."""

    def __init__(self) -> None:
        self.peak = self.bound = 0
        self.now = Sample(300, 2.0)

    def sample(self, limit: int) -> Sample:
        return self.now

    def limit(self, memory: int, processes: int) -> None:
        self.bound = memory

    def close(self) -> None:
        self.bound = -1


def test_what_a_process_used_to_start_cuda_is_none_of_the_submissions():
    books = Books()
    meter = Above(books)
    meter.limit(1000, 8)
    books.now, books.peak = Sample(450, 2.5), 700
    assert (meter.sample(1000), meter.peak, books.bound) == (Sample(150, 0.5), 400, 1300)


def test_the_device_and_the_detail_outlive_the_way_to_json_and_back():
    usage = Usage(1.0, 2.0, 3.0, "NVIDIA H200", 4.0)
    result = Result(Verdict.MEMORY_LIMIT, 0, 1, 7, usage=usage, detail="GPU")
    assert Result.from_dict(result.to_dict()) == result


def test_a_result_from_before_there_were_devices_is_read():
    document = Result(Verdict.ACCEPTED, 1, 1, 7).to_dict()
    document["usage"] = {"wall_seconds": 1.0, "cpu_seconds": 2.0, "peak_memory_mb": 3.0}
    del document["detail"]
    assert Result.from_dict(document).usage == Usage(1.0, 2.0, 3.0, "cpu", 0.0)
