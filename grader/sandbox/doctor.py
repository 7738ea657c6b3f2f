"""Says which protections this host gives, by sending a throw-away child all the way down and asking it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from grader.errors import DeviceUnavailable, SandboxUnavailable
from grader.sandbox import accounting
from grader.sandbox.device import Device
from grader.sandbox.hands import CLEANING_SECONDS, OUR_CELL, STARTING_MEMORY, find_devices
from grader.sandbox.jail import Cell
from grader.sandbox.linux import landlock_version
from grader.sandbox.owner import Forkserver, ForkserverLost
from grader.sandbox.proof import LAYERS
from grader.sandbox.remedies import device_remedy, remedy


@dataclass(frozen=True)
class Protection:
    """One layer: whether it must be there, whether it is, what was seen, and what to do when it is not."""

    name: str
    required: bool
    ok: bool
    detail: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """All layers of this host."""

    protections: tuple[Protection, ...]

    @property
    def missing(self) -> tuple[Protection, ...]:
        """The required layers that this host does not give."""
        return tuple(layer for layer in self.protections if layer.required and not layer.ok)

    @property
    def ok(self) -> bool:
        """True when submissions can be judged here."""
        return not self.missing

    def to_dict(self) -> dict[str, Any]:
        """The JSON document of `python -m grader doctor --json`."""
        return {"ok": self.ok, "protections": [asdict(layer) for layer in self.protections]}


def diagnose(device: str = "") -> Diagnosis:
    """Try every protection. Takes a fraction of a second: the child goes down without PyTorch.

    With `device` (see `Grader`) each GPU is tried as well, which takes seconds: CUDA is started.
    """
    return Diagnosis((*_layers(), *_accounting(), _pytorch(), *(_devices(device) if device else ())))


def _layers() -> Iterator[Protection]:
    """The way down stops at the first layer that fails; what comes after it was not tried."""
    failed, detail = _send_probe()
    tried = True
    for name in LAYERS:
        if name == failed:
            tried = False
            yield Protection(name, True, False, detail, remedy(name))
        else:
            yield _layer(name, tried)
    if failed and failed not in (*LAYERS, "cgroup"):
        yield Protection(failed, True, False, detail, remedy(failed))


def _layer(name: str, tried: bool) -> Protection:
    if not tried:
        return Protection(name, True, False, "not tried: an earlier layer failed")
    if name == "landlock" and landlock_version() == 0:
        return Protection(
            name, False, False, "this kernel does not have it", "Linux 5.13 or newer adds a second wall."
        )
    return Protection(name, name != "landlock", True, "tried, and it holds")


def _send_probe() -> tuple[str, str]:
    """The first layer that failed and why; two empty strings when all hold."""
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        forkserver = Forkserver(warm=False)
        try:
            forkserver.spawn("probe", Cell(scratch_mb=1, processes=8), 64 << 20, null, null, null).bury()
        finally:
            forkserver.close()
    except SandboxUnavailable as error:
        return error.missing[0], " ".join(error.fixes)
    except ForkserverLost as error:
        return "forkserver", str(error)
    finally:
        os.close(null)
    return "", ""


def _accounting() -> Iterator[Protection]:
    """Memory and processes of the whole tree: by a cgroup, or watched where that was chosen."""
    cgroup = accounting.find()
    watched = accounting.is_watched()
    fix = "" if cgroup.ok else remedy("cgroup")
    yield Protection("cgroup", not watched, cgroup.ok, cgroup.detail, fix)
    if watched and not cgroup.ok:
        yield Protection(
            "watched memory",
            True,
            True,
            "GRADER_MEMORY=watched: looked at from outside, fifty times a second",
        )


def _devices(asked: str) -> Iterator[Protection]:
    """Every GPU that is asked for. A host without one judges what needs none, so none of them is required."""
    try:
        _, found = find_devices(asked, os.environ.get("CUDA_VISIBLE_DEVICES"))
    except DeviceUnavailable as error:
        yield Protection("GPU", False, False, str(error), device_remedy(str(error)))
        return
    for device in found:
        said = _try_device(device)
        detail = said or "CUDA was started in a jail, computed and ended"
        yield Protection(f"GPU {device.name}", False, not said, detail, device_remedy(said) if said else "")


def _try_device(device: Device) -> str:
    """What went wrong, or nothing. Beside whatever the device does for others: it takes next to no memory."""
    try:
        forkserver = Forkserver(device=device)
        try:
            said = forkserver.ask("trial", OUR_CELL, STARTING_MEMORY, CLEANING_SECONDS)
        finally:
            forkserver.close()
    except (SandboxUnavailable, ForkserverLost) as error:
        return str(error)
    return "" if said.get("event") == "works" else "the process that tried it ended without a word"


def _pytorch() -> Protection:
    try:
        found = version("torch") if find_spec("torch") else ""
    except PackageNotFoundError:
        found = "unknown version"
    detail = found or "not installed for this Python"
    return Protection("PyTorch", True, bool(found), detail, "" if found else "Install it: pip install torch")
