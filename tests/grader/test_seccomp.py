"""The policy as data: what a filter answers, worked out without loading it."""

import errno
import struct

import pytest

from grader.sandbox.policy import ALLOWED, ARGUMENTS, CPU, FATAL, GPU, UNKNOWN, Calls
from grader.sandbox.seccomp import ALLOW, AUDIT_ARCH, KILL, compile_policy
from grader.sandbox.syscalls import NUMBERS

DENY, MISSING = 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
MACHINES = ("x86_64", "aarch64")


def answer(machine: str, number: int, *arguments: int, arch: int | None = None, calls: Calls = CPU) -> int:
    """Run the program as the kernel would, on a record {nr, arch, ip, args}."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    record = struct.pack("=iIQ6Q", number, AUDIT_ARCH[machine] if arch is None else arch, 0, *padded)
    program = list(struct.iter_unpack("=HBBI", compile_policy(machine, calls)))
    place = accumulator = 0
    while True:
        code, if_true, if_false, constant = program[place]
        place += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", record, constant)
        elif code == 0x54:
            accumulator &= constant
        elif code == 0x06:
            return int(constant)
        else:
            holds = {
                0x15: accumulator == constant,
                0x35: accumulator >= constant,
                0x45: bool(accumulator & constant),
            }[code]
            place += if_true if holds else if_false


@pytest.mark.parametrize("calls", [CPU, GPU], ids=["processor", "device"])
@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_allowed_is_allowed_and_nothing_else(machine: str, calls: Calls):
    numbers = NUMBERS[machine]
    ruled = calls.allowed | calls.arguments.keys() | UNKNOWN | FATAL
    allowed = {name for name, number in numbers.items() if answer(machine, number, calls=calls) == ALLOW}
    assert allowed - calls.arguments.keys() == calls.allowed & numbers.keys()
    unnamed = set(range(600)) - {numbers[name] for name in ruled if name in numbers}
    assert {answer(machine, number, calls=calls) for number in unnamed} == {DENY}


@pytest.mark.parametrize("calls", [CPU, GPU], ids=["processor", "device"])
@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_fatal_kills(machine: str, calls: Calls):
    fatal = [NUMBERS[machine][name] for name in FATAL & NUMBERS[machine].keys()]
    assert {answer(machine, number, calls=calls) for number in fatal} == {KILL}


def test_a_device_adds_three_things_to_what_a_processor_allows():
    assert (CPU.allowed, CPU.arguments) == (ALLOWED, ARGUMENTS)
    assert GPU.allowed - CPU.allowed == {"memfd_create"}
    assert {name for name in GPU.arguments if GPU.arguments[name] != ARGUMENTS.get(name)} == {
        "ioctl",
        "prctl",
    }


@pytest.mark.parametrize(
    ("name", "request_number", "on_a_device"),
    [
        ("what every file answers", 0x541B, ALLOW),
        ("the driver's, of any size", 0xC0104629, ALLOW),
        ("the driver's, by its largest number", 0xFFFF46FF, ALLOW),
        ("the memory manager's first", 0x30000001, ALLOW),
        ("the memory manager's last", 0x30000002, ALLOW),
        ("the memory manager's", 75, ALLOW),
        ("pushing text into a terminal", 0x5412, DENY),
        ("a selection of the console", 0x541C, DENY),
        ("a new name for a network device", 0x8923, DENY),
        ("a virtual machine", 0xAE01, DENY),
        ("beside the memory manager's", 0x30000003, DENY),
    ],
)
def test_a_device_is_asked_by_its_drivers_requests(name: str, request_number: int, on_a_device: int):
    ioctl = NUMBERS["x86_64"]["ioctl"]
    assert answer("x86_64", ioctl, 3, request_number, calls=GPU) == on_a_device
    ordinary = ALLOW if request_number == 0x541B else DENY
    assert answer("x86_64", ioctl, 3, request_number) == ordinary


def test_the_lists_do_not_overlap():
    groups = [ALLOWED, frozenset(ARGUMENTS), UNKNOWN, FATAL]
    assert sum(map(len, groups)) == len(frozenset().union(*groups))


@pytest.mark.parametrize("machine", MACHINES)
def test_every_name_has_a_number_on_some_machine(machine: str):
    assert (
        ALLOWED | ARGUMENTS.keys() | UNKNOWN | FATAL <= NUMBERS["x86_64"].keys() | NUMBERS["aarch64"].keys()
    )


def test_calls_of_another_architecture_kill():
    assert answer("x86_64", 20, arch=0x4000_0003) == KILL


def test_calls_of_the_x32_kind_kill():
    assert answer("x86_64", 0x4000_0000 + 39) == KILL


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("socket", (1,), ALLOW),
        ("socket", (2,), DENY),
        ("socket", (40,), DENY),
        ("clone", (17,), ALLOW),
        ("clone", (0x1000_0000 | 17,), DENY),
        ("clone", (0x2_0000,), DENY),
        ("prctl", (15,), ALLOW),
        ("prctl", (4,), DENY),
        ("prctl", (22,), DENY),
        ("prlimit64", (0,), ALLOW),
        ("prlimit64", (1,), DENY),
        ("fcntl", (3, 3), ALLOW),
        ("fcntl", (3, 6), DENY),
        ("fcntl", (3, 37), DENY),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), DENY),
        ("clone3", (), MISSING),
    ],
)
def test_some_calls_depend_on_their_arguments(name: str, arguments: tuple[int, ...], expected: int):
    assert answer("x86_64", NUMBERS["x86_64"][name], *arguments) == expected


def test_making_a_program_runnable_is_not_allowed():
    assert not {"execve", "execveat", "memfd_create", "shmget", "mq_open", "flock"} & (
        ALLOWED | ARGUMENTS.keys()
    )
