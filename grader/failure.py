"""An exception of candidate code as data that can travel: what it is, what it says, where it comes from."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import Any

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
        "trace": _trace(error),
        "hint": _limit_behind(error, message),
        "rule": error.rule if type(error) is Forbidden else "",
    }


def is_theirs(filename: str) -> bool:
    """Whether a file belongs to the submission."""
    return filename.startswith(f"{FOLDER}/") and not filename.startswith(NOT_THEIRS)


def _trace(error: BaseException) -> str:
    """The lines of the submission's own files that led here."""
    try:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if is_theirs(f.filename)]
        lines = [
            f"line {f.lineno} of {f.filename[len(FOLDER) + 1 :]}, in {f.name}: {f.line}" for f in frames[-8:]
        ]
        if isinstance(error, SyntaxError):
            lines.append(f"line {error.lineno}: {(error.text or '').strip()}")
    except BaseException:  # noqa: BLE001 - as in describe
        return ""
    return "\n".join(lines)[:4000]


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
