"""What the jail allows, as data. Everything not named here is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: Found in the jail beside the standard library: PyTorch and what it imports, nothing of ours or of the host's.
PACKAGES = (
    "torch",
    "torchgen",
    "functorch",
    "numpy",
    "numpy.libs",
    "sympy",
    "mpmath",
    "networkx",
    "jinja2",
    "markupsafe",
    "filelock",
    "fsspec",
    "typing_extensions",
)

DEVICES = ("null", "zero", "full", "random", "urandom")

#: What the jail of a device shows on top, all of it read-only; every other jail goes without. The packages hold the
#: libraries of CUDA, some of which are loaded only when they are first used.
DEVICE_PACKAGES = ("nvidia",)
DRIVER_NODES = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")
DRIVER_LIBRARIES = (
    "libcuda.so*",
    "libnvidia-gpucomp.so*",
    "libnvidia-ml.so*",
    "libnvidia-nvvm*.so*",
    "libnvidia-ptxjitcompiler.so*",
)
#: Without them CUDA does not start (error 304). Not /sys itself: its other folders lead to cgroups, power and tracing.
DEVICE_SYSTEM = ("/sys/bus", "/sys/dev", "/sys/devices", "/sys/module")

#: Of the driver and of PyTorch's backward pass, which are none of the candidate's.
DEVICE_THREADS = 16

#: Where candidate code may write; each a file system of its own in memory, gone with the grading.
SCRATCH = ("/tmp", "/dev/shm")  # noqa: S108 - inside the jail, private to one grading

SCRATCH_FILES = 4096

#: Two uids inside the jail's outer namespace: the one that prepares, and the one that everything runs under.
PREPARING_ID, RUNNING_ID = 0, 1

#: The uid outside that a root worker's jails run under; owns nothing and runs nothing else.
OUTER_ID = 64666


@dataclass(frozen=True)
class OneOf:
    """Allow the call when the low 32 bits of argument `index` are one of `values`."""

    index: int
    values: tuple[int, ...]


@dataclass(frozen=True)
class Masked:
    """Allow the call when argument `index`, of which only the bits of `mask` count, is `value`."""

    index: int
    mask: int
    value: int


@dataclass(frozen=True)
class AnyOf:
    """Allow the call when one of these does."""

    rules: tuple[OneOf | Masked, ...]


@dataclass(frozen=True)
class NoneOf:
    """Allow the call when argument `index` has no bit of `mask`."""

    index: int
    mask: int


FILES = """
    read write readv writev pread64 pwrite64 preadv pwritev lseek open openat creat close close_range dup dup2 dup3
    stat fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd
    chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 symlink symlinkat link linkat chmod
    fchmod fchmodat utimensat utime utimes futimesat truncate ftruncate fallocate fsync fdatasync fadvise64
    copy_file_range sendfile umask statfs fstatfs
"""
MEMORY = "mmap munmap mprotect mremap madvise brk msync mincore membarrier"
WAITING = """
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd eventfd2 pipe
    pipe2 nanosleep clock_nanosleep pause alarm setitimer getitimer restart_syscall
"""
# Reached only through sockets that exist, and only AF_UNIX ones can be made (see ARGUMENTS): worker processes of
# a DataLoader hand tensors to one another this way.
SOCKETS = """
    sendto recvfrom sendmsg recvmsg shutdown getsockopt setsockopt getsockname getpeername bind listen accept
    accept4 connect
"""
PROCESSES = """
    fork vfork wait4 waitid exit exit_group set_tid_address set_robust_list get_robust_list rseq futex sched_yield
    sched_getaffinity sched_setaffinity sched_getparam sched_getscheduler sched_get_priority_max
    sched_get_priority_min getpriority
"""
SIGNALS = """
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack kill tkill
    tgkill
"""
ASKING = """
    clock_gettime clock_getres gettimeofday time times getrusage getpid getppid gettid getuid geteuid getgid getegid
    getresuid getresgid getgroups getpgid getpgrp getsid setsid setpgid uname sysinfo getrandom getrlimit setrlimit
    getcpu arch_prctl
"""

ALLOWED = frozenset(f"{FILES} {MEMORY} {WAITING} {SOCKETS} {PROCESSES} {SIGNALS} {ASKING}".split())

_AF_UNIX = 1
_NEW_NAMESPACES = 0x7E02_0080
# PDEATHSIG, GET_DUMPABLE, SET_NAME, GET_NAME, GET_SECCOMP, CAPBSET_READ, GET_NO_NEW_PRIVS, THP_DISABLE, SET_VMA
_PRCTLS = (1, 3, 15, 16, 21, 23, 39, 41, 42, 0x5356_4D41)
# Duplicating, flags, pipe sizes, seals. No locks: two gradings share the read-only files and could signal by them.
_FCNTLS = (0, 1, 2, 3, 4, 1030, 1031, 1032, 1033, 1034)
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)

Rule = OneOf | Masked | AnyOf | NoneOf

#: Calls allowed for some arguments; EPERM for others.
ARGUMENTS: dict[str, Rule] = {
    "socket": OneOf(0, (_AF_UNIX,)),
    "socketpair": OneOf(0, (_AF_UNIX,)),
    "clone": NoneOf(0, _NEW_NAMESPACES),
    "prctl": OneOf(0, _PRCTLS),
    "fcntl": OneOf(1, _FCNTLS),
    "ioctl": OneOf(1, _IOCTLS),
    "prlimit64": OneOf(0, (0,)),
}

#: The C library tries clone3 first, whose flags a filter cannot read, and falls back to clone when told this.
UNKNOWN = frozenset({"clone3"})

#: No honest answer has a use for these: the process is killed, and the verdict says why.
FATAL_NAMES = """
    mount umount2 pivot_root move_mount fsopen fsconfig fsmount fspick open_tree mount_setattr chroot setns unshare
    ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp bpf perf_event_open userfaultfd io_uring_setup
    io_uring_enter io_uring_register keyctl add_key request_key open_by_handle_at name_to_handle_at fanotify_init
    kexec_load kexec_file_load init_module finit_module delete_module reboot swapon swapoff iopl ioperm acct
    quotactl settimeofday clock_settime modify_ldt vhangup
"""
FATAL = frozenset(FATAL_NAMES.split())


@dataclass(frozen=True)
class Calls:
    """What one kind of jail lets through. What is fatal, and what is unknown, is the same in all."""

    allowed: frozenset[str]
    arguments: Mapping[str, Rule]


CPU = Calls(ALLOWED, ARGUMENTS)

# CUDA names its threads through /proc, whose entries belong to root while a process may not be dumped.
_SET_DUMPABLE = 4
# A filter sees the request and not the file. The driver's own requests have the letter F as their kind; those of its
# memory manager are plain small numbers, but for the two with which it begins and ends.
_DRIVERS = Masked(1, 0xFF00, ord("F") << 8)
_MEMORY_MANAGERS = Masked(1, 0xFFFF_FF00, 0)
_BEGIN_AND_END = OneOf(1, (0x3000_0001, 0x3000_0002))

GPU = Calls(
    ALLOWED | {"memfd_create"},
    {
        **ARGUMENTS,
        "prctl": OneOf(0, (*_PRCTLS, _SET_DUMPABLE)),
        "ioctl": AnyOf((OneOf(1, _IOCTLS), _DRIVERS, _MEMORY_MANAGERS, _BEGIN_AND_END)),
    },
)
