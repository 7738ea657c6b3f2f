"""Work on one device, through a forkserver of its own whose jails see that device and no other."""

from __future__ import annotations

import fcntl
import os

from grader.errors import DeviceUnavailable
from grader.sandbox import device as devices
from grader.sandbox.accounting import Above
from grader.sandbox.device import Device
from grader.sandbox.jail import MEGABYTE, Cell
from grader.sandbox.nvml import Nvml
from grader.sandbox.owner import Forkserver, ForkserverLost
from grader.sandbox.pool import MOST_PROCESSES, Prepared, prepare_candidate
from grader.sandbox.slot import Slot

#: What CUDA may take of the host's memory while it starts: its own, pinned and mapped. Limits count from there on.
STARTING_MEMORY = 8192 * MEGABYTE
#: Filling 140 GB with zeros takes well under a second; starting CUDA takes longer, on a busy machine much longer.
CLEANING_SECONDS = 60.0
NOT_ASKED = (
    "It needs a GPU, and none is used here. Start a worker with GRADER_DEVICE=cuda on the queue gpu of a machine that "
    "has one."
)
OUR_CELL = Cell(scratch_mb=16, processes=MOST_PROCESSES)


class NvmlGauge:
    """How full a device is, as its driver says."""

    def __init__(self, nvml: Nvml, uuid: str) -> None:
        self._nvml = nvml
        self._uuid = uuid

    def used(self) -> int:
        """See `grader.sandbox.slot.Gauge`."""
        return self._nvml.used(self._uuid)


class DeviceHands:
    """Makes cleaners and candidates; holds the device against other processes that judge on this machine."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._forkserver: Forkserver | None = None
        self._lock = hold(device)

    def clean(self) -> int:
        """See `grader.sandbox.slot.Hands`."""
        said = self._running().ask("cleaner", OUR_CELL, STARTING_MEMORY, CLEANING_SECONDS)
        if said.get("event") != "clean":
            raise ForkserverLost("the process that cleans a device ended before it had done so")
        return int(said["zeroed"])

    def candidate(self, scratch_mb: int) -> Prepared:
        """See `grader.sandbox.slot.Hands`. What CUDA took for itself is not the submission's."""
        prepared = prepare_candidate(self._running(), scratch_mb, spare=True, memory=STARTING_MEMORY)
        prepared.child.meter = Above(prepared.child.meter)
        return prepared

    def close(self) -> None:
        """End the forkserver and all below it, and let go of the device."""
        forkserver, self._forkserver = self._forkserver, None
        if forkserver is not None:
            forkserver.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _running(self) -> Forkserver:
        """Replaced when it is lost or leaks: between two submissions nobody waits in it."""
        forkserver = self._forkserver
        if forkserver is not None and (not forkserver.is_alive or forkserver.has_grown()):
            forkserver.close()
            forkserver = None
        self._forkserver = forkserver or Forkserver(device=self._device)
        return self._forkserver


def hold(device: Device) -> int:
    """A lock on the node that is the device's alone, kept as long as the descriptor is open.

    Two workers on one device would each take the other's memory for a submission that does not end.
    """
    own, descriptor = device.nodes[-1], -1
    try:
        descriptor = os.open(own, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise DeviceUnavailable(f"{device.name} ({own}) is in use by another worker or command") from error
    except OSError as error:
        raise DeviceUnavailable(f"{device.name} cannot be opened: {error}") from error
    return descriptor


def find_devices(asked: str, listed: str | None) -> tuple[Nvml, list[Device]]:
    """The driver, and the devices that `asked` (cuda, cuda:N) and CUDA_VISIBLE_DEVICES (`listed`) leave."""
    nvml = Nvml()
    libraries = nvml.libraries()
    found = devices.select(devices.visible(nvml.found(), listed), asked)
    return nvml, [devices.device_of(one, libraries) for one in found]


def slots(asked: str) -> list[Slot]:
    """A slot for each device that nobody else uses; DeviceUnavailable where there is none, or none was asked for."""
    if not asked:
        raise DeviceUnavailable(NOT_ASKED)
    nvml, chosen = find_devices(asked, os.environ.get("CUDA_VISIBLE_DEVICES"))
    made, refusals = [], []
    for device in chosen:
        try:
            made.append(Slot(device.name, NvmlGauge(nvml, device.uuid), DeviceHands(device)))
        except DeviceUnavailable as refusal:
            refusals.append(str(refusal))
    if not made:
        raise DeviceUnavailable("; ".join(refusals))
    return made
