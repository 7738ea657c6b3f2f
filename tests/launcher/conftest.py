"""Real services, real processes, and ways to wait for them without sleeping."""

import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher.paths import CHECKOUT, DataFolder

PATIENCE = 60.0


class Talking:
    """A process whose lines are read as they come."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.said = ""

    def read_until(self, text: str) -> str:
        """Read on until `text` was said, and return everything said so far."""
        self._read(lambda: text in self.said, wanted=text)
        return self.said

    def read_to_end(self) -> int:
        """Read all it says and return its exit status."""
        self._read(lambda: False, wanted="its end")
        return self.process.wait(PATIENCE)

    def read_until_again(self, text: str) -> None:
        """Read on until `text` was said once more than before."""
        before = self.said.count(text)
        self._read(lambda: self.said.count(text) > before, wanted=text)

    def _read(self, enough: Callable[[], bool], wanted: str) -> None:
        assert self.process.stdout
        deadline = time.monotonic() + PATIENCE
        while not enough():
            left = max(0.0, deadline - time.monotonic())
            assert select.select([self.process.stdout], [], [], left)[0], self.missing(wanted)
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                assert wanted == "its end", self.missing(wanted)
                return
            self.said += data.decode()

    def missing(self, wanted: str) -> str:
        return f"waited in vain for {wanted!r}; it said:\n{self.said}"


@contextmanager
def talking(command: Sequence[str], environment: dict[str, str]) -> Iterator[Talking]:
    """Run a process for the time of a block, and be sure that it has ended afterwards."""
    it = Talking(command, environment)
    try:
        yield it
    finally:
        it.process.kill()
        it.process.wait()
        it.process.stdout.close()


def descendants(pid: int) -> set[int]:
    """The process ids of all children of `pid`, and of theirs."""
    found = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | descendants(child)
    return found


@contextmanager
def all_end(pids: set[int]) -> Iterator[None]:
    """Assert that the processes, alive now, have all ended soon after the block."""
    watched = {pid: os.pidfd_open(pid) for pid in pids}
    try:
        yield
        alive = [pid for pid, pidfd in watched.items() if not select.select([pidfd], [], [], PATIENCE / 3)[0]]
        assert alive == []
    finally:
        for pidfd in watched.values():
            os.close(pidfd)


@pytest.fixture(scope="session")
def bare_environment() -> dict[str, str]:
    """The environment of a person who has set nothing up."""
    set_by_launcher = {
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "EMBEDDED",
        "GRADER_MEMORY",
        "ALLOWED_HOSTS",
    }
    return {name: value for name, value in os.environ.items() if name not in set_by_launcher}


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.create()
    return folder


@pytest.fixture
def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def launcher(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "launcher", *arguments]
