"""An exception of candidate code as data that can travel: what it is, what it says, where it comes from."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import Any

from grader.frames import MOST, Place

FOLDER = "/tmp"  # noqa: S108 - inside the jail, private to this grading
#: Code of the platform and of libraries, which may lie below the same folder.
NOT_THEIRS = (os.path.dirname(os.path.abspath(__file__)) + "/", sys.prefix + "/", sys.base_prefix + "/")


class Forbidden(RuntimeError):
    """A name was used that the question asks to do without. `rule` says which one and where, as JSON."""

    def __init__(self, message: str, rule: str) -> None:
        super().__init__(message)
        self.rule = rule


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as data. Formatting runs the candidate's own methods, which may fail in turn."""
    try:
        message = str(error)[:8000]
    except BaseException:  # noqa: BLE001 - a broken __str__ is the candidate's, no reason to end
        message = "(the exception cannot be shown: its __str__ fails)"
    return {
        "type": type(error).__name__,
        "bases": tuple(name_of(base) for base in type(error).__mro__)[:32],
        "message": message,
        "places": _places(error),
        "hint": _limit_behind(error, message),
        "rule": error.rule if type(error) is Forbidden else "",
    }


def is_theirs(filename: str) -> bool:
    """Whether a file belongs to the submission."""
    return filename.startswith(f"{FOLDER}/") and not filename.startswith(NOT_THEIRS)


def _places(error: BaseException) -> list[Place]:
    """The lines of the submission's own files that led here, the last of them where the error arose."""
    try:
        passed = [
            (frame.f_code.co_filename, line, frame.f_code.co_name, 0)
            for frame, line in traceback.walk_tb(error.__traceback__)
        ]
        if isinstance(error, SyntaxError):
            # The file that it lies in was never run, so it has no frame.
            passed.append((str(error.filename), error.lineno or 0, "", error.offset or 0))
        theirs = [place for place in passed if is_theirs(place[0])]
        return [(path[len(FOLDER) + 1 :], line, name, column) for path, line, name, column in theirs[-MOST:]]
    except BaseException:  # noqa: BLE001 - as in describe
        return []


def _limit_behind(error: BaseException, message: str) -> str:
    """Which limit an exception speaks of, if any."""
    if (
        "torch.OutOfMemoryError" in map(name_of, type(error).__mro__)
        or "CUDA error: out of memory" in message
    ):
        return "GPU memory"
    if isinstance(error, MemoryError) or "can't allocate memory" in message:
        return "memory"
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG):
        return "scratch"
    if isinstance(error, BlockingIOError) or "can't start new thread" in message:
        return "processes"
    return ""


def name_of(kind: type) -> str:
    """A class as its module and its name there."""
    return f"{kind.__module__}.{kind.__qualname__}"
