"""Turns the policy into a program for the kernel's packet-filter machine. Pure: nothing here touches the system.

The machine reads a record {int nr; u32 arch; u64 ip; u64 args[6]} and returns what to do with the call.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterable, Iterator

from grader.sandbox.policy import CPU, FATAL, UNKNOWN, AnyOf, Calls, Masked, NoneOf, OneOf, Rule
from grader.sandbox.syscalls import NUMBERS

AUDIT_ARCH = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
#: Numbers from here on are the x32 flavour of x86-64: same arch field, other calling convention.
X32_START = 0x4000_0000

KILL = 0x8000_0000
ALLOW = 0x7FFF_0000
DENY = 0x0005_0000 | errno.EPERM
MISSING = 0x0005_0000 | errno.ENOSYS

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER_OFFSET, _ARCH_OFFSET, _ARGUMENTS_OFFSET = 0, 4, 16

Instruction = tuple[int, int, int, int]


def compile_policy(machine: str = "", calls: Calls = CPU) -> bytes:
    """The whole policy as a program for this machine (or a named one), ready to be loaded."""
    machine = machine or platform.machine()
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in _program(machine, calls))


def _program(machine: str, calls: Calls) -> Iterator[Instruction]:
    numbers = NUMBERS[machine]
    yield from _right_architecture(machine)
    yield from _returning(_numbers(numbers, calls.allowed), ALLOW)
    for name, rule in calls.arguments.items():
        if name in numbers:
            yield from _by_argument(numbers[name], rule)
    yield from _returning(_numbers(numbers, UNKNOWN), MISSING)
    yield from _returning(_numbers(numbers, FATAL), KILL)
    yield (_RETURN, 0, 0, DENY)


def _numbers(numbers: dict[str, int], names: Iterable[str]) -> list[int]:
    """Calls that a machine does not have (open, fork … on newer ones) need no rule."""
    return sorted(numbers[name] for name in names if name in numbers)


def _right_architecture(machine: str) -> Iterator[Instruction]:
    yield (_LOAD, 0, 0, _ARCH_OFFSET)
    yield (_EQUAL, 1, 0, AUDIT_ARCH[machine])
    yield (_RETURN, 0, 0, KILL)
    yield (_LOAD, 0, 0, _NUMBER_OFFSET)
    if machine == "x86_64":
        yield (_AT_LEAST, 0, 1, X32_START)
        yield (_RETURN, 0, 0, KILL)


def _returning(numbers: Iterable[int], action: int) -> Iterator[Instruction]:
    for number in numbers:
        yield (_EQUAL, 0, 1, number)
        yield (_RETURN, 0, 0, action)


def _by_argument(number: int, rule: Rule) -> Iterator[Instruction]:
    """Every way through the body returns, so that the number need not be loaded again."""
    body = list(_argument_test(rule))
    yield (_EQUAL, 0, len(body), number)
    yield from body


def _argument_test(rule: Rule) -> Iterator[Instruction]:
    if isinstance(rule, NoneOf):
        yield _argument(rule.index)
        yield (_ANY_BIT, 0, 1, rule.mask)
        yield (_RETURN, 0, 0, DENY)
        yield (_RETURN, 0, 0, ALLOW)
        return
    for one in rule.rules if isinstance(rule, AnyOf) else (rule,):
        yield from _allowing(one)
    yield (_RETURN, 0, 0, DENY)


def _allowing(rule: OneOf | Masked) -> Iterator[Instruction]:
    """Returns when the rule holds; else what comes next goes on."""
    yield _argument(rule.index)
    if isinstance(rule, Masked):
        yield (_AND, 0, 0, rule.mask)
        yield from _returning([rule.value], ALLOW)
    else:
        yield from _returning(rule.values, ALLOW)


def _argument(index: int) -> Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS_OFFSET + 8 * index)
