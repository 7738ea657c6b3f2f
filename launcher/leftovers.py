"""What a service that was killed leaves behind, and how the next start gets past it."""

import contextlib
import os
import select
import signal
from pathlib import Path

from launcher import linux

PATIENCE_SECONDS = 20.0


def wait_for_end(folder: Path, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until no process works in `folder` any more; end those by force that need longer than `seconds`.

    A killed launcher's Postgres shuts down by itself, and that takes a moment. Files that say "I am running"
    may be removed only when nothing does: Postgres' own check takes any living process with the old number
    for itself.
    """
    for pid in linux.processes_working_in(folder):
        _wait_or_kill(pid, seconds)


def _wait_or_kill(pid: int, seconds: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        pidfd = os.pidfd_open(pid)
        try:
            if not _ended(pidfd, seconds):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
                _ended(pidfd, seconds)
        finally:
            os.close(pidfd)


def _ended(pidfd: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
