"""Where pip for the virtual environment comes from when Python brings none: Debian splits it off.

Read by `launcher.install` on any Python 3, so it keeps to the syntax of Python 3.8 and the standard library.
"""

from __future__ import annotations

import glob
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launcher.trouble import Trouble

WHEELS = "/usr/share/python-wheels"


@dataclass(frozen=True)
class Facts:
    """What this Python and this host offer."""

    ensurepip: bool
    own_pip: bool
    wheel: str | None
    root: bool
    apt: bool


def find_facts() -> Facts:
    return Facts(
        ensurepip=_has("ensurepip"),
        own_pip=_has("pip"),
        wheel=newest_wheel(WHEELS),
        root=os.geteuid() == 0,
        apt=bool(shutil.which("apt-get") and shutil.which("dpkg-deb")),
    )


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def newest_wheel(folder: str) -> str | None:
    found = sorted(glob.glob(os.path.join(folder, "pip-*.whl")))
    return found[-1] if found else None


def ways(facts: Facts) -> list[str]:
    """Name the ways to a virtual environment with pip that are open here, the surest first."""
    if facts.ensurepip:
        return ["ensurepip"]
    found = []
    if facts.wheel:
        found.append("wheel")
    if facts.own_pip:
        found.append("own pip")
    if facts.apt:
        found.append("install python3-venv" if facts.root else "download a wheel")
    return found


def make_venv(folder: Path, downloads: Path) -> None:
    """Make a virtual environment with pip in `folder`, replacing what is there.

    `downloads` takes Debian's pip wheel where that is the way. Raises Trouble when no way leads to pip.
    """
    for way in ways(find_facts()):
        print(f"  making {folder.name} ({way})", flush=True)
        if _MAKERS[way](folder, downloads) and has_pip(folder):
            return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    raise Trouble(
        f"This Python ({sys.executable}) brings no pip (Debian and Ubuntu put it into a package of its own),\n"
        "and none could be had in another way.",
        f"Install it and run the same command again:\n    sudo apt-get install {package}",
    )


def has_pip(folder: Path) -> bool:
    return _works([str(folder / "bin" / "python"), "-c", "import pip"], quiet=True)


def _with_ensurepip(folder: Path, downloads: Path) -> bool:
    return _works([sys.executable, "-m", "venv", "--clear", str(folder)])


def _with_wheel(folder: Path, downloads: Path) -> bool:
    return _unpack_pip(folder, newest_wheel(WHEELS))


def _with_own_pip(folder: Path, downloads: Path) -> bool:
    if not _without_pip(folder):
        return False
    target = glob.glob(str(folder / "lib" / "python*" / "site-packages"))[0]
    return _works([sys.executable, "-m", "pip", "install", "--quiet", "--target", target, "pip"])


def _with_apt(folder: Path, downloads: Path) -> bool:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    install = ["apt-get", "install", "-y", "-q", package]
    return (_works(install) or (_works(["apt-get", "update", "-q"]) and _works(install))) and _with_ensurepip(
        folder, downloads
    )


def _with_download(folder: Path, downloads: Path) -> bool:
    shutil.rmtree(str(downloads), ignore_errors=True)
    downloads.mkdir(mode=0o700, parents=True)
    if not _works(["apt-get", "download", "-q", "python3-pip-whl"], folder=downloads):
        return False
    package = glob.glob(str(downloads / "*.deb"))[0]
    if not _works(["dpkg-deb", "-x", package, str(downloads)]):
        return False
    return _unpack_pip(folder, newest_wheel(str(downloads) + WHEELS))


def _unpack_pip(folder: Path, wheel: str | None) -> bool:
    """Let the wheel install itself: a wheel of a pure Python package can be run where it lies."""
    if wheel is None or not _without_pip(folder):
        return False
    python = str(folder / "bin" / "python")
    return _works([python, os.path.join(wheel, "pip"), "install", "--quiet", "--no-index", wheel])


def _without_pip(folder: Path) -> bool:
    return _works([sys.executable, "-m", "venv", "--clear", "--without-pip", str(folder)])


def _works(command: list[str], *, folder: Path | None = None, quiet: bool = False) -> bool:
    said = subprocess.DEVNULL if quiet else None
    try:
        return (
            subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said).returncode
            == 0
        )
    except OSError:
        return False


_MAKERS: dict[str, Callable[[Path, Path], bool]] = {
    "ensurepip": _with_ensurepip,
    "wheel": _with_wheel,
    "own pip": _with_own_pip,
    "install python3-venv": _with_apt,
    "download a wheel": _with_download,
}
