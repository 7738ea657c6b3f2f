"""What this host allows, found out by trying it in a throw-away child."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher import linux
from launcher.paths import CHECKOUT

#: Where there is an NVIDIA driver there is this node; without it nothing long is tried.
NVIDIA = Path("/dev/nvidiactl")
#: Starting CUDA takes seconds for each GPU, on a machine that is busy many.
GPU_SECONDS = 180.0
CGROUPS = Path("/sys/fs/cgroup")
_LIMITS = {"memory": "memory.limit_in_bytes", "pids": "pids.max"}
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_DEBIAN = Path("/proc/sys/kernel/unprivileged_userns_clone")
_MAXIMUM = Path("/proc/sys/user/max_user_namespaces")


def user_namespaces_work() -> bool:
    """Tell whether this user can make a user namespace and mount in it (AppArmor forbids only the second)."""
    pid = os.fork()
    if pid == 0:
        os._exit(_try_namespaces())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _try_namespaces() -> int:
    try:
        linux.map_into_user_namespace(0)
        linux.unshare(linux.CLONE_NEWNS)
        linux.make_mounts_private()
    except OSError:
        return 1
    return 0


def user_namespace_fix(apparmor: Path = _APPARMOR, debian: Path = _DEBIAN, maximum: Path = _MAXIMUM) -> str:
    """Name the switch of this host that forbids user namespaces, and how to turn it."""
    if _reads(apparmor, "1"):
        return (
            "AppArmor restricts them (Ubuntu 24.04 and later). Allow them:\n"
            "    sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\n"
            "and put the setting into /etc/sysctl.d/60-forward-pass.conf to keep it."
        )
    if _reads(debian, "0"):
        return "The kernel setting is off. Turn it on:\n    sudo sysctl -w kernel.unprivileged_userns_clone=1"
    if _reads(maximum, "0"):
        return "Their number is limited to none. Raise it:\n    sudo sysctl -w user.max_user_namespaces=15000"
    return (
        "Most likely a chroot, or a container's seccomp or AppArmor profile, forbids them. Run on the host or in a\n"
        "virtual machine, or give the container a profile that allows unshare and mount."
    )


def _reads(setting: Path, value: str) -> bool:
    try:
        return setting.read_text().strip() == value
    except OSError:
        return False


def memory_mode() -> str:
    """How strictly the grader must keep memory limits here.

    `cgroup` lets coding answers wait where it can make none, `watched` allows it to do without. With version 2 only
    the grader finds out, by taking its part of the tree; so this demands a cgroup where version 1 is root's to use.
    """
    return "cgroup" if os.geteuid() == 0 and memory_cgroup_works() else "watched"


def memory_cgroup_works(controllers: Path = CGROUPS) -> bool:
    """Tell whether groups of version 1 that limit memory and processes can be made."""
    return all(_makes(controllers / name, limit) for name, limit in _LIMITS.items())


def _makes(controller: Path, limit: str) -> bool:
    """Make a group and look for the file of its limit: the folder may be any folder, and read-only."""
    trial = controller / f"forward-pass-trial-{os.getpid()}"
    try:
        trial.mkdir()
    except OSError:
        return False
    try:
        return (trial / limit).exists()
    finally:
        with contextlib.suppress(OSError):
            trial.rmdir()


@dataclass(frozen=True)
class Gpus:
    """How many GPUs submissions can run on, and why others cannot be used."""

    working: int = 0
    refusal: str = ""


def gpus(environment: Mapping[str, str], node: Path = NVIDIA) -> Gpus:
    """Try every GPU that GRADER_DEVICE leaves, in a child that starts CUDA as a submission's process would."""
    asked = environment.get("GRADER_DEVICE") or "cuda"
    if not node.exists() or asked == "cpu":
        return Gpus()
    command = [sys.executable, "-m", "grader", "doctor", "--json", "--device", asked]
    try:
        done = subprocess.run(
            command, cwd=CHECKOUT, env=dict(environment), capture_output=True, text=True, timeout=GPU_SECONDS
        )
        layers = json.loads(done.stdout)["protections"]
    except (subprocess.TimeoutExpired, ValueError) as error:
        return Gpus(refusal=f"`{' '.join(command[1:])}` gave no answer: {error}")
    tried = [layer for layer in layers if layer["name"].startswith("GPU")]
    refusals = [f"{layer['detail']}. {layer['fix']}" for layer in tried if not layer["ok"]]
    return Gpus(sum(layer["ok"] for layer in tried), " ".join(refusals))
