"""What a grading on a device works with: judges of the processor's jail, candidates of the device's."""

from __future__ import annotations

from grader.errors import DeviceUnavailable
from grader.limits import Limits
from grader.sandbox.policy import DEVICE_THREADS
from grader.sandbox.pool import Pool, Prepared, apply
from grader.sandbox.slot import Slot


class Seat:
    """Stands where a `Pool` does. Used for one grading."""

    kind = "cuda"

    def __init__(self, pool: Pool, slot: Slot) -> None:
        self.name = slot.name
        self._pool = pool
        self._slot = slot

    def device_memory(self) -> int:
        """Bytes that the submission uses of the device's own memory.

        A driver that does not answer is no reason to judge again: whoever makes the device ready next finds out.
        """
        try:
            return self._slot.used()
        except DeviceUnavailable:
            return 0

    def judge(self) -> Prepared:
        """A judge, ready or made now."""
        return self._pool.judge()

    def candidate(self, limits: Limits) -> Prepared:
        """A candidate that has started CUDA, under these limits."""
        return apply(self._slot.take(limits.scratch_mb), limits, DEVICE_THREADS)

    def rest(self, judge: Prepared, *used: Prepared) -> None:
        """A grading ended. What it ran on the device is taken down before the device is looked at again."""
        for prepared in used:
            prepared.discard()
        self._pool.rest(judge)
