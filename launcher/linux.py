"""The few Linux calls that Python does not offer: prctl, unshare, capabilities, and who works in a folder.

Read by `launcher.install` before a suitable Python is known, so it keeps to the syntax of Python 3.8.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CAP_DAC_OVERRIDE = 1

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522

# Loaded once, before any fork: between fork and exec a child should allocate and lock as little as it can.
_libc = ctypes.CDLL(None, use_errno=True)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _checked(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


def prctl(option: int, first: int = 0, second: int = 0) -> None:
    """Call prctl(2). Raises OSError."""
    arguments = [ctypes.c_ulong(value) for value in (first, second, 0, 0)]
    _checked(_libc.prctl(option, *arguments), "prctl")


def die_with_parent(signal_number: int) -> None:
    """Ask the kernel to send this process a signal when its parent ends (PR_SET_PDEATHSIG).

    The kernel forgets the wish at every change of user id, so call this after such a change.
    """
    prctl(_PR_SET_PDEATHSIG, signal_number)


def unshare(flags: int) -> None:
    """Leave the parent's namespaces for new ones. Raises OSError."""
    _checked(_libc.unshare(flags), "unshare")


def make_mounts_private() -> None:
    """Make the mount tree private: a sandbox's first step, and what AppArmor refuses. Raises OSError."""
    ms_rec, ms_private = 0x4000, 0x40000
    _checked(_libc.mount(None, b"/", None, ms_rec | ms_private, None), "mount")


def map_into_user_namespace(inside: int) -> None:
    """In a fresh user namespace, let this process be user and group `inside`, and nobody else exist."""
    outside_user, outside_group = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {outside_user} 1")
    Path("/proc/self/gid_map").write_text(f"{inside} {outside_group} 1")


def become(user: int, keep: int) -> None:
    """Give up root for `user`, keeping the one capability `keep` through the next exec as well."""
    # Without this the change of user takes all capabilities away, and access(2), which Postgres trusts, ignores them.
    prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    sets = (_CapabilitySets * 2)(_CapabilitySets(1 << keep, 1 << keep, 1 << keep), _CapabilitySets(0, 0, 0))
    _checked(_libc.capset(ctypes.byref(header), sets), "capset")
    prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, keep)


def processes_working_in(folder: Path) -> Iterator[int]:
    """Yield the ids of the processes whose working directory is `folder`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _working_directory(entry) == str(folder):
            yield int(entry.name)


def _working_directory(process: Path) -> str | None:
    try:
        return os.readlink(process / "cwd")
    except OSError:  # it has ended, or belongs to somebody else
        return None
