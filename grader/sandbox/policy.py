"""What the jail allows, as data. Everything not named here is refused."""

from __future__ import annotations

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

#: Calls allowed for some arguments; EPERM for others.
ARGUMENTS: dict[str, OneOf | NoneOf] = {
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
