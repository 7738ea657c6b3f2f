"""The jail of a device, with a harmless one in the place of a GPU: the same code, the same order."""

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

import grader
from grader import SandboxUnavailable
from grader.sandbox.device import Device
from grader.sandbox.jail import Cell
from grader.sandbox.owner import ENVIRONMENT, Forkserver

PACKAGE = Path(grader.__file__).parent
NODES = ("/dev/tty",)
DEVICE = Device("GPU-none", "a harmless node", NODES)
CELL = Cell(scratch_mb=1, processes=8)

#: What the throw-away child of the doctor does in a copy of the source, once it is all the way down.
LOOK_AROUND = """
    import fcntl, resource
    from grader.sandbox import proof

    def attempt(action):
        try:
            return action()
        except OSError as error:
            return error.errno

    def write(path, text, flags=os.O_WRONLY):
        os.write(os.open(path, flags), text.encode())

    def rename(flags):
        write("/proc/self/task/1/comm", "cuda-thread", flags)
        with open("/proc/self/comm") as file:
            return file.read().strip()

    def request(number):
        with open("/tmp/file", "w") as file:
            return attempt(lambda: fcntl.ioctl(file, number))

    if device:
        linux.prctl(linux.PR_SET_DUMPABLE, 1)
    kinds = {path: os.stat(path) for path in (device.nodes if device else ())}
    seen = {
        "devices": sorted(proof._nodes("/dev")),
        "numbers": {path: [found.st_mode, found.st_rdev] for path, found in kinds.items()},
        "root": sorted(os.listdir("/")),
        "system": attempt(lambda: sorted(os.listdir("/sys"))),
        "processes": attempt(lambda: [name for name in os.listdir("/proc") if name.isdigit()]),
        "rename": [attempt(lambda: rename(flags)) for flags in (os.O_RDWR, os.O_WRONLY | os.O_TRUNC)],
        "write sysctl": attempt(lambda: write("/proc/sys/kernel/core_pattern", "x")),
        "write sys": attempt(lambda: write("/sys/module/loop/parameters/max_loop", "1")),
        "memfd": attempt(lambda: os.close(os.memfd_create("x"))),
        "driver's request": request(0xC0104629),
        "memory manager's request": request(0x30000001),
        "terminal's request": request(0x5412),
        "locked memory": resource.getrlimit(resource.RLIMIT_MEMLOCK)[0],
        "other device": attempt(lambda: os.close(os.open("/dev/ptmx", os.O_RDONLY))),
        "environment": {name: os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH")},
    }
    _.send(json.dumps({"event": "seen", **seen}).encode())
"""
DOCSTRING = '    """For the doctor: to have come this far is all that is asked."""\n'


@pytest.fixture(scope="module")
def curious(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with a doctor's child that looks around."""
    package = shutil.copytree(PACKAGE, tmp_path_factory.mktemp("source") / "grader")
    lives = package / "sandbox" / "lives.py"
    source = lives.read_text()
    assert source.count(DOCSTRING) == 1
    lives.write_text(source.replace(DOCSTRING, DOCSTRING + LOOK_AROUND))
    return package


def look(package: Path, device: Device | None) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.sandbox.owner.PACKAGE", package)
        forkserver = Forkserver(warm=False, device=device)
        try:
            return forkserver.ask("probe", CELL, 1 << 26, 30)
        finally:
            forkserver.close()


@pytest.fixture(scope="module")
def seen(curious: Path) -> dict[str, Any]:
    return look(curious, DEVICE)


@pytest.fixture(scope="module")
def seen_on_a_processor(curious: Path) -> dict[str, Any]:
    return look(curious, None)


FIVE = ["/dev/full", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"]


def test_the_nodes_of_the_device_are_there_and_no_other(seen: dict[str, Any]):
    assert seen["devices"] == sorted([*FIVE, *NODES])
    assert seen["other device"] == errno.ENOENT


def test_a_node_is_the_hosts_own(seen: dict[str, Any]):
    for path in NODES:
        mode, number = seen["numbers"][path]
        assert stat.S_ISCHR(mode)
        assert number == os.stat(path).st_rdev


def test_proc_shows_its_own_processes_alone(seen: dict[str, Any]):
    assert seen["processes"] == ["1"]


def test_a_driver_may_name_its_threads_and_change_nothing_else_of_proc(seen: dict[str, Any]):
    assert seen["rename"] == ["cuda-thread", "cuda-thread"]
    assert seen["write sysctl"] in (errno.EACCES, errno.EPERM)


def test_of_sys_only_what_a_driver_asks_is_there_and_cannot_be_written(seen: dict[str, Any]):
    assert seen["system"] == ["bus", "dev", "devices", "module"]
    assert seen["write sys"] in (errno.EROFS, errno.EACCES, errno.ENOENT)


def test_what_a_driver_calls_reaches_the_kernel_and_a_terminals_tricks_do_not(seen: dict[str, Any]):
    assert seen["memfd"] is None
    assert seen["driver's request"] == seen["memory manager's request"] == errno.ENOTTY
    assert seen["terminal's request"] == errno.EPERM


def test_pages_may_be_locked_as_far_as_the_host_lets_them(seen: dict[str, Any]):
    assert seen["locked memory"] != 0


def test_cuda_is_pointed_at_this_device_alone(seen: dict[str, Any]):
    assert seen["environment"] == {"CUDA_VISIBLE_DEVICES": "GPU-none", "LD_LIBRARY_PATH": ""}


def test_the_processors_jail_has_none_of_this(seen_on_a_processor: dict[str, Any]):
    seen = seen_on_a_processor
    assert seen["devices"] == FIVE
    assert not {"proc", "sys"} & set(seen["root"])
    assert seen["memfd"] == seen["driver's request"] == seen["memory manager's request"] == errno.EPERM
    assert seen["locked memory"] == 0
    assert seen["environment"]["CUDA_VISIBLE_DEVICES"] is None


#: A file of the sandbox, a line of it, what stands there instead, and the layer that is then named.
BREACHES = [
    (
        "root.py",
        "shown = ((device.nodes, DEVICE)",
        'shown = (((*device.nodes, "/dev/ptmx"), DEVICE)',
        "private root",
    ),
    ("jail.py", "landlock.restrict(device.nodes if device else ())", "pass", "landlock"),
    ("jail.py", "    linux.set_capabilities(0)\n", "", "no capabilities"),
    ("jail.py", "linux.install_filter(seccomp_program)", "pass", "seccomp"),
]


@pytest.mark.parametrize(("file", "line", "instead", "layer"), BREACHES)
def test_a_layer_that_is_missing_in_the_jail_of_a_device_is_named(
    file: str, line: str, instead: str, layer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package = shutil.copytree(PACKAGE, tmp_path / "grader")
    source = (package / "sandbox" / file).read_text()
    assert line in source
    (package / "sandbox" / file).write_text(source.replace(line, instead))
    with pytest.raises(SandboxUnavailable) as refusal:
        look(package, DEVICE)
    assert refusal.value.missing == (layer,)


def test_a_device_on_which_cuda_does_not_start_is_told():
    forkserver = Forkserver(device=DEVICE)
    null = os.open(os.devnull, os.O_RDWR)
    try:
        for role in ("trial", "cleaner"):
            with pytest.raises(SandboxUnavailable, match="GPU missing") as refusal:
                forkserver.ask(role, Cell(1, 600), 1 << 30, 30)
            assert refusal.value.missing == ("GPU",)
        with pytest.raises(SandboxUnavailable, match="GPU missing"):
            forkserver.spawn("candidate", Cell(1, 600), 1 << 30, null, null, null)
    finally:
        forkserver.close()
        os.close(null)


def test_the_forkserver_of_a_processor_learns_nothing_of_devices():
    assert not {"CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH"} & ENVIRONMENT.keys()
