"""The private root: the standard library, PyTorch and its needs, five devices; nothing else of the host."""

from __future__ import annotations

import errno
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from grader.sandbox import linux
from grader.sandbox.device import Device
from grader.sandbox.policy import DEVICE_PACKAGES, DEVICE_SYSTEM, DEVICES, PACKAGES, SCRATCH

LIBRARY = linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV
SYSTEM = LIBRARY | linux.MOUNT_ATTR_NOEXEC
# Devices must stay devices: no `nodev` here.
DEVICE = linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NOEXEC

#: Where the jail of a device has its own processes, and its driver's answers.
PROC = "/proc"

#: Where a jail parks what its scratch would hide, for the moment of mounting it.
KEPT = "/kept"

#: A folder of this mode can be passed but not listed, by its owner neither.
THROUGH_ONLY = 0o111

#: Empty folders of every Linux system, one of which will do.
PLACES = ("/mnt", "/media", "/srv", "/opt", "/tmp")  # noqa: S108 - only mounted on; nothing is written there


def free_place(imported_from: Iterable[str]) -> str:
    """The first of PLACES that hides nothing of what is still to be imported once it is mounted on."""
    needed = [Path(way(path)) for path in imported_from for way in (os.path.abspath, os.path.realpath)]
    for place in PLACES:
        if os.path.isdir(place) and not any(path.is_relative_to(place) for path in needed):
            return place
    raise linux.ProtectionFailed(errno.ENOENT, f"finding a folder to mount on among {PLACES}", "private root")


#: The new root is put together on top of this folder, in a mount namespace that nobody else sees.
PLACE = free_place([*sys.path, sys.prefix, sys.base_prefix])


def libraries() -> Iterator[Path]:
    """The folders and files that Python code is imported from, the standard library first."""
    standard = Path(sysconfig.get_path("stdlib"))
    yield standard
    compiled = sysconfig.get_config_var("DESTSHARED")
    if compiled and not Path(compiled).is_relative_to(standard):
        yield Path(compiled)
    for package in PACKAGES:
        yield from _places_of(package)


@cache
def covered_by_scratch() -> tuple[Path, ...]:
    """What the scratch folders would hide of an environment that lies below one of them, each part by its top.

    Found once, before the forkserver forks: later the answer is inherited.
    """
    inside = [
        (Path(folder), path) for folder in SCRATCH for path in libraries() if path.is_relative_to(folder)
    ]
    return tuple({folder / path.relative_to(folder).parts[0]: None for folder, path in inside})


@cache
def tops() -> frozenset[str]:
    """The folders of / that lead to libraries: an installation may lie below /srv as well as below /home.

    Found once, before the forkserver forks.
    """
    return frozenset(path.parts[1] for path in libraries())


def _places_of(package: str) -> Iterator[Path]:
    if package.endswith(".libs"):
        # Shared libraries that a wheel keeps beside its package; not importable, so found by its neighbour.
        yield from (p for p in (place.parent / package for place in _places_of(package[:-5])) if p.is_dir())
        return
    spec = find_spec(package)
    if spec is None:
        return
    if spec.submodule_search_locations:
        yield from (Path(place) for place in spec.submodule_search_locations)
    elif spec.origin:
        yield Path(spec.origin)


def build(device: Device | None = None) -> str:
    """Mount everything below PLACE and return it. Needs a mount namespace of one's own and its capabilities.

    With a `device`, what leads to it as well: its nodes, its driver, CUDA, and what the driver wants to know of the
    host. /proc stays empty: only who is in the right pid namespace can mount it.
    """
    linux.mount("none", "/", "", linux.MS_REC | linux.MS_PRIVATE)
    tops()
    # Opened before the mount, in case one of them reaches below it by a link.
    sources = [(path, os.open(path, os.O_PATH)) for path in libraries()]
    devices = list(_opened(f"/dev/{name}" for name in DEVICES))
    extra = list(_extra(device)) if device else []
    linux.mount("tmpfs", PLACE, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,nr_inodes=512,mode=755")
    for path, descriptor in sources:
        _bind(path, descriptor, LIBRARY)
        _hide_other_packages(path)
    for path, descriptor in devices:
        _bind(path, descriptor, DEVICE)
    for path, descriptor, attributes in extra:
        _bind(path, descriptor, attributes)
    if device:
        os.mkdir(PLACE + PROC)
    for folder in SCRATCH:
        os.makedirs(PLACE + folder, exist_ok=True)
    for number, _ in enumerate(covered_by_scratch()):
        os.makedirs(f"{PLACE}{KEPT}/{number}")
    for corridor in corridors([path for path, _ in sources]):
        os.chmod(PLACE + str(corridor), THROUGH_ONLY)
    # Nothing more is added: read-only now, all the way down.
    linux.set_mount_attributes(PLACE, linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID)
    return PLACE


def _opened(paths: Iterable[str]) -> Iterator[tuple[Path, int]]:
    yield from ((Path(path), os.open(path, os.O_PATH)) for path in paths)


def _extra(device: Device) -> Iterator[tuple[Path, int, int]]:
    """What only the jail of a device has. A driver's library is opened through its links and keeps each name."""
    packages = (str(place) for package in DEVICE_PACKAGES for place in _places_of(package))
    system = (path for path in DEVICE_SYSTEM if os.path.isdir(path))
    shown = ((device.nodes, DEVICE), (device.libraries, LIBRARY), (packages, LIBRARY), (system, SYSTEM))
    for paths, attributes in shown:
        yield from ((path, descriptor, attributes) for path, descriptor in _opened(paths))


def mount_proc(place: str) -> None:
    """The processes of the caller's own pid namespace. Refused where the /proc in sight is itself partly covered."""
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("proc", place, "proc", flags, protection="procfs")


def corridors(libraries: Sequence[Path]) -> set[Path]:
    """Folders that only lead to libraries, such as somebody's home: a jailed process need not read their names.

    The folder that holds a package is none of them, since imports list it.
    """
    listed = {place for path in libraries for place in (path, path.parent)}
    above = {parent for path in libraries for parent in path.parents}
    return {folder for folder in above if folder not in listed and folder != Path("/")}


def _bind(path: Path, descriptor: int, attributes: int) -> None:
    target = Path(PLACE + str(path))
    source = f"/proc/self/fd/{descriptor}"
    if os.path.isdir(source):
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    linux.mount(source, str(target), "", linux.MS_BIND | linux.MS_REC)
    linux.set_mount_attributes(str(target), attributes)
    os.close(descriptor)


def _hide_other_packages(library: Path) -> None:
    """A standard library may hold whatever else was installed with that Python; PACKAGES come back on top."""
    for name in ("site-packages", "dist-packages"):
        inside = PLACE + str(library / name)
        if os.path.isdir(inside) and library.name.startswith("python"):
            linux.mount(
                "tmpfs", inside, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=64k,nr_inodes=64,mode=755"
            )
