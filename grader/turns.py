"""A measurement from the parent's chair: two process trees of which one may run at a time, and what each has used."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any

from grader.limits import Limits
from grader.sandbox.jail import MEGABYTE
from grader.sandbox.memory import queued_seconds, tree
from grader.sandbox.pool import Prepared

#: A tree that goes on forking while it is being stopped is looked through this often.
SWEEPS = 20


class Turns:
    """The submission, begun afresh, and a baseline under the same limits; nobody when nothing is being measured."""

    def __init__(self) -> None:
        #: The process that times the calls.
        self.judge = 0
        self._limit = 0
        self._sides: dict[str, Prepared] = {}
        self._idle: dict[str, int] = {}

    def begin(self, candidate: Prepared, baseline: Prepared, limits: Limits) -> None:
        """From now on it is about these two."""
        self._limit = limits.memory_mb * MEGABYTE
        self._sides = {"candidate": candidate, "baseline": baseline}
        # Nothing of theirs has run yet: what is counted now comes with the jail.
        self._idle = {who: side.child.meter.sample(self._limit).memory for who, side in self._sides.items()}

    def give(self, who: str) -> dict[str, Any]:
        """Let one side run and stop the other, or both when it is neither's turn. Says what each has used until now.

        One that computes out of turn would slow the other down or get ahead of its own clock.
        """
        for name, side in self._sides.items():
            if name != who:
                _stop(side.child.pid)
        used = {name: self._used(name) for name in self._sides}
        if who in self._sides:
            _signal(self._sides[who].child.pid, signal.SIGCONT)
        return used

    def _used(self, name: str) -> dict[str, float]:
        """Seconds of CPU, and of waiting for a processor, and bytes at its peak above what it began with.

        On a busy machine the judge waits as well before it reads an answer, which is not the submission's doing.
        """
        child = self._sides[name].child
        seconds = child.meter.sample(self._limit).cpu_seconds
        return {
            "cpu": seconds,
            "queued": sum(map(queued_seconds, {self.judge, *_below(child.pid)})),
            "memory": max(0, child.meter.peak - self._idle[name]),
        }

    def end(self) -> list[Prepared]:
        """Let the submission go on, end the baseline, and hand over what is left of it."""
        sides, self._sides = self._sides, {}
        if not sides:
            return []
        _signal(sides["candidate"].child.pid, signal.SIGCONT)
        sides["baseline"].child.kill()
        return [sides["baseline"]]


def _stop(root: int) -> None:
    """Until a look at the tree finds nobody new."""
    seen: set[int] = set()
    for _ in range(SWEEPS):
        found = _signal(root, signal.SIGSTOP)
        if found <= seen:
            return
        seen |= found


def _signal(root: int, number: signal.Signals) -> set[int]:
    below = _below(root)
    for pid in below:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    return below


def _below(root: int) -> set[int]:
    """All of a tree but its first process, which is ours and only waits."""
    return set(tree(root)) - {root}
