"""Where a finished folder goes: whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grader.importers.source import refusal


def place_for(destination: Path, slug: str, *, many: bool) -> Path:
    """The folder that the question is to become; refused when something stands there.

    One source becomes `destination` itself when that is free or empty, and a folder in it when it holds others;
    of a tree every source becomes a folder in it.
    """
    if destination.is_file() or (destination / "question.yaml").exists():
        hint = "choose another destination, or remove what is there"
        raise refusal(destination, 0, "is there already; nothing is overwritten", hint)
    taken = destination.is_dir() and any(destination.iterdir())
    place = destination / slug if many or taken else destination
    if place.is_file() or (place.is_dir() and any(place.iterdir())):
        hint = "choose another destination, or remove what is there"
        raise refusal(place, 0, "is there already; nothing is overwritten", hint)
    return place


def write_folder(place: Path, files: Mapping[str, bytes]) -> None:
    """Write beside the place first and move at the end, so that an interruption leaves no half question."""
    place.parent.mkdir(parents=True, exist_ok=True)
    rough = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        for path, content in files.items():
            (rough / path).parent.mkdir(parents=True, exist_ok=True)
            (rough / path).write_bytes(content)
        # mkdtemp keeps others out; a question is for everybody.
        rough.chmod(0o777 & ~_umask())
        if place.is_dir():
            place.rmdir()
        rough.rename(place)
    except BaseException:
        shutil.rmtree(rough, ignore_errors=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
