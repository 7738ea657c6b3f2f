"""A document of plain data as a PDF: set by typst in a process of its own, bounded, without the network.

The document reaches the template as JSON, so nothing that people wrote is ever read as markup or evaluated.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from interview.pdf.bounds import settable

logger = logging.getLogger(__name__)

CHILD = Path(__file__).parent / "child.py"
#: So many are set at once; who comes after waits so long for a turn. Nobody is waited for longer than the limit.
AT_ONCE, PATIENCE, LIMIT = 2, 10.0, 60.0  # seconds
# All that it is told of where it runs: ours has secrets. A thread for each of many cores would take room alone.
SURROUNDINGS = {"RAYON_NUM_THREADS": "2", "MALLOC_ARENA_MAX": "2"}
_turns = BoundedSemaphore(AT_ONCE)


class Unsettable(Exception):
    """The document could not be set, and why."""


class Busy(Exception):
    """Others were being set all the while."""


@dataclass(frozen=True)
class Way:
    """How it is tried; `notice` is what the document then says of itself."""

    standards: tuple[str, ...]
    with_figures: bool
    notice: str


BOXES = (
    "The fonts of this document lack some characters. They show as empty boxes here, and as they are on the page of "
    "the report."
)
FIGURES = "A figure could not be drawn here. It is on the page of the report."
# PDF/UA refuses a document with a character that no font has, and names and answers may have any.
WAYS = (Way(("ua-1",), True, ""), Way((), True, BOXES), Way((), False, FIGURES))


def pdf(document: Mapping[str, Any], made_at: datetime) -> bytes:
    """The document as a PDF, the same bytes for the same document and time. Raises Unsettable and Busy."""
    request = {
        "document": settable(document),
        "made_at": made_at.isoformat(),
        "ways": [asdict(way) for way in WAYS],
    }
    if not _turns.acquire(timeout=PATIENCE):
        raise Busy
    try:
        return _set(json.dumps(request).encode())
    finally:
        _turns.release()


def _set(request: bytes) -> bytes:
    command = [sys.executable, "-I", str(CHILD)]
    try:
        done = subprocess.run(  # noqa: S603  a program of ours, and no words of anybody's
            command, input=request, capture_output=True, timeout=LIMIT, env=SURROUNDINGS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as trouble:
        raise Unsettable(str(trouble)) from trouble
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode:
        raise Unsettable(f"status {done.returncode}: {said}")
    if said:
        logger.info("A report was set in another way than the best: %.300s", said)
    return done.stdout
