"""What to do about a protection that a host does not give, as precisely as the host lets us know."""

from __future__ import annotations

from pathlib import Path

_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_DEBIAN = Path("/proc/sys/kernel/unprivileged_userns_clone")
_MAXIMUM = Path("/proc/sys/user/max_user_namespaces")
#: What Docker and Podman leave in the root of a container.
_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))

_GENERAL = {
    "net namespace": "The kernel needs CONFIG_NET_NS.",
    "ipc namespace": "The kernel needs CONFIG_IPC_NS.",
    "uts namespace": "The kernel needs CONFIG_UTS_NS.",
    "read-only root": "Linux 5.12 or newer is needed, and in a container a seccomp profile that allows mount, "
    "mount_setattr, umount2 and pivot_root.",
    "seccomp": "The kernel needs CONFIG_SECCOMP_FILTER.",
    "procfs": "A device's jail needs a /proc of its own, which a kernel refuses where parts of the host's are "
    "covered, as Docker covers them: start the container with '--security-opt systempaths=unconfined'.",
    "GPU": "The driver's own words are above; docs/deployment.md says what a worker with a GPU needs.",
    "cgroup": "Run the worker as root or in a delegated cgroup (systemd: Delegate=yes), or, on a single person's "
    "machine only, set GRADER_MEMORY=watched.",
    "forkserver": "Its last words are in the worker's log; is PyTorch installed for this Python?",
}


def remedy(protection: str) -> str:
    """One or two sentences for an administrator."""
    if protection in ("user namespace", "mount namespace", "pid namespace"):
        return _namespaces()
    return _GENERAL.get(protection, "")


def _namespaces() -> str:
    """Which of the usual switches is off here."""
    if _reads(_APPARMOR) == "1":
        return (
            "AppArmor keeps ordinary programs from making user namespaces here: run "
            "'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0', "
            "or give this Python an AppArmor profile with 'userns,'."
        )
    if _reads(_DEBIAN) == "0":
        return "Run 'sysctl -w kernel.unprivileged_userns_clone=1'."
    if _reads(_MAXIMUM) == "0":
        return "Run 'sysctl -w user.max_user_namespaces=15000'."
    if any(mark.exists() for mark in _CONTAINER):
        return (
            "The container's seccomp profile forbids it: start it with one that allows unshare, mount and "
            "pivot_root, and with '--security-opt apparmor=unconfined' where the host has AppArmor."
        )
    return "The kernel needs CONFIG_USER_NS and CONFIG_PID_NS, and must let this user make namespaces."


def _reads(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


_MISSES = (
    "The driver misses something of the host: all of its nodes (nvidia-uvm-tools as well), /sys/module/nvidia, or a "
    "/proc whose threads it may name."
)
#: What CUDA says when it does not start, and what is behind it as a rule.
_CUDA = {
    "error 304": _MISSES,
    "not supported on this OS": _MISSES,
    "No CUDA GPUs are available": "The device's node can be seen and not be opened: look at the cgroup's list of "
    "devices and, in a container, at the NVIDIA runtime.",
    "not compiled with CUDA": "This PyTorch is built for processors alone; install the build for CUDA.",
    "driver version is insufficient": "The driver is older than the CUDA that PyTorch brings; update the driver, or "
    "install a PyTorch built for an older CUDA.",
    "system not yet initialized": "The NVIDIA fabric manager does not run; this machine needs it.",
    "libnvidia-ml": "Install the driver; in a container give it the capabilities compute and utility "
    "(NVIDIA_DRIVER_CAPABILITIES).",
}


def device_remedy(said: str) -> str:
    """What to do about a GPU, from what CUDA or its driver said."""
    return next((advice for words, advice in _CUDA.items() if words in said), _GENERAL["GPU"])
