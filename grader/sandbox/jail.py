"""The way down: what a fresh fork gives up, in the only order that works, before it meets anything untrusted."""

from __future__ import annotations

import errno
import os
import resource
import socket
from dataclasses import dataclass

from grader.sandbox import landlock, linux, proof, root
from grader.sandbox.device import Device
from grader.sandbox.policy import RUNNING_ID, SCRATCH, SCRATCH_FILES

MEGABYTE = 1 << 20

UNSHARED = (
    (linux.CLONE_NEWUSER, "user namespace"),
    (linux.CLONE_NEWNS, "mount namespace"),
    (linux.CLONE_NEWNET, "net namespace"),
    (linux.CLONE_NEWIPC, "ipc namespace"),
    (linux.CLONE_NEWUTS, "uts namespace"),
)


@dataclass(frozen=True)
class Cell:
    """The size of one jail. What depends on the question is lowered further when the question is known."""

    scratch_mb: int
    processes: int


def descend(
    cell: Cell, proc: int, forkservers: dict[str, str], seccomp_program: bytes, device: Device | None = None
) -> None:
    """Jail this process for good. It must be pid 1 of a new pid namespace, with one thread.

    `proc` is a descriptor of a /proc that shows this process, since the jail's root has none; `forkservers` are the
    namespaces of the process that it was forked from. In the jail of a `device` its driver finds what it needs.
    Raises ProtectionFailed, upon which the caller must exit.
    """
    if device:
        # While this process may still do so: its pid namespace belongs to the user namespace that it leaves now.
        linux.unshare(linux.CLONE_NEWNS, "mount namespace")
        root.mount_proc(root.PROC)
    for flag, protection in UNSHARED:
        linux.unshare(flag, protection)
        if flag == linux.CLONE_NEWUSER:
            _map_own_id(proc)
    proof.all_differ(forkservers, proof.namespaces(proc))
    os.close(proc)
    socket.sethostname("jail")
    _mount_scratch(cell.scratch_mb)
    limits = resource_limits(cell, device)
    for kind, value in limits.items():
        lower(kind, value)
    _give_up_privileges()
    landlock.restrict(device.nodes if device else ())
    proof.prove(limits, device)
    linux.install_filter(seccomp_program)
    proof.prove_filter()


def _map_own_id(proc: int) -> None:
    """One id, mapped to itself: inside there is nobody else to become."""
    _write(proc, "self/setgroups", "deny")
    _write(proc, "self/uid_map", f"{RUNNING_ID} {RUNNING_ID} 1")
    _write(proc, "self/gid_map", f"{RUNNING_ID} {RUNNING_ID} 1")


def _write(proc: int, name: str, text: str) -> None:
    descriptor = os.open(name, os.O_WRONLY, dir_fd=proc)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def _mount_scratch(megabytes: int) -> None:
    """Fresh folders to write to; an environment that lies below one of them stays visible in it, read-only."""
    parked = [(f"{root.KEPT}/{number}", path) for number, path in enumerate(root.covered_by_scratch())]
    for place, path in parked:
        if not os.path.isdir(place):
            raise linux.ProtectionFailed(errno.ENOENT, f"finding {place}", "private root")
        linux.mount(str(path), place, "", linux.MS_BIND | linux.MS_REC)
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    for folder in SCRATCH:
        options = f"size={megabytes}m,nr_inodes={SCRATCH_FILES},mode=700"
        linux.mount("tmpfs", folder, "tmpfs", flags, options)
    for place, path in parked:
        path.mkdir()
        linux.mount(place, str(path), "", linux.MS_MOVE)
    os.chdir(SCRATCH[0])


def resource_limits(cell: Cell, device: Device | None = None) -> dict[int, int]:
    """Bounds of every single process, by kind. A driver pins pages of its process, which count as locked."""
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: cell.scratch_mb * MEGABYTE,
        resource.RLIMIT_NOFILE: 512,
        resource.RLIMIT_NPROC: cell.processes,
        resource.RLIMIT_STACK: 64 * MEGABYTE,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_SIGPENDING: 256,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_RTPRIO: 0,
    }
    if device:
        del limits[resource.RLIMIT_MEMLOCK]
    return limits


def lower(kind: int, value: int) -> None:
    """Set soft and hard limit, never above the present hard one: raising needs a privilege that hosts withhold."""
    _, hard = resource.getrlimit(kind)
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))


def _give_up_privileges() -> None:
    linux.prctl(linux.PR_CAP_AMBIENT, linux.PR_CAP_AMBIENT_CLEAR_ALL)
    linux.drop_bounding_set()
    linux.prctl(linux.PR_SET_SECUREBITS, linux.SECUREBITS_ALL_LOCKED)
    linux.set_capabilities(0)
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1, protection="no_new_privs")
    proof.require_no_new_privs()
    linux.prctl(linux.PR_SET_DUMPABLE, 0)
