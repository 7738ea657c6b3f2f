"""A second wall inside the root: what may be done below which folder, where the kernel has Landlock."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

from grader.sandbox import linux
from grader.sandbox.policy import SCRATCH

READ_FILE, READ_DIR, WRITE_FILE = 1 << 2, 1 << 3, 1 << 1
REMOVE_DIR, REMOVE_FILE = 1 << 4, 1 << 5
MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_SYM = 1 << 7, 1 << 8, 1 << 9, 1 << 12
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15

READ = READ_FILE | READ_DIR
#: No devices, no named pipes, no execution.
SCRATCH_RIGHTS = (
    READ
    | WRITE_FILE
    | REMOVE_DIR
    | REMOVE_FILE
    | MAKE_DIR
    | MAKE_REG
    | MAKE_SOCK
    | MAKE_SYM
    | REFER
    | TRUNCATE
)

#: The rights to files that each version knows; what is not known cannot be asked for.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
TCP_RIGHTS, SCOPES = 0b11, 0b11


def ruleset(version: int) -> bytes:
    """The kernel's description of everything that is refused unless allowed, as far as this version goes."""
    if version < 4:
        return struct.pack("Q", file_rights(version))
    if version < 6:
        return struct.pack("QQ", file_rights(version), TCP_RIGHTS)
    return struct.pack("QQQ", file_rights(version), TCP_RIGHTS, SCOPES)


def file_rights(version: int) -> int:
    """All rights to files of this version."""
    return FILE_RIGHTS[max(known for known in FILE_RIGHTS if known <= version)]


def restrict(nodes: Sequence[str] = ()) -> None:
    """Read everywhere, write in the scratch and to the devices. Does nothing on a kernel without Landlock.

    `nodes` are those of a GPU: its driver takes requests by them, and writes the names of its threads below /proc,
    where no rule can be narrower than all that belongs to this process.
    """
    version = linux.landlock_version()
    if version == 0:
        return
    rules = linux.landlock_create(ruleset(version))
    known = file_rights(version)
    _allow(rules, "/", READ & known)
    _allow(rules, "/dev", (READ | WRITE_FILE) & known)
    for folder in SCRATCH:
        _allow(rules, folder, SCRATCH_RIGHTS & known)
    for node in nodes:
        _allow(rules, node, (READ_FILE | WRITE_FILE | IOCTL_DEVICE) & known)
    if nodes:
        _allow(rules, "/proc", (READ | WRITE_FILE | TRUNCATE) & known)
    linux.landlock_restrict_self(rules)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    linux.landlock_allow_beneath(rules, rights, opened)
    os.close(opened)
