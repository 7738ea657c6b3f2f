"""One child process: it cannot outlive its parent, is watched through a pidfd, and is ended in order."""

import os
import select
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from launcher import linux
from launcher.identity import Identity, Myself


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Program:
    """What to start and how it likes to be ended."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    folder: Path | None = None
    identity: Identity = field(default_factory=Myself)
    stop_with: signal.Signals = signal.SIGTERM
    stop_seconds: float = 5.0
    on_parent_death: signal.Signals = signal.SIGKILL
    before_start: Callable[[], None] = _nothing
    ready_line: str = ""  # what its log says when it is ready; empty when it does not say
    nice: int = 0  # from 0 to 19: how readily it leaves the processor to others


class Child:
    """A started Program, leader of a process group of its own.

    Its own group keeps a terminal's Ctrl-C from reaching it before the launcher ends the children in order,
    and lets the launcher end whatever it leaves behind.
    """

    def __init__(self, program: Program, output: int) -> None:
        program.before_start()
        self.program = program
        self._process = subprocess.Popen(
            program.argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=program.folder,
            env=dict(program.env),
            process_group=0,
            preexec_fn=partial(
                enter_life, program.identity, program.on_parent_death, os.getpid(), program.nice
            ),
        )
        self.pidfd = os.pidfd_open(self._process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self, within: float = 0.0) -> bool:
        """Tell whether it has ended, waiting up to `within` seconds for that."""
        if self.pidfd < 0:
            return True
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        return bool(poll.poll(within * 1000))

    def send(self, signal_number: signal.Signals) -> None:
        """Send a signal to the program alone: what it started is for it to end."""
        if not self.ended():
            signal.pidfd_send_signal(self.pidfd, signal_number)

    def kill(self) -> None:
        """End the program and its whole group at once."""
        if self.pidfd >= 0:
            self._kill_group()

    def reap(self) -> int:
        """Wait for the end, end the rest of its group, and return the exit status (negative: a signal)."""
        if self.pidfd >= 0:
            self.ended(within=1e6)
            # Before the wait: until then the group's number cannot belong to anybody else.
            self._kill_group()
            os.close(self.pidfd)
            self.pidfd = -1
        return self._process.wait()

    def _kill_group(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def enter_life(identity: Identity, on_parent_death: signal.Signals, parent: int, nice: int = 0) -> None:
    """Run between fork and exec: become the identity, then tie this life to the parent's.

    In this order, because a change of user makes the kernel forget the tie.
    """
    os.nice(nice)
    identity.enter()
    linux.die_with_parent(on_parent_death)
    if os.getppid() != parent:  # it died before the tie was made
        os._exit(1)


def end_in_order(children: list[Child]) -> None:
    """Ask all of them to end at the same time, and end those by force that do not within their time."""
    for child in children:
        child.send(child.program.stop_with)
    for child in children:
        if not child.ended(within=child.program.stop_seconds):
            child.kill()
        child.reap()
