"""One launcher at a time for each data folder, and what the others may know about it."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO

from launcher.keys import write_private
from launcher.paths import DataFolder
from launcher.trouble import Trouble


@dataclass(frozen=True)
class Running:
    """What the holder of the lock publishes: `kind` is run or exec, `url` is empty without a web server."""

    kind: str
    pid: int
    url: str
    environment: dict[str, str]


class Busy(Exception):
    """Another launcher holds the data folder; `running` tells which, or None while it is still starting."""

    def __init__(self, running: Running | None) -> None:
        super().__init__("the data folder is in use")
        self.running = running


@contextmanager
def hold(data: DataFolder) -> Iterator[None]:
    """Hold the folder's lock for the duration; the kernel releases it however this process ends.

    Raises Busy when another launcher holds it.
    """
    with data.lock.open("a") as file:
        _take(file, data)
        data.running.unlink(missing_ok=True)
        try:
            yield
        finally:
            data.running.unlink(missing_ok=True)


def _take(file: IO[str], data: DataFolder) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Busy(read_running(data)) from error


def publish(data: DataFolder, running: Running) -> None:
    """Tell other launchers what runs here; the file holds passwords and has mode 0600."""
    write_private(data.running, json.dumps(asdict(running)))


def read_running(data: DataFolder) -> Running | None:
    try:
        return Running(**json.loads(data.running.read_text()))
    except FileNotFoundError:
        return None


def already_running(busy: Busy) -> Trouble:
    """Explain a second `make run`."""
    running = busy.running
    if running and running.kind == "exec":
        return Trouble(
            f"A command of this checkout (process {running.pid}) is using the data folder.",
            "Let it finish, then run this again.",
        )
    where = f" at {running.url}" if running and running.url else ""
    who = f" (process {running.pid})" if running else ""
    return Trouble(
        f"Forward Pass is already running from this checkout{where}{who}.",
        "Use that one, or stop it first (Ctrl-C in its terminal"
        + (f", or `kill {running.pid}`)." if running else ").")
        + " A second copy needs a checkout of its own.",
    )
