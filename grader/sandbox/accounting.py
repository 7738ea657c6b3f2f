"""Who counts what a process tree uses: a cgroup, or, where that was chosen, we ourselves by looking at it."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from grader.errors import SandboxUnavailable
from grader.sandbox import cgroups
from grader.sandbox.memory import Sample, Watched
from grader.sandbox.remedies import remedy

_UNLIMITED = 1 << 62


class Meter(Protocol):
    """Memory and CPU of one tree."""

    @property
    def peak(self) -> int:
        """Bytes of memory, at most so far."""

    def sample(self, limit: int) -> Sample:
        """Look now; `memory` above `limit` means that the limit was exceeded."""

    def limit(self, memory: int, processes: int) -> None:
        """Set the bounds of the tree: bytes, and processes with threads."""

    def close(self) -> None:
        """The tree is gone."""


class Above:
    """Counts what a tree uses on top of what it used when this began."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._at_first = meter.sample(_UNLIMITED)

    @property
    def peak(self) -> int:
        """Bytes, at most so far."""
        return max(0, self._meter.peak - self._at_first.memory)

    def sample(self, limit: int) -> Sample:
        """As `Meter.sample`."""
        now = self._meter.sample(limit + self._at_first.memory)
        seconds = now.cpu_seconds - self._at_first.cpu_seconds
        return Sample(max(0, now.memory - self._at_first.memory), max(0.0, seconds))

    def limit(self, memory: int, processes: int) -> None:
        """As `Meter.limit`."""
        self._meter.limit(memory + self._at_first.memory, processes)

    def close(self) -> None:
        """The tree is gone."""
        self._meter.close()


@dataclass(frozen=True)
class Cgroups:
    """What this host offers."""

    ok: bool
    detail: str
    hierarchies: cgroups.Hierarchies | None = None


@functools.cache
def find() -> Cgroups:
    """Look once: where groups can be made does not change while a process lives."""
    try:
        mounts, own = Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text()
    except OSError as error:
        return Cgroups(False, f"/proc does not tell: {error}")
    found = cgroups.find(mounts, own)
    if found is None:
        return Cgroups(False, "no cgroup with memory and pids can be made by this user")
    cgroups.sweep(found)
    return Cgroups(True, f"version {found.version}, memory and processes are limited by the kernel", found)


def is_watched() -> bool:
    """Whether this host may do without a cgroup: the choice of a single person's machine, never of a deployment."""
    return os.environ.get("GRADER_MEMORY", "cgroup") == "watched"


def open_meter(pid: int, memory: int, processes: int) -> Meter:
    """Start counting for the tree that begins with `pid`. SandboxUnavailable where nobody could keep the limit."""
    found = find()
    if found.hierarchies is not None:
        group = cgroups.Group(found.hierarchies)
        try:
            group.limit(memory, processes)
            group.add(pid)
        except BaseException:
            group.close()
            raise
        return group
    if not is_watched():
        raise SandboxUnavailable(["cgroup"], [remedy("cgroup")])
    return Watched(pid)
