"""One device and who may have it: one submission at a time, a clean device for each, none at all once it misbehaves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from grader.errors import DeviceUnavailable
from grader.sandbox.jail import MEGABYTE
from grader.sandbox.pool import USUAL, Prepared

#: After its last process is gone a device must be as empty as before, within this time; else it is taken for stuck.
IDLE_SECONDS = 10.0
LOOK_SECONDS = 0.05
#: What a driver may keep back of a process that ended.
IDLE_SLACK = 64 * MEGABYTE


class Gauge(Protocol):
    """How full the device is."""

    def used(self) -> int:
        """Bytes taken by all processes together. DeviceUnavailable when the driver does not answer."""


class Hands(Protocol):
    """What is done on the device, each in a jailed process of its own."""

    def clean(self) -> int:
        """Fill all free memory with zeros, see that the device computes, and tell how many bytes that were.

        SandboxUnavailable or ForkserverLost when it fails.
        """

    def candidate(self, scratch_mb: int) -> Prepared:
        """A process that has started CUDA and waits for a submission."""

    def close(self) -> None:
        """End every process."""


@dataclass(frozen=True)
class Spare:
    """A candidate's process that waits, and the size of its scratch."""

    prepared: Prepared
    scratch_mb: int


class Slot:
    """A device's state, from one submission to the next. Not for two threads at once: see `grader.sandbox.fleet`.

    made ready -> taken by one submission, perhaps more than once after crashes -> left -> made ready again …
    Whatever goes wrong while it is made ready is a fault, and a device with a fault is given to nobody.
    """

    def __init__(self, name: str, gauge: Gauge, hands: Hands) -> None:
        self.name = name
        self.fault = ""
        self._gauge = gauge
        self._hands = hands
        self._idle: int | None = None
        self._at_first = 0
        self._spare: Spare | None = None

    def make_ready(self) -> None:
        """See that the last tenant is gone, that nothing of it is left and that the device works; prepare the next."""
        if self.fault:
            return
        try:
            self._await_idle()
            self._hands.clean()
            self._await_idle()
            self._prepare(USUAL.scratch_mb)
        except Exception as error:  # noqa: BLE001 - whatever it was: what was not made ready is given to nobody
            self._give_up(str(error))

    def take(self, scratch_mb: int) -> Prepared:
        """A process for the present submission: the one that waits or, after a crash, another one made now.

        Memory is not cleaned in between, since it is the same submission's.
        """
        if self._spare is None or self._spare.scratch_mb != scratch_mb:
            self._discard_spare()
            self._await_idle()
            self._prepare(scratch_mb)
        spare, self._spare = self._spare, None
        assert spare is not None  # noqa: S101 - for the type checker: it was prepared
        return spare.prepared

    def used(self) -> int:
        """Bytes that the present submission uses of the device, on top of what CUDA had taken when it began."""
        return max(0, self._gauge.used() - self._at_first)

    def close(self) -> None:
        """End what waits."""
        self._discard_spare()
        self._hands.close()

    def _prepare(self, scratch_mb: int) -> None:
        self._spare = Spare(self._hands.candidate(scratch_mb), scratch_mb)
        self._at_first = self._gauge.used()

    def _discard_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.prepared.discard()

    def _await_idle(self) -> None:
        """A driver takes back the memory of an ended process some time after its end, or, when it hangs, never."""
        if self._idle is None:
            self._idle = self._gauge.used()
        deadline = time.monotonic() + IDLE_SECONDS
        while (used := self._gauge.used()) > self._idle + IDLE_SLACK:
            if time.monotonic() > deadline:
                raise DeviceUnavailable(
                    f"{used // MEGABYTE} MB are still taken {IDLE_SECONDS:g} seconds after its last process was ended, "
                    f"{self._idle // MEGABYTE} MB were when it was idle"
                )
            time.sleep(LOOK_SECONDS)

    def _give_up(self, why: str) -> None:
        self.fault = f"{self.name} was taken out of service: {why}"
        self.close()
