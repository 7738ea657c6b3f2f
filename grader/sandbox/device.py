"""A GPU, or a slice of one, as a jail needs to know it: what it is called, and which files of the host lead to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.errors import DeviceUnavailable, UnknownDevice
from grader.sandbox.policy import DRIVER_LIBRARIES, DRIVER_NODES


@dataclass(frozen=True)
class Slice:
    """A part of a GPU that the driver keeps apart from the others (MIG), by the numbers of its instances."""

    gpu_instance: int
    compute_instance: int


@dataclass(frozen=True)
class Found:
    """A device as the driver tells of it: `minor` is the number of its node."""

    uuid: str
    name: str
    minor: int
    slice: Slice | None = None


@dataclass(frozen=True)
class Device:
    """A device and its files: `nodes` below /dev, `libraries` of the driver. `uuid` is what CUDA knows it by."""

    uuid: str
    name: str
    nodes: tuple[str, ...]
    libraries: tuple[str, ...] = ()

    def to_json(self) -> str:
        """For the command line of its forkserver."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Device:
        """The inverse of `to_json`."""
        document = json.loads(text)
        lists = {name: tuple(document[name]) for name in ("nodes", "libraries")}
        return cls(**{**document, **lists})

    def environment(self) -> dict[str, str]:
        """What a forkserver needs on top, so that its children find the driver, and this device alone."""
        folders = dict.fromkeys(os.path.dirname(library) for library in self.libraries)
        return {
            "CUDA_VISIBLE_DEVICES": self.uuid,
            "CUDA_CACHE_DISABLE": "1",
            "LD_LIBRARY_PATH": ":".join(folders),
            # A library that asks on import whether there is a GPU would otherwise start CUDA, which no fork survives.
            "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
        }


def asked_for(environment: Mapping[str, str]) -> str:
    """What GRADER_DEVICE says: nothing for the processor alone, `cuda` or `cuda:N`; UnknownDevice for other words."""
    text = environment.get("GRADER_DEVICE", "").strip().lower()
    if text in ("", "cpu"):
        return ""
    name, colon, number = text.partition(":")
    if name != "cuda" or (colon and not number.isdigit()):
        raise UnknownDevice(
            f"GRADER_DEVICE={text} is not known: cpu, cuda, or cuda:N for the device with that number"
        )
    return text


def visible(found: Sequence[Found], listed: str | None) -> list[Found]:
    """Those that CUDA_VISIBLE_DEVICES (`listed`) leaves, in its order; all of them where it is unset.

    It names devices by number, or by the beginning of their uuid. As CUDA does, reading stops at the first that is
    not there.
    """
    if listed is None:
        return list(found)
    chosen: list[Found] = []
    for entry in (part.strip() for part in listed.split(",")):
        match = _named(found, entry)
        if match is None:
            break
        chosen.append(match)
    return chosen


def _named(found: Sequence[Found], entry: str) -> Found | None:
    if entry.isdigit():
        return found[int(entry)] if int(entry) < len(found) else None
    return next((device for device in found if entry and device.uuid.startswith(entry)), None)


def select(found: Sequence[Found], asked: str) -> list[Found]:
    """Those that `cuda` or `cuda:N` asks for; DeviceUnavailable where there are none."""
    if not found:
        raise DeviceUnavailable("the driver is there, and shows this process no device")
    _, colon, number = asked.partition(":")
    if not colon:
        return list(found)
    if int(number) >= len(found):
        raise DeviceUnavailable(
            f"{asked} was asked for, and the driver shows this process {len(found)} device(s)"
        )
    return [found[int(number)]]


def device_of(found: Found, libraries: Iterable[str], root: Path = Path("/")) -> Device:
    """The device with the nodes that lead to it below `root`; DeviceUnavailable when one is missing."""
    nodes = tuple(nodes_of(found, root))
    missing = [node for node in nodes if not (root / node.lstrip("/")).exists()]
    if missing:
        raise DeviceUnavailable(f"{found.name} is there, and its {missing[0]} is not")
    return Device(found.uuid, found.name, nodes, tuple(libraries))


def nodes_of(found: Found, root: Path) -> Iterator[str]:
    """Every file below /dev that CUDA opens for this device, and no other device's."""
    yield from DRIVER_NODES
    yield f"/dev/nvidia{found.minor}"
    if found.slice is not None:
        instance = f"gi{found.slice.gpu_instance}"
        for place in (instance, f"{instance}/ci{found.slice.compute_instance}"):
            yield f"/dev/nvidia-caps/nvidia-cap{_capability(found.minor, place, root)}"


def _capability(minor: int, place: str, root: Path) -> int:
    """The number of the node that opens one instance of a divided GPU, from the driver's own list."""
    path = root / f"proc/driver/nvidia/capabilities/gpu{minor}/mig/{place}/access"
    try:
        fields = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
        return int(fields["DeviceFileMinor"])
    except (OSError, KeyError, ValueError) as error:
        raise DeviceUnavailable(f"{path} does not tell which node opens this slice: {error}") from error


def libraries_beside(maps: str, known: str) -> list[str]:
    """The driver's files that a jail shows, from the folder of its library `known` in a list of mappings (`maps`)."""
    paths = (line.split(maxsplit=5)[5] for line in maps.splitlines() if known in line)
    folder = next((Path(path.strip()).parent for path in paths), None)
    if folder is None:
        return []
    return sorted({str(path) for pattern in DRIVER_LIBRARIES for path in folder.glob(pattern)})
