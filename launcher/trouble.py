"""Trouble is what a person can mend: it is shown as a message with its fix, never as a traceback.

Read by `launcher.install` before a suitable Python is known, so it keeps to the syntax of Python 3.8.
"""

from __future__ import annotations

import errno

DISK_FIX = (
    "Free some space (or use a larger disk) and run the same command again; it goes on where it stopped.\n"
    "Packages are unpacked under TMPDIR (usually /tmp) and kept in .venv; data is kept in .data."
)


class Trouble(Exception):
    """Something outside the program is not as it must be.

    `what` says what happened and why, `fix` what to do about it.
    """

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return self.what + "\n" + self.fix


def disk_trouble(text: str) -> Trouble | None:
    """Find a full disk or an exhausted quota in what a program printed."""
    lowered = text.lower()
    if "no space left on device" in lowered or "[errno 28]" in lowered:
        return Trouble("The disk is full: there was no space left on the device.", DISK_FIX)
    if "disk quota exceeded" in lowered or "[errno 122]" in lowered:
        return Trouble("Your disk quota is used up.", DISK_FIX)
    return None


def from_os_error(error: OSError) -> Trouble | None:
    """Translate the errors of the file system that a person can mend; None for the others."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_trouble(str(error))
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and error.filename:
        return Trouble(
            f"{error.filename} cannot be read or written by this user: {error.strerror}.",
            "If an earlier run was made as another user (sudo), give the folder back:\n"
            "    sudo chown -R $(id -u):$(id -g) .venv .data",
        )
    return None
