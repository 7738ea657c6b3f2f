"""Writes the seccomp profile of the worker's container: `python -m deploy.seccomp`.

Docker's own profile forbids namespaces and mounts to whoever has no capability, and with them our jail. This one is an
allow-list of its own in three parts: what candidates may call (read from the jail's policy), what builds the jail, and
what a Python service needs. All else is refused: ptrace, bpf, io_uring, keys, modules, foreign architectures. The
jail's own filter comes on top and is much narrower.
"""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

from grader.sandbox.policy import CPU, GPU

PROFILE = Path(__file__).with_name("seccomp-worker.json")

#: Namespaces, mounts, ids, capabilities, Landlock and the filter itself, as grader/sandbox/linux.py calls them.
#: Harmless without a capability: the kernel lets them do nothing outside a user namespace.
JAIL = """
    unshare setns mount umount2 mount_setattr pivot_root sethostname capget capset setresuid setresgid setgroups
    setuid setgid setreuid setregid setfsuid setfsgid seccomp landlock_create_ruleset landlock_add_rule
    landlock_restrict_self pidfd_open pidfd_send_signal clone3 mknod mknodat chroot
"""

#: The interpreter, the C library, Celery, Docker's health checks, and the drivers of a GPU.
SERVICE = """
    execve execveat flock memfd_create openat2 preadv2 pwritev2 readahead sync syncfs sync_file_range splice tee
    vmsplice chown fchown lchown fchownat getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr inotify_init
    inotify_init1 inotify_add_watch inotify_rm_watch sendmmsg recvmmsg epoll_pwait2 signalfd signalfd4 timerfd_create
    timerfd_settime timerfd_gettime timer_create timer_settime timer_gettime timer_getoverrun timer_delete
    rt_sigqueueinfo rt_tgsigqueueinfo setpriority ioprio_get ioprio_set sched_getattr sched_setattr sched_setparam
    sched_setscheduler sched_rr_get_interval mlock mlock2 mlockall munlock munlockall pkey_alloc pkey_free
    pkey_mprotect get_mempolicy set_mempolicy mbind futex_waitv shmget shmat shmdt shmctl semget semop semtimedop
    semctl getpgrp set_thread_area get_thread_area process_mrelease
"""

#: Unix, IPv4, IPv6, and the netlink that the C library asks for addresses; never vsock, raw packets or crypto sockets.
FAMILIES = (1, 2, 10, 16)
#: Only what personality(2) answers without changing anything, and Linux itself.
PERSONALITIES = (0, 0xFFFF_FFFF)

ARCHITECTURES = ("SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64")


def profile() -> dict[str, Any]:
    """The document that Docker reads."""
    candidates = {name for calls in (CPU, GPU) for name in (*calls.allowed, *calls.arguments)}
    unconditional = (candidates | set(f"{JAIL} {SERVICE}".split())) - {"socket"}
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": errno.EPERM,
        "archMap": [{"architecture": name, "subArchitectures": None} for name in ARCHITECTURES],
        "syscalls": [
            {"names": sorted(unconditional), "action": "SCMP_ACT_ALLOW"},
            *(_first_argument("socket", family) for family in FAMILIES),
            *(_first_argument("personality", value) for value in PERSONALITIES),
        ],
    }


def _first_argument(name: str, value: int) -> dict[str, Any]:
    equals = {"index": 0, "value": value, "op": "SCMP_CMP_EQ"}
    return {"names": [name], "action": "SCMP_ACT_ALLOW", "args": [equals]}


def text() -> str:
    return json.dumps(profile(), indent=1) + "\n"


if __name__ == "__main__":
    PROFILE.write_text(text())
