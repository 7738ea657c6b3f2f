"""The last step of the way down: a child tries what it must no longer be able to do, before it meets anything foreign.

Attacks alone do not show the loss of a layer that another one covers. So every layer is asserted by something that
only this layer answers.
"""

from __future__ import annotations

import errno
import os
import resource
import socket
from collections.abc import Callable, Iterator

from grader.sandbox import linux
from grader.sandbox.device import Device
from grader.sandbox.policy import DEVICES, SCRATCH
from grader.sandbox.root import tops

NAMESPACES = {
    "user": "user namespace",
    "mnt": "mount namespace",
    "pid": "pid namespace",
    "net": "net namespace",
    "ipc": "ipc namespace",
    "uts": "uts namespace",
}


class NotProtected(linux.ProtectionFailed):
    """A layer came up without complaint and does not hold."""

    def __init__(self, protection: str, seen: str) -> None:
        super().__init__(errno.EPERM, seen, protection)

    def __str__(self) -> str:
        return self.call


def namespaces(proc: int) -> dict[str, str]:
    """The identity of each namespace of this process, by the kernel's name for its kind."""
    return {kind: os.readlink(f"self/ns/{kind}", dir_fd=proc) for kind in NAMESPACES}


def all_differ(before: dict[str, str], now: dict[str, str]) -> None:
    """Raise unless every namespace is another than the forkserver's."""
    for kind, protection in NAMESPACES.items():
        if before[kind] == now[kind]:
            raise NotProtected(protection, f"the child shares the {protection} of the forkserver")


def require_no_new_privs() -> None:
    """Raise unless it holds; asked at once, because Landlock and seccomp refuse to start without it."""
    if linux.prctl(linux.PR_GET_NO_NEW_PRIVS) != 1:
        raise NotProtected("no_new_privs", "no_new_privs is off")


def prove(limits: dict[int, int], device: Device | None = None) -> None:
    """Raise NotProtected for the first layer that does not hold. `limits` are the resource limits that were set.

    Runs before the seccomp filter, which would answer for all the others.
    """
    for protection, attempt in ATTEMPTS.items():
        seen = attempt(device)
        if seen:
            raise NotProtected(protection, seen)
    for kind, value in limits.items():
        if resource.getrlimit(kind)[1] > value:
            raise NotProtected("resource limits", f"limit {kind} is above {value}")


def prove_filter() -> None:
    """Raise NotProtected unless the seccomp filter answers."""
    seen = _refused(
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(), errno.EPERM, "a socket was made"
    )
    if seen:
        raise NotProtected("seccomp", seen)


def _first_of_its_namespace(_: Device | None) -> str:
    return "" if os.getpid() == 1 else f"the process id is {os.getpid()}, not 1"


def _private_root(device: Device | None) -> str:
    """A driver needs /proc and parts of /sys; nothing else does, and nobody needs another device."""
    system = {"proc", "sys"} if device is None else set()
    hidden = {"etc", "run", "boot", "mnt", "srv", "bin", "sbin", *system} - tops()
    foreign = set(os.listdir("/")) & hidden
    if foreign:
        return f"the host's /{min(foreign)} can be seen"
    wanted = {f"/dev/{name}" for name in DEVICES} | set(device.nodes if device else ())
    differing = wanted ^ set(_nodes("/dev"))
    return f"{min(differing)} should not be there, or is missing" if differing else ""


def _nodes(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from _nodes(entry.path) if entry.path not in SCRATCH else ()
        else:
            yield entry.path


def _read_only_root(_: Device | None) -> str:
    for path in ("/", os.__file__):
        if not os.statvfs(path).f_flag & os.ST_RDONLY:
            return f"{path} can be written to"
    return _refused(lambda: os.mkdir("/written"), errno.EROFS, "a folder was made in /")


def _no_capabilities(_: Device | None) -> str:
    if linux.prctl(linux.PR_CAPBSET_READ, linux.CAP_SYS_ADMIN) != 0:
        return "the bounding set is not empty"
    return _refused(lambda: os.chroot("/"), errno.EPERM, "chroot worked")


def _landlock(_: Device | None) -> str:
    """Named pipes are refused by nothing else: the scratch is a file system of this child's own."""
    if linux.landlock_version() == 0:
        return ""
    return _refused(lambda: os.mkfifo(f"{SCRATCH[0]}/pipe"), errno.EACCES, "a named pipe was made")


def _refused(action: Callable[[], None], error: int, otherwise: str) -> str:
    try:
        action()
    except OSError as refusal:
        return "" if refusal.errno == error else f"refused for another reason: {refusal}"
    return otherwise


ATTEMPTS: dict[str, Callable[[Device | None], str]] = {
    "pid namespace": _first_of_its_namespace,
    "private root": _private_root,
    "read-only root": _read_only_root,
    "no capabilities": _no_capabilities,
    "landlock": _landlock,
}

#: Every layer that is asserted, in the order of the way down.
LAYERS = (
    *NAMESPACES.values(),
    "private root",
    "read-only root",
    "resource limits",
    "no capabilities",
    "no_new_privs",
    "landlock",
    "seccomp",
)
