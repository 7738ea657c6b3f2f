"""Jailed children that wait for work, so that a grading does not wait for a jail."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections import deque
from dataclasses import dataclass

from grader.errors import SandboxUnavailable
from grader.limits import Limits
from grader.sandbox.jail import MEGABYTE, Cell
from grader.sandbox.owner import Child, Forkserver, ForkserverLost

#: A judge's own bounds: several times the largest answer that the wire lets through.
JUDGE_MEMORY = 2048 * MEGABYTE
JUDGE_CELL = Cell(scratch_mb=16, processes=16)
#: Processes that a waiting candidate may have; the question's own limit is set when it is known.
MOST_PROCESSES = 512
USUAL = Limits()

#: Seconds after which the pool is filled again although a grading still runs and needs the processor.
PATIENCE = 0.2


@dataclass
class Prepared:
    """A jailed child with our ends of its connections: `link` to judge or wire, `out` and `err` to read."""

    child: Child
    link: socket.socket
    out: int
    err: int

    def discard(self) -> None:
        """End it and let go of it."""
        with contextlib.suppress(ForkserverLost):
            self.child.bury()
        self.link.close()
        for descriptor in {self.out, self.err} - {-1}:
            os.close(descriptor)


def prepare_judge(forkserver: Forkserver, *, spare: bool) -> Prepared:
    """A judge; what its tests print goes nowhere, what fails in it goes to our own standard error."""
    ours, theirs = socket.socketpair()
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    try:
        child = forkserver.spawn("judge", JUDGE_CELL, JUDGE_MEMORY, theirs.fileno(), nowhere, 2, spare=spare)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
        os.close(nowhere)
    return Prepared(child, ours, -1, -1)


def prepare_candidate(
    forkserver: Forkserver, scratch_mb: int, *, spare: bool, memory: int = USUAL.memory_mb * MEGABYTE
) -> Prepared:
    """A candidate of which only the scratch is fixed; `apply` sets what depends on the question.

    `memory`, in bytes, is what it may use until then.
    """
    ours, theirs = socket.socketpair()
    out, out_writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    err, err_writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    # Only our ends shall not block; the candidate's prints wait until there is room.
    os.set_blocking(out_writer, True)
    os.set_blocking(err_writer, True)
    cell = Cell(scratch_mb, MOST_PROCESSES + 2)
    try:
        link = theirs.fileno()
        child = forkserver.spawn("candidate", cell, memory, link, out_writer, err_writer, spare=spare)
    except BaseException:
        ours.close()
        os.close(out)
        os.close(err)
        raise
    finally:
        theirs.close()
        os.close(out_writer)
        os.close(err_writer)
    return Prepared(child, ours, out, err)


def apply(prepared: Prepared, limits: Limits, extra: int = 0) -> Prepared:
    """Put a candidate under the limits of its question; `extra` threads are not its own."""
    prepared.child.meter.limit(limits.memory_mb * MEGABYTE, limits.processes + 2 + extra)
    return prepared


class Pool:
    """Keeps `size` judges and candidates ready. A thread of its own makes new ones when gradings pause."""

    def __init__(self, forkserver: Forkserver, size: int) -> None:
        self.forkserver = forkserver
        self._size = size
        self._judges: deque[Prepared] = deque()
        self._candidates: deque[Prepared] = deque()
        self._used: deque[Prepared] = deque()
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._calm = threading.Event()
        self._is_closed = self._is_stopped = False
        self._filler = threading.Thread(target=self._keep_filled, name="grader-spares", daemon=True)
        if size:
            self._wanted.set()
            self._calm.set()
            self._filler.start()

    #: Where its candidates run, as PyTorch calls it and as people do.
    kind, name = "cpu", "cpu"

    def device_memory(self) -> int:
        """Bytes that a candidate uses of a device's own memory; a processor has none."""
        return 0

    def judge(self) -> Prepared:
        """A judge, ready or made now."""
        return self._take(self._judges) or prepare_judge(self.forkserver, spare=False)

    def candidate(self, limits: Limits) -> Prepared:
        """A candidate under these limits, ready or made now."""
        spare = self._take(self._candidates) if limits.scratch_mb == USUAL.scratch_mb else None
        return apply(spare or prepare_candidate(self.forkserver, limits.scratch_mb, spare=False), limits)

    def rest(self, *used: Prepared) -> None:
        """A grading ended: now is a good time to tidy up after it and to fill up."""
        self._used.extend(used)
        if not self._size:
            self._tidy()
        self._wanted.set()
        self._calm.set()

    def _tidy(self) -> None:
        """Removing a cgroup takes the kernel longer than a test of a grading."""
        with contextlib.suppress(IndexError):
            while True:
                self._used.popleft().discard()

    def count(self) -> int:
        """How many pairs are ready."""
        with self._lock:
            return min(len(self._judges), len(self._candidates))

    def stop(self) -> None:
        """The forkserver first: its end is the end of all spares, which then need no ending one by one."""
        with self._lock:
            is_stopped, self._is_stopped = self._is_stopped, True
        if not is_stopped:
            self.forkserver.close()
            self.close()

    def close(self) -> None:
        """End the spares and the thread; the forkserver stays."""
        self._is_closed = True
        self._wanted.set()
        self._calm.set()
        if self._filler.ident is not None:
            self._filler.join()
        self._tidy()
        for waiting in (self._judges, self._candidates):
            while waiting:
                waiting.popleft().discard()

    def _take(self, waiting: deque[Prepared]) -> Prepared | None:
        with self._lock:
            spare = waiting.popleft() if waiting else None
        self._calm.clear()
        self._wanted.set()
        return spare

    def _keep_filled(self) -> None:
        while not self._is_closed:
            self._wanted.wait()
            self._wanted.clear()
            self._calm.wait(PATIENCE)
            # What goes wrong here goes wrong again, and is reported, when a grading asks for a child of its own.
            with contextlib.suppress(ForkserverLost, SandboxUnavailable, OSError):
                self._fill()
            self._tidy()

    def _fill(self) -> None:
        while not self._is_closed and len(self._judges) < self._size:
            self._add(self._judges, prepare_judge(self.forkserver, spare=True))
        while not self._is_closed and len(self._candidates) < self._size:
            self._add(self._candidates, prepare_candidate(self.forkserver, USUAL.scratch_mb, spare=True))

    def _add(self, waiting: deque[Prepared], spare: Prepared) -> None:
        with self._lock:
            waiting.append(spare)
