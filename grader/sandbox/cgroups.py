"""Limits and accounting of a whole process tree by the kernel: cgroup version 1 and 2 behind one interface."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox.memory import Sample

PREFIX = "forwardpass"
#: Page tables and kernel objects of a process are charged to its group and are not the candidate's doing.
SLACK = 16 << 20
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Hierarchies:
    """Where groups can be made: for version 1 one folder per controller, for version 2 one for all."""

    version: int
    folders: dict[str, Path]


class Group:
    """The group of one process tree. Files are named by version; everything else is the same."""

    def __init__(self, found: Hierarchies) -> None:
        name = f"{PREFIX}-{os.getpid()}-{next(_numbers)}"
        self._version = found.version
        self._folders = {controller: folder / name for controller, folder in found.folders.items()}
        self.peak = 0
        for folder in set(self._folders.values()):
            folder.mkdir()

    def limit(self, memory: int, processes: int) -> None:
        """Set the bounds of the tree: bytes, and processes with threads."""
        self._write("pids", "pids.max", processes)
        if self._version == 1:
            self._limit_memory_1(memory + SLACK)
            return
        self._write("memory", "memory.max", memory + SLACK)
        # Not every kernel accounts for swap.
        with contextlib.suppress(OSError):
            self._write("memory", "memory.swap.max", 0)

    def _limit_memory_1(self, memory: int) -> None:
        """Memory with swap may never be below memory alone, so which comes first depends on the direction."""
        plain, both = "memory.limit_in_bytes", "memory.memsw.limit_in_bytes"
        has_swap = (self._folders["memory"] / both).exists()
        order = (plain, both) if memory < self._read_number("memory", plain) else (both, plain)
        for name in order if has_swap else (plain,):
            self._write("memory", name, memory)

    def add(self, pid: int) -> None:
        """Move a process in; its future children are born inside."""
        for folder in set(self._folders.values()):
            (folder / "cgroup.procs").write_text(str(pid))

    def sample(self, limit: int) -> Sample:
        """Memory and CPU now. The kernel keeps the limit; what is read here is for the books."""
        name = "memory.usage_in_bytes" if self._version == 1 else "memory.current"
        memory = self._read_number("memory", name)
        self.peak = max(self.peak, memory, self._kernels_peak())
        # At its limit a group shrinks what it can; only a kill says that it was not enough.
        return Sample(limit + 1 if self._kills() else min(memory, limit), self._cpu_seconds())

    def close(self) -> None:
        """Remove the group. Its last process is gone; the kernel may need a moment to notice."""
        for folder in set(self._folders.values()):
            _remove(folder)

    def _kernels_peak(self) -> int:
        name = "memory.max_usage_in_bytes" if self._version == 1 else "memory.peak"
        return self._read_number("memory", name)

    def _kills(self) -> int:
        name = "memory.oom_control" if self._version == 1 else "memory.events"
        return _field(self._text("memory", name), "oom_kill")

    def _cpu_seconds(self) -> float:
        if self._version == 1:
            return self._read_number("cpuacct", "cpuacct.usage") / 1e9
        return _field(self._text("cpu", "cpu.stat"), "usage_usec") / 1e6

    def _read_number(self, controller: str, name: str) -> int:
        text = self._text(controller, name).strip()
        return int(text) if text.isdigit() else 0

    def _text(self, controller: str, name: str) -> str:
        try:
            return (self._folders[controller] / name).read_text()
        except OSError:
            return ""

    def _write(self, controller: str, name: str, value: int) -> None:
        (self._folders[controller] / name).write_text(str(value))


def _field(text: str, name: str) -> int:
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} ")), 0)


def _remove(folder: Path) -> None:
    for _ in range(200):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.005)
        else:
            return


def find(mounts: str, own: str) -> Hierarchies | None:
    """Where this process may make groups. `mounts` and `own` are the texts of mountinfo and of /proc/self/cgroup."""
    version_1 = _version_1(mounts, own)
    return version_1 or _version_2(mounts, own)


def _version_1(mounts: str, own: str) -> Hierarchies | None:
    paths = {
        name: line.split(":", 2)[2] for line in own.splitlines() for name in line.split(":", 2)[1].split(",")
    }
    found: dict[str, list[Path]] = {"memory": [], "pids": [], "cpuacct": []}
    for fields in (line.split() for line in mounts.splitlines()):
        if fields[fields.index("-") + 1] == "cgroup":
            for controller in found.keys() & set(fields[-1].split(",")):
                found[controller].append(_below(fields, paths.get(controller, "/")))
    # A container sees its own group, which it may not write to, and perhaps one that was handed to it as well.
    folders = {name: next(filter(_writable, places), None) for name, places in found.items()}
    usable = {name: folder for name, folder in folders.items() if folder}
    return Hierarchies(1, usable) if usable.keys() == found.keys() else None


def _version_2(mounts: str, own: str) -> Hierarchies | None:
    path = next((line.split(":", 2)[2] for line in own.splitlines() if line.startswith("0::")), None)
    mount = next((f for f in map(str.split, mounts.splitlines()) if f[f.index("-") + 1] == "cgroup2"), None)
    if path is None or mount is None:
        return None
    folder = _below(mount, path)
    # A worker that already moved aside (see _delegate) lives in a leaf beside its jobs.
    folder = folder.parent if folder.name == f"{PREFIX}-worker" else folder
    if not _writable(folder) or not _delegate(folder):
        return None
    return Hierarchies(2, dict.fromkeys(("memory", "pids", "cpu"), folder))


def _below(mount: list[str], path: str) -> Path:
    """A group's folder: its path, less what the mount itself already leaves out.

    A mount that shows another part of the tree is one that was handed to us.
    """
    root, place = mount[3], Path(mount[4])
    if root == "/":
        return place / path.strip("/")
    return place / path[len(root) :].strip("/") if path.startswith(root) else place


def _writable(*folders: Path) -> bool:
    """Whether a group can really be made there: a mount may be read-only whatever its permissions say."""
    for folder in set(folders):
        trial = folder / f"{PREFIX}-{os.getpid()}-trial"
        try:
            trial.mkdir(exist_ok=True)
            trial.rmdir()
        except OSError:
            return False
    return True


def _delegate(folder: Path) -> bool:
    """Have controllers in the groups below. Version 2 allows that only where no process sits in the group itself."""
    try:
        if {"memory", "pids"} <= set((folder / "cgroup.subtree_control").read_text().split()):
            return True
        leaf = folder / f"{PREFIX}-worker"
        leaf.mkdir(exist_ok=True)
        for pid in (folder / "cgroup.procs").read_text().split():
            (leaf / "cgroup.procs").write_text(pid)
        (folder / "cgroup.subtree_control").write_text("+memory +pids +cpu")
    except OSError:
        return False
    return True


def sweep(found: Hierarchies) -> None:
    """Remove groups that workers killed in the middle of a grading left behind."""
    for folder in set(found.folders.values()):
        for group in folder.glob(f"{PREFIX}-[0-9]*"):
            owner = group.name.split("-")[1]
            # A container that starts again gives its worker the number that the killed one had.
            if owner == str(os.getpid()) or not Path("/proc", owner).exists():
                with contextlib.suppress(OSError):
                    group.rmdir()
