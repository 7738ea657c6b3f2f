"""The kernel calls that Python does not wrap, each checked: a protection that fails to come up must be noticed."""

from __future__ import annotations

import ctypes
import os
import platform
import struct

CLONE_NEWNS = 0x0002_0000
CLONE_NEWCGROUP = 0x0200_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 0x20, 0x1000, 0x2000, 0x4000, 0x4_0000
MNT_DETACH = 2

MADV_COLLAPSE = 25

MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC = 1, 2, 4, 8
AT_FDCWD = -100
AT_RECURSIVE = 0x8000

PR_SET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_KEEPCAPS = 1, 3, 4, 8
PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_SECUREBITS = 23, 24, 28
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 38, 39
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
SECUREBITS_ALL_LOCKED = 0xEF

CAP_SYS_ADMIN = 21
CAP_LAST = 63

SECCOMP_SET_MODE_FILTER = 1

# Numbers of the calls made by number. Those above 424 are the same on every architecture.
_NUMBERS = {
    "x86_64": {"pivot_root": 155, "capset": 126, "seccomp": 317},
    "aarch64": {"pivot_root": 41, "capset": 91, "seccomp": 277},
}
_COMMON = {
    "close_range": 436,
    "mount_setattr": 442,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}

_libc = ctypes.CDLL(None, use_errno=True)


class ProtectionFailed(OSError):
    """A system call that builds the jail did not work; `protection` is the doctor's name for what it gives."""

    def __init__(self, error: int, call: str, protection: str) -> None:
        super().__init__(error, f"{call}: {os.strerror(error)}")
        self.call = call
        self.protection = protection


def _checked(result: int, call: str, protection: str) -> int:
    if result < 0:
        raise ProtectionFailed(ctypes.get_errno(), call, protection)
    return result


def _syscall(name: str, *arguments: object, protection: str) -> int:
    number = _COMMON.get(name) or _NUMBERS[platform.machine()][name]
    wide = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *wide), name, protection)


def unshare(flags: int, protection: str) -> None:
    """Leave the namespaces named by `flags`."""
    _checked(_libc.unshare(flags), f"unshare({flags:#x})", protection)


def setns(descriptor: int, kind: int) -> None:
    """Enter the namespace behind a descriptor."""
    _checked(_libc.setns(descriptor, kind), "setns", "pid namespace")


def mount(
    source: str, target: str, kind: str, flags: int, options: str = "", *, protection: str = "read-only root"
) -> None:
    """mount(2)."""
    result = _libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode() or None
    )
    _checked(result, f"mount {kind or 'bind'} on {target}", protection)


def unmount(target: str) -> None:
    """Detach what is mounted at `target`, now for new look-ups and for good when its last user leaves."""
    _checked(_libc.umount2(target.encode(), MNT_DETACH), f"umount {target}", "read-only root")


def set_mount_attributes(target: str, attributes: int) -> None:
    """Set attributes on a mount and all mounts below it, which a plain bind remount would leave writable."""
    request = struct.pack("QQQQ", attributes, 0, 0, 0)
    path = ctypes.c_char_p(target.encode())
    _syscall(
        "mount_setattr", AT_FDCWD, path, AT_RECURSIVE, request, len(request), protection="read-only root"
    )


def pivot_root(new_root: str) -> None:
    """Make `new_root` the root and let go of the old one, of which no path and no mount remains."""
    os.chdir(new_root)
    here = ctypes.c_char_p(b".")
    _syscall("pivot_root", here, here, protection="read-only root")
    unmount(".")
    os.chdir("/")


def prctl(option: int, value: int = 0, *, protection: str = "no capabilities") -> int:
    """prctl(2) with one argument."""
    zero = ctypes.c_ulong(0)
    return _checked(
        _libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero), f"prctl({option})", protection
    )


def set_capabilities(capabilities: int) -> None:
    """Make the permitted and the effective set exactly this bit mask, the inheritable one empty."""
    header = struct.pack("Ii", 0x2008_0522, 0)
    low, high = capabilities & 0xFFFF_FFFF, capabilities >> 32
    data = struct.pack("6I", low, low, 0, high, high, 0)
    _syscall("capset", header, data, protection="no capabilities")


def drop_bounding_set() -> None:
    """Empty the bounding set: no execve can ever give a capability back."""
    for capability in range(CAP_LAST + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except ProtectionFailed:
            # The kernel knows no capability of this number, nor any above it.
            return


def collapse_pages(address: int, size: int) -> bool:
    """Put memory of this process into large pages; False where the kernel does not."""
    where, length = ctypes.c_size_t(address), ctypes.c_size_t(size)
    return bool(_libc.madvise(where, length, ctypes.c_int(MADV_COLLAPSE)) == 0)


def close_all_from(lowest: int) -> None:
    """Close every descriptor from `lowest` upwards."""
    _syscall("close_range", lowest, 0xFFFF_FFFF, 0, protection="no inherited descriptors")


def install_filter(program: bytes) -> None:
    """Load a seccomp program; it holds for this process and all that it will ever start."""
    instructions = ctypes.create_string_buffer(program, len(program))
    pointer = ctypes.cast(instructions, ctypes.c_void_p).value or 0
    request = struct.pack("HxxxxxxQ", len(program) // 8, pointer)
    _syscall("seccomp", SECCOMP_SET_MODE_FILTER, 0, request, protection="seccomp")


def landlock_version() -> int:
    """The kernel's Landlock version, 0 without it. Asked by the call: no file tells it reliably."""
    try:
        return _syscall("landlock_create_ruleset", 0, 0, 1, protection="landlock")
    except ProtectionFailed:
        return 0


def landlock_create(ruleset: bytes) -> int:
    """A descriptor for a new set of rules."""
    return _syscall("landlock_create_ruleset", ruleset, len(ruleset), 0, protection="landlock")


def landlock_allow_beneath(ruleset: int, rights: int, directory: int) -> None:
    """Allow `rights` for everything below an open directory."""
    rule = struct.pack("=Qi", rights, directory)
    _syscall("landlock_add_rule", ruleset, 1, rule, 0, protection="landlock")


def landlock_restrict_self(ruleset: int) -> None:
    """Enforce the rules on this thread and all that it starts."""
    _syscall("landlock_restrict_self", ruleset, 0, protection="landlock")
