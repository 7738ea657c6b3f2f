"""The owner's side: starts the forkserver, asks it for children, hears of their ends, replaces it when it dies."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from grader.errors import SandboxUnavailable
from grader.sandbox.accounting import Meter, open_meter
from grader.sandbox.device import Device
from grader.sandbox.forkserver import MESSAGE_SIZE
from grader.sandbox.jail import Cell
from grader.sandbox.memory import anonymous, tree
from grader.sandbox.remedies import remedy

#: Loading PyTorch takes two; a machine that is hopelessly busy needed more than sixty.
START_SECONDS = 180.0
#: A thousand times what a child needs; on a machine that is hopelessly busy, still enough. Beyond it counts as hung.
SPAWN_SECONDS = 30.0

#: Growth of its own memory, or of its open descriptors, at which a forkserver is taken to leak. An ordinary one
#: grows by neither in ten thousand gradings.
GROWTH_BYTES, GROWTH_DESCRIPTORS = 64 << 20, 64

PACKAGE = Path(__file__).parents[1]

# The package is entered without its __init__, which would bring the parsing of questions into every grading.
BOOT = """
import sys, types
package = types.ModuleType("grader")
package.__path__ = [sys.argv[1]]
sys.modules["grader"] = package
from grader.sandbox.forkserver import main
from grader.sandbox.device import Device
device = Device.from_json(sys.argv[5]) if len(sys.argv) > 5 else None
main(int(sys.argv[2]), int(sys.argv[3]), warm=sys.argv[4] == "warm", device=device)
"""

#: Nothing of the owner's environment. One thread for every library, or the fork would not be safe.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108 - the jail's own
    "TMPDIR": "/tmp",  # noqa: S108 - the jail's own
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class ForkserverLost(Exception):
    """The forkserver died or hung. Nothing that a candidate can cause."""


@dataclass(frozen=True)
class Ended:
    """How a child's whole process tree ended: wait status, and seconds of CPU over all its processes."""

    status: int
    cpu_seconds: float


@dataclass
class Child:
    """A jailed process tree: the judge, or the reaper with the candidate below it."""

    pid: int
    pidfd: int
    status: socket.socket
    ended: Future[Ended]
    meter: Meter

    def kill(self) -> None:
        """End the tree at once. It is the first process of its namespace: the kernel ends all others with it."""
        if self.pidfd < 0:
            return
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def bury(self) -> Ended:
        """Kill, wait until nothing is left, and let go; ForkserverLost when nobody can tell."""
        try:
            return self.await_end()
        finally:
            self.release()

    def await_end(self) -> Ended:
        """Kill and wait until no process is left; ForkserverLost when nobody can tell."""
        self.kill()
        try:
            return self.ended.result(SPAWN_SECONDS)
        except TimeoutError as error:
            raise ForkserverLost("a killed child was not reported") from error

    def release(self) -> None:
        """Close the descriptors."""
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1
            self.meter.close()
        self.status.close()


class Forkserver:
    """One running forkserver. Use from any thread. One that is not warm can only try the protections."""

    def __init__(self, *, warm: bool = True, device: Device | None = None) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        life, self._life = os.pipe2(os.O_CLOEXEC)
        command = [sys.executable, "-I", "-c", BOOT, str(PACKAGE), str(theirs.fileno()), str(life)]
        command += ["warm" if warm else "bare", *([device.to_json()] if device else [])]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            env=ENVIRONMENT | (device.environment() if device else {}),
            cwd="/",
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), life),
            # Ctrl-C in a terminal reaches the whole group; this one ends when its owner does.
            start_new_session=True,
        )
        theirs.close()
        os.close(life)
        self._channel = ours
        self._numbers = itertools.count(1)
        self._ends: dict[int, Future[Ended]] = {}
        self._lock = threading.Lock()
        self._await_ready()
        self._server = list(tree(self.pid))[1]
        self._holdings = _holdings(self._server)
        self._listener = threading.Thread(target=self._listen, name="forkserver-events", daemon=True)
        self._listener.start()

    def has_grown(self) -> bool:
        """Whether it holds much more than when it was ready: it leaks, and should be replaced."""
        try:
            memory, descriptors = _holdings(self._server)
        except (OSError, KeyError):
            # It ended; the next request notices.
            return False
        at_first = self._holdings
        return memory > at_first[0] + GROWTH_BYTES or descriptors > at_first[1] + GROWTH_DESCRIPTORS

    @property
    def pid(self) -> int:
        """The keeper's process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """False once it died or was closed."""
        return self._process.poll() is None and self._channel.fileno() >= 0

    def spawn(
        self, role: str, cell: Cell, memory: int, link: int, out: int, err: int, *, spare: bool = False
    ) -> Child:
        """A new jailed child of this role ("judge" or "candidate"), verified from outside and under its limits.

        `memory` is in bytes; `link`, `out` and `err` become descriptors of the child; a `spare` warms itself up.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        ours.settimeout(SPAWN_SECONDS)
        with theirs:
            order = {"op": "spawn", "role": role, "spare": spare, **asdict(cell)}
            ended = self._request(order, [link, theirs.fileno(), out, err])
        try:
            return _meet(role, cell, memory, ours, ended)
        except BaseException:
            ours.close()
            raise

    def ask(self, role: str, cell: Cell, memory: int, seconds: float) -> dict[str, Any]:
        """What a child of this role says before it ends by itself or, after `seconds`, by us: its event.

        SandboxUnavailable when it could not do its work; ForkserverLost when it said nothing.
        """
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            child = self.spawn(role, cell, memory, null, null, 2)
        finally:
            os.close(null)
        try:
            child.status.settimeout(seconds)
            event, _ = _hear(child.status)
        finally:
            child.bury()
        if event.get("event") == "failed":
            raise _unavailable(event)
        return event

    def close(self) -> None:
        """End it and everything that it started; returns when nothing is left."""
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            os.close(self._life)
        self._life = -1
        self._process.wait()
        if threading.current_thread() is not self._listener:
            self._listener.join()
        self._channel.close()

    def _await_ready(self) -> None:
        self._channel.settimeout(START_SECONDS)
        try:
            event = json.loads(self._channel.recv(MESSAGE_SIZE) or b"{}")
        except TimeoutError:
            event = {"detail": f"not ready after {START_SECONDS:.0f} seconds"}
        self._channel.settimeout(None)
        if event.get("event") != "ready":
            os.close(self._life)
            self._process.wait()
            self._channel.close()
            raise _unavailable(event)

    def _request(self, order: dict[str, Any], descriptors: Sequence[int]) -> Future[Ended]:
        number, ended = next(self._numbers), Future[Ended]()
        with self._lock:
            if self._channel.fileno() < 0:
                raise ForkserverLost("the forkserver was closed")
            self._ends[number] = ended
            try:
                socket.send_fds(
                    self._channel, [json.dumps({**order, "id": number}).encode()], list(descriptors)
                )
            except OSError as error:
                raise ForkserverLost(str(error)) from error
        return ended

    def _listen(self) -> None:
        """Deliver the ends of children; when the forkserver itself ends, tell everybody who still waits."""
        while True:
            try:
                message = self._channel.recv(MESSAGE_SIZE)
            except OSError:
                message = b""
            if not message:
                break
            self._deliver(json.loads(message))
        with self._lock:
            waiting, self._ends = list(self._ends.values()), {}
        for ended in waiting:
            ended.set_exception(ForkserverLost("the forkserver ended"))

    def _deliver(self, event: dict[str, Any]) -> None:
        if event["event"] != "ended":
            return
        with self._lock:
            ended = self._ends.pop(event["id"], None)
        if ended is not None:
            ended.set_result(Ended(event["status"], event["cpu"]))


def _holdings(pid: int) -> tuple[int, int]:
    """Bytes of memory that no file is behind, and open descriptors."""
    return anonymous(pid), len(os.listdir(f"/proc/{pid}/fd"))


def _unavailable(event: dict[str, Any]) -> SandboxUnavailable:
    protection = event.get("protection", "forkserver")
    detail = event.get("detail", "it ended while starting")
    return SandboxUnavailable([protection], [f"{detail}. {remedy(protection)}"])


def _meet(role: str, cell: Cell, memory: int, status: socket.socket, ended: Future[Ended]) -> Child:
    """Wait until the child says that it is jailed, then see for ourselves."""
    event, pid = _hear(status)
    if event.get("event") == "failed":
        raise _unavailable(event)
    if event.get("event") != "jailed":
        raise ForkserverLost("a child ended before it was jailed")
    try:
        _verify(pid)
        child = Child(pid, os.pidfd_open(pid), status, ended, open_meter(pid, memory, cell.processes))
    except (FileNotFoundError, ProcessLookupError) as error:
        raise ForkserverLost("a child ended while it was looked at") from error
    try:
        status.send(b"!")
        if role == "candidate":
            _await_candidate(status)
    except (OSError, ForkserverLost, SandboxUnavailable) as error:
        child.kill()
        child.release()
        if isinstance(error, SandboxUnavailable):
            raise
        raise ForkserverLost(str(error)) from error
    return child


def _await_candidate(status: socket.socket) -> None:
    event, _ = _hear(status)
    if event.get("event") == "failed":
        raise _unavailable(event)
    if event.get("event") != "candidate":
        raise ForkserverLost("a candidate's process did not start")


_CREDENTIALS = struct.Struct("iII")


def _hear(status: socket.socket) -> tuple[dict[str, Any], int]:
    """A message of the child and its sender's process id as the kernel gives it, valid in our own namespace."""
    try:
        message, ancillary, _, _ = status.recvmsg(MESSAGE_SIZE, socket.CMSG_SPACE(_CREDENTIALS.size))
    except TimeoutError as error:
        raise ForkserverLost("the forkserver does not answer") from error
    pids = [
        _CREDENTIALS.unpack(content)[0]
        for level, kind, content in ancillary
        if kind == socket.SCM_CREDENTIALS
    ]
    return (json.loads(message) if message else {}), (pids[0] if pids else 0)


#: What /proc says of a process that is jailed as it must be.
EXPECTED = {
    "seccomp": ("Seccomp", "2"),
    "no_new_privs": ("NoNewPrivs", "1"),
    "no capabilities": ("CapEff", "0000000000000000"),
    "empty bounding set": ("CapBnd", "0000000000000000"),
}


def _verify(pid: int) -> None:
    """The kernel's own word for what the child claims."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        fields = {key: value.split() for key, value in (line.split(":", 1) for line in file)}
    if "NSpid" not in fields:
        raise ProcessLookupError(pid)
    wrong = [name for name, (field, value) in EXPECTED.items() if fields.get(field) != [value]]
    # One namespace for the forkserver, one for the child, on top of our own.
    if len(fields["NSpid"]) < 3:
        wrong.append("pid namespace")
    if "0" in fields["Uid"]:
        wrong.append("unprivileged id")
    if wrong:
        raise SandboxUnavailable(wrong, [remedy(name) for name in wrong])
