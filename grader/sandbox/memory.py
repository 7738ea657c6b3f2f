"""How much a process tree uses, by looking at it from outside."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    """Bytes of memory and seconds of CPU of a tree at one moment."""

    memory: int
    cpu_seconds: float


class Watched:
    """Memory and CPU of the tree below a process, without help from a cgroup.

    Memory is what the tree has on top of the pages that a fresh fork shares with the forkserver.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._inherited = max((anonymous(pid) for pid in tree(root)), default=0)
        self.peak = 0

    def sample(self, limit: int) -> Sample:
        """Look now. The cheap sum counts shared pages more than once; only above `limit` is it worth the exact one.

        The kernel tells an ordinary user nothing exact of processes that cannot be traced, as jailed ones are. Then
        the cheap sum stands: too strict on children that share much, where none would be no limit at all.
        """
        pids = list(tree(self._root))
        memory = sum(max(0, anonymous(pid) - self._inherited) for pid in pids)
        if memory > limit and len(pids) > 2:
            memory = _exact(pids) or memory
        self.peak = max(self.peak, memory, sum(max(0, _highest(pid) - self._inherited) for pid in pids))
        return Sample(memory, sum(_cpu_seconds(pid) for pid in pids))

    def limit(self, memory: int, processes: int) -> None:
        """Whoever samples compares; processes are bounded by a resource limit of the namespace."""

    def close(self) -> None:
        """Nothing was set up, so nothing is taken down."""


def tree(root: int) -> Iterator[int]:
    """A process and all below it. The root is the first of its pid namespace, so orphans come back to it."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting.extend(_children(pid))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            found.extend(map(int, _read(f"/proc/{pid}/task/{task}/children").split()))
    except OSError:
        # It ended while we looked.
        return found
    return found


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def anonymous(pid: int) -> int:
    """Bytes of a process's memory that no file is behind; 0 when it is gone."""
    fields = _read(f"/proc/{pid}/statm").split()
    return (int(fields[1]) - int(fields[2])) * _PAGE if fields else 0


def _highest(pid: int) -> int:
    """The most that `anonymous` was, by the kernel's mark: what was taken and given back between two looks counts."""
    fields = (line.split() for line in _read(f"/proc/{pid}/status").splitlines())
    sizes = {
        line[0]: int(line[1]) * 1024 for line in fields if line[0] in ("VmHWM:", "RssFile:", "RssShmem:")
    }
    return sizes.get("VmHWM:", 0) - sizes.get("RssFile:", 0) - sizes.get("RssShmem:", 0)


def _exact(pids: list[int]) -> int | None:
    """The sum of what each has in proportion; None where one of them that lives cannot be read."""
    shares = [_proportional(pid) for pid in pids if anonymous(pid)]
    return None if 0 in shares else sum(shares)


def _proportional(pid: int) -> int:
    """Private and shared anonymous memory, shared pages divided among their users; 0 when it cannot be read."""
    lines = (line.split() for line in _read(f"/proc/{pid}/smaps_rollup").splitlines())
    return sum(int(line[1]) * 1024 for line in lines if line[0] in ("Pss_Anon:", "Pss_Shmem:"))


def queued_seconds(pid: int) -> float:
    """How long its first thread was ready and got no processor; 0 where the kernel does not say."""
    fields = _read(f"/proc/{pid}/schedstat").split()
    return int(fields[1]) / 1e9 if len(fields) > 1 else 0.0


def _cpu_seconds(pid: int) -> float:
    """Its own time by its own clock, which counts nanoseconds, and in ticks that of the children it waited for."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if not fields:
        return 0.0
    try:
        # What clock_getcpuclockid(3) gives for a process: its number inverted, above three bits that say which clock.
        own = time.clock_gettime(~pid << 3 | 2)
    except OSError:
        own = sum(map(int, fields[11:13])) / _TICK
    return own + sum(map(int, fields[13:15])) / _TICK
