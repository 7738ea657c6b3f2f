"""The devices of this process, and the lease of one of them for one grading."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from grader.errors import DeviceUnavailable
from grader.sandbox.slot import Slot

logger = logging.getLogger(__name__)


class Fleet:
    """Devices, each with at most one grading. Safe to share between threads; `find` is asked when first needed."""

    def __init__(self, find: Callable[[], Sequence[Slot]]) -> None:
        self._find = find
        self._slots: list[Slot] = []
        self._free: deque[Slot] = deque()
        self._change = threading.Condition()
        self._crew: ThreadPoolExecutor | None = None
        self._refusal = ""

    def start(self) -> None:
        """Have every device made ready, and wait for one. DeviceUnavailable where there is none."""
        with self._change:
            self._begin()
            self._await_one()

    def _begin(self) -> None:
        if self._crew is not None:
            return
        self._refusal = ""
        try:
            self._slots = list(self._find())
        except DeviceUnavailable as refusal:
            self._refusal = str(refusal)
            raise
        self._crew = ThreadPoolExecutor(max(1, len(self._slots)), thread_name_prefix="grader-device")
        for slot in self._slots:
            self._crew.submit(self._make_ready, slot)

    @contextmanager
    def lease(self) -> Iterator[Slot]:
        """A device that is ready, for one grading; waits for one. DeviceUnavailable when none will ever be."""
        with self._change:
            self._begin()
            self._await_one()
            slot = self._free.popleft()
        try:
            yield slot
        finally:
            self._take_back(slot)

    def _await_one(self) -> None:
        """Wait until a device is free. One that is at work counts as sound, so this ends."""
        self._change.wait_for(lambda: self._free or self.faults() or self._crew is None)
        if not self._free:
            raise DeviceUnavailable(" ".join(self.faults()) or "the grader was closed")

    def faults(self) -> list[str]:
        """Why no device can be used, when that is so; empty while at least one can."""
        faults = [slot.fault for slot in self._slots] or [self._refusal]
        return faults if all(faults) else []

    def close(self) -> None:
        """End everything on every device."""
        with self._change:
            crew, self._crew = self._crew, None
            self._change.notify_all()
        if crew is not None:
            crew.shutdown()
        with self._change:
            slots, self._slots = self._slots, []
            self._free.clear()
        for slot in slots:
            slot.close()

    def _take_back(self, slot: Slot) -> None:
        """Beside the gradings: its result need not wait until the device is clean."""
        with self._change:
            crew = self._crew
        if crew is not None:
            crew.submit(self._make_ready, slot)

    def _make_ready(self, slot: Slot) -> None:
        slot.make_ready()
        with self._change:
            if slot.fault:
                logger.error("%s", slot.fault)
            else:
                self._free.append(slot)
            self._change.notify_all()
