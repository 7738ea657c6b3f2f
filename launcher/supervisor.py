"""Keeps programs running: passes on their lines, restarts those that end, ends all of them in order.

One thread and one selector: a child's tie to its parent (PR_SET_PDEATHSIG) is a tie to the thread that started it.
"""

import os
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType, TracebackType

from launcher.backoff import Backoff
from launcher.child import Child, Program
from launcher.logs import Lines, Log
from launcher.trouble import Trouble, disk_trouble

OWN_NAME = "launcher"
TURN_SECONDS = 0.1
LAST_LINES = 20
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(Exception):
    """Somebody wants the launcher to end: Ctrl-C, SIGTERM, a closed terminal, or a reader who has gone."""


@dataclass
class Supervised:
    """A program and what is known of its present and past lives."""

    program: Program
    restarts: bool
    aside: bool = False
    child: Child | None = None
    status: int | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    announced_ready: bool = False
    backoff: Backoff = field(default_factory=Backoff)
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))

    def note(self, line: str) -> None:
        self.last_lines.append(line)
        if self.program.ready_line and self.program.ready_line in line:
            self.announced_ready = True


class Supervisor:
    """Use as a context manager, in the main thread: leaving it ends every program, the last started first."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._selector = selectors.DefaultSelector()
        self._groups: list[list[Supervised]] = []
        self._asked = False
        self._hurried = False
        self._patient = False
        self._stopping = False

    def __enter__(self) -> "Supervisor":
        # The wakeup socket ends a select() that a signal would otherwise only interrupt and resume.
        self._wakeup, self._waker = socket.socketpair()
        for end in (self._wakeup, self._waker):
            end.setblocking(False)
        self._selector.register(self._wakeup, selectors.EVENT_READ, self._drain_wakeup)
        self._old_wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._old_handlers = {number: signal.signal(number, self._note_ask) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end_all()
        finally:
            for number, handler in self._old_handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(self._old_wakeup)
            self._selector.close()
            self._wakeup.close()
            self._waker.close()

    def start(self, *programs: Program) -> None:
        """Start programs that belong together; they are kept running until the end, and end together."""
        group = [Supervised(program, restarts=True) for program in programs]
        self._groups.append(group)
        for one in group:
            self._launch(one)

    def run_once(self, program: Program) -> None:
        """Run a program to its end. Raises Trouble with its last lines when it fails."""
        once = Supervised(program, restarts=False)
        self._groups.append([once])
        self._launch(once)
        while once.status is None:
            self._turn()
        self._groups.pop()
        if once.status != 0:
            raise _failed(once, f"`{' '.join(program.argv[1:])}` failed (exit status {once.status}).")

    def start_aside(self, program: Program) -> None:
        """Start a program that runs to its end beside the others; should it fail, one line says so."""
        aside = Supervised(program, restarts=False, aside=True)
        self._groups.append([aside])
        self._launch(aside)

    def wait_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Keep everything running until `condition` holds; False when it does not within the time.

        Raises StopAsked, and Trouble when a program cannot be kept running meanwhile.
        """
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            self._turn()
        return True

    def all_announced_ready(self) -> bool:
        """Tell whether every program that announces its readiness in its log has done so."""
        return all(one.announced_ready for group in self._groups for one in group if one.program.ready_line)

    def serve(self) -> None:
        """Keep everything running for as long as it takes, even what keeps ending. Raises StopAsked."""
        self._patient = True
        while True:
            self._turn()

    def say(self, text: str) -> None:
        for line in text.splitlines():
            self._log.line(OWN_NAME, line)

    def announce(self, text: str) -> None:
        """Say something that must not drown among the lines of the programs."""
        self._log.plain(f"\n{text}")

    def _turn(self) -> None:
        if self._asked or self._log.broken:
            raise StopAsked
        self._pump()
        for group in self._groups:
            for one in group:
                if one.restart_at and time.monotonic() >= one.restart_at:
                    self._launch(one)

    def _pump(self) -> None:
        for key, _ in self._selector.select(TURN_SECONDS):
            key.data()

    def _launch(self, one: Supervised) -> None:
        reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        os.set_blocking(writing, True)
        one.restart_at = 0.0
        one.started_at = time.monotonic()
        try:
            one.child = child = Child(one.program, writing)
        finally:
            os.close(writing)
        read = _Reader(reading, one, self._log, self._selector)
        self._selector.register(reading, selectors.EVENT_READ, read)
        self._selector.register(child.pidfd, selectors.EVENT_READ, lambda: self._note_end(one, child, read))

    def _note_end(self, one: Supervised, child: Child, read: Callable[[], None]) -> None:
        self._selector.unregister(child.pidfd)
        one.status = child.reap()
        read()  # what it said last belongs before the message about its end
        one.child = None
        if one.restarts and not self._stopping:
            self._plan_restart(one)
        if one.aside and one.status and not self._stopping:
            how = _how_it_ended(one.status)
            self.say(f"{one.program.name} failed ({how}); everything else works. The next start tries again.")

    def _plan_restart(self, one: Supervised) -> None:
        delay = one.backoff.after(time.monotonic() - one.started_at)
        one.restart_at = time.monotonic() + delay
        name, how = one.program.name, _how_it_ended(one.status or 0)
        if one.backoff.keeps_ending and not self._patient:
            raise _failed(one, f"{name} keeps ending ({how}), so Forward Pass cannot start.")
        self.say(f"{name} ended ({how}); starting it again in {delay:g} s.")
        if one.backoff.keeps_ending:
            self.say(f"{name} keeps ending. Its last lines:")
            self.say("\n".join(f"    {line}" for line in one.last_lines))

    def _end_all(self) -> None:
        self._stopping = True
        running = [one.program.name for group in self._groups[::-1] for one in group if one.child]
        if running:
            self.say(f"stopping {', '.join(running)} (Ctrl-C again to force)")
        for group in self._groups[::-1]:
            self._end([one for one in group if one.child])
        if running:
            self.say("stopped")

    def _end(self, group: Sequence[Supervised]) -> None:
        for one in group:
            if one.child:
                one.child.send(one.program.stop_with)
        deadline = time.monotonic() + max((one.program.stop_seconds for one in group), default=0.0)
        while any(one.child for one in group) and time.monotonic() < deadline and not self._hurried:
            self._pump()
        for one in group:
            if one.child:
                one.child.kill()
        while any(one.child for one in group):
            self._pump()

    def _note_ask(self, number: int, frame: FrameType | None) -> None:
        # Only a person's second Ctrl-C means haste: SIGTERM often comes twice, from make and from whoever ended make.
        self._hurried = self._stopping and number == signal.SIGINT
        self._asked = True

    def _drain_wakeup(self) -> None:
        self._wakeup.recv(4096)


class _Reader:
    """Passes on what a program says; outlives the program when something that it started still talks."""

    def __init__(self, descriptor: int, one: Supervised, log: Log, selector: selectors.BaseSelector) -> None:
        self._descriptor = descriptor
        self._one = one
        self._log = log
        self._selector = selector
        self._lines = Lines()

    def __call__(self) -> None:
        """Read what is there."""
        while self._descriptor >= 0:
            try:
                data = os.read(self._descriptor, 65536)
            except BlockingIOError:
                return
            self._pass_on(self._lines.feed(data) if data else self._lines.finish())
            if not data:
                self._close()

    def _pass_on(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._one.note(line)
            self._log.line(self._one.program.name, line)

    def _close(self) -> None:
        self._selector.unregister(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1


def _how_it_ended(status: int) -> str:
    return f"exit status {status}" if status >= 0 else signal.Signals(-status).name


def _failed(one: Supervised, what: str) -> Trouble:
    last = "\n".join(f"    {line}" for line in one.last_lines)
    return disk_trouble(last) or Trouble(
        f"{what} Its last lines:\n{last}", "Mend what they name and run it again."
    )
