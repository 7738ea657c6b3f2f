"""Finds what an installation that was cut short left half-written.

Read by `launcher.install` on any Python 3, so it keeps to the syntax of Python 3.8 and the standard library.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path


def forget_damaged(site_packages: Path) -> Iterator[str]:
    """Make pip forget the packages with missing or cut files, so that it installs them again; yield their names.

    pip writes a package's files first and never looks at them again: to it, what has a dist-info is installed.
    """
    for moved_away in site_packages.glob("~*"):
        shutil.rmtree(str(moved_away), ignore_errors=True)
    for information in site_packages.glob("*.dist-info"):
        if not is_whole(information):
            shutil.rmtree(str(information))
            yield information.name.split("-")[0]


def is_whole(information: Path) -> bool:
    """Compare a package's files with its own list of names and sizes."""
    record = information / "RECORD"
    if not record.is_file() or not (information / "METADATA").is_file():
        return False
    with record.open(newline="", encoding="utf-8") as file:
        return all(
            _is_there(information.parent / row[0], row[2]) for row in csv.reader(file) if len(row) == 3
        )


def _is_there(path: Path, size: str) -> bool:
    try:
        return not size or path.stat().st_size == int(size)
    except OSError:
        return False
