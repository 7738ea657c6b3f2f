"""The warm process that every grading is forked from.

It is started with a clean environment, loads PyTorch once, walls itself in and then does one thing: on request it
forks a child, which jails itself. It never sees a test, a submission or a secret, and holds one thread only.

  keeper      waits for its owner to go; then ends the forkserver, and with it, as pid 1 of its namespace, everything
  forkserver  pid 1, already inside the private root, under an id that owns nothing
  children    judge, or reaper with the candidate below it; each in namespaces of its own
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
from typing import Any, NoReturn

from grader.sandbox import hugepages, linux, proof, root
from grader.sandbox.device import Device
from grader.sandbox.jail import Cell, descend
from grader.sandbox.lives import JAIL_FAILED, LIVES, PROC, STATUS, report_failure
from grader.sandbox.policy import CPU, GPU, OUTER_ID, PREPARING_ID, RUNNING_ID
from grader.sandbox.seccomp import compile_policy

MESSAGE_SIZE = 1 << 16

OUTER_NAMESPACES = (
    (linux.CLONE_NEWUSER, "user namespace"),
    (linux.CLONE_NEWNS, "mount namespace"),
    (linux.CLONE_NEWNET, "net namespace"),
    (linux.CLONE_NEWIPC, "ipc namespace"),
    (linux.CLONE_NEWUTS, "uts namespace"),
    (linux.CLONE_NEWPID, "pid namespace"),
)


def main(control: int, life: int, *, warm: bool, device: Device | None = None) -> NoReturn:
    """Become keeper and forkserver. `control` carries requests, `life` closes when the owner is gone.

    A forkserver that is not warm has not loaded PyTorch: enough to try the protections, not to judge. The jails of one
    with a `device` see it; such a forkserver makes no judges.
    """
    channel = socket.socket(fileno=control)
    try:
        _enter_outer_namespaces()
        root.build(device)
        child = os.fork()
    except OSError as error:
        report_failure(channel, error)
        os._exit(JAIL_FAILED)
    if child == 0:
        os.close(life)
        _run_forkserver(channel, warm, device)
    channel.close()
    _keep(child, life)


def _keep(child: int, life: int) -> NoReturn:
    """Wait for the owner's end or the child's. The owner may die by kill -9: then the kernel closes `life`."""
    watched = select.poll()
    watched.register(life, select.POLLHUP | select.POLLIN)
    watched.register(os.pidfd_open(child), select.POLLIN)
    with contextlib.suppress(InterruptedError):
        watched.poll()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os._exit(0)


def _enter_outer_namespaces() -> None:
    """As root, two ids come along: root's own, which may read the libraries, and the one to run under."""
    helper = _start_id_mapper() if os.geteuid() == 0 else None
    user, group = os.geteuid(), os.getegid()
    for flag, protection in OUTER_NAMESPACES:
        linux.unshare(flag, protection)
        if flag == linux.CLONE_NEWUSER and helper is None:
            _write_maps("self", f"{RUNNING_ID} {user} 1", f"{RUNNING_ID} {group} 1", setgroups=False)
        elif flag == linux.CLONE_NEWUSER and helper is not None:
            helper()


def _start_id_mapper() -> Any:
    """A process that stays outside, where root may write maps of two lines; call the result to have them written."""
    ours, theirs = socket.socketpair()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        ours.close()
        status = 1
        with contextlib.suppress(OSError):
            theirs.recv(1)
            lines = f"{PREPARING_ID} 0 1\n{RUNNING_ID} {OUTER_ID} 1"
            _write_maps(str(parent), lines, lines, setgroups=True)
            status = 0
        os._exit(status)
    theirs.close()

    def finish() -> None:
        ours.send(b"!")
        _, status = os.waitpid(child, 0)
        if status != 0:
            raise linux.ProtectionFailed(1, "writing uid_map", "user namespace")

    return finish


def _write_maps(process: str, users: str, groups: str, *, setgroups: bool) -> None:
    settings = {"uid_map": users, "gid_map": groups}
    if not setgroups:
        settings = {"setgroups": "deny", **settings}
    for name, text in settings.items():
        descriptor = os.open(f"/proc/{process}/{name}", os.O_WRONLY)
        os.write(descriptor, text.encode())
        os.close(descriptor)


def _run_forkserver(channel: socket.socket, warm: bool, device: Device | None) -> NoReturn:
    try:
        proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        own_namespace = os.open("self/ns/pid", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL, protection="forkserver")
        if warm:
            _preload()
        if device:
            # Only this process is in the pid namespace that it shows, and only now is a whole /proc in sight.
            root.mount_proc(root.PLACE + root.PROC)
        _wall_in()
        # Set again: a change of id clears it. The keeper's end is the end of everything.
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL, protection="forkserver")
        _assert_single_threaded(proc)
        _assert_no_device_open(proc)
        if warm:
            _remember_memory(proc)
    except BaseException as error:  # noqa: BLE001 - whatever it was, the owner must hear of it
        report_failure(channel, error)
        os._exit(JAIL_FAILED)
    Forkserver(channel, proc, own_namespace, device).serve()


def _preload() -> None:
    """Import what gradings use, and let PyTorch do its first work, so that no grading pays for it."""
    from grader.sandbox import preload

    preload.everything()
    hugepages.collapse("/proc/self/maps")


def _wall_in() -> None:
    """Into the private root, and from root's id to the one that owns nothing."""
    linux.unshare(linux.CLONE_NEWNS, "mount namespace")
    linux.pivot_root(root.PLACE)
    if os.geteuid() == PREPARING_ID:
        linux.prctl(linux.PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(RUNNING_ID, RUNNING_ID, RUNNING_ID)
        os.setresuid(RUNNING_ID, RUNNING_ID, RUNNING_ID)
    linux.set_capabilities(1 << linux.CAP_SYS_ADMIN)
    # A change of id hides a process from its own /proc entry, through which its children write their id maps.
    linux.prctl(linux.PR_SET_DUMPABLE, 1)


def _assert_single_threaded(proc: int) -> None:
    """A fork of a process with threads can hang for ever in a lock that a thread held."""
    tasks = os.listdir(os.open("self/task", os.O_RDONLY | os.O_DIRECTORY, dir_fd=proc))
    if len(tasks) != 1:
        raise RuntimeError(f"the forkserver has {len(tasks)} threads after loading PyTorch; it must have one")


def _assert_no_device_open(proc: int) -> None:
    """CUDA that was started before a fork works in no child, and its opened nodes would come along into every jail."""
    folder = os.open("self/fd", os.O_RDONLY | os.O_DIRECTORY, dir_fd=proc)
    for number in os.listdir(folder):
        # The listing itself was one of them, and is closed again.
        with contextlib.suppress(FileNotFoundError):
            path = os.readlink(number, dir_fd=folder)
            if path.startswith("/dev/nvidia"):
                raise RuntimeError(f"loading PyTorch opened {path}, which no fork survives")
    os.close(folder)


def _remember_memory(proc: int) -> None:
    from grader import harness

    with open(os.open("self/status", os.O_RDONLY, dir_fd=proc)) as status:
        fields = dict(line.split(":", 1) for line in status)
    harness.remember_inherited(int(fields["VmData"].split()[0]) * 1024)


class Forkserver:
    """The loop: fork on request, report every child's end with what it used."""

    def __init__(self, channel: socket.socket, proc: int, own_namespace: int, device: Device | None) -> None:
        self._channel = channel
        self._device = device
        self._proc = proc
        self._own_namespace = own_namespace
        self._namespaces = proof.namespaces(proc)
        self._program = compile_policy(calls=GPU if device else CPU)
        self._children: dict[int, int] = {}

    def serve(self) -> NoReturn:
        """Serve until the owner closes the channel."""
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)
        gc.collect()
        gc.freeze()
        self._tell({"event": "ready"})
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(reader, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == reader:
                    os.read(reader, 4096)
                    self._reap()
                else:
                    self._answer()

    def _tell(self, event: dict[str, Any]) -> None:
        self._channel.send(json.dumps(event).encode())

    def _reap(self) -> None:
        while self._children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            cpu = usage.ru_utime + usage.ru_stime
            self._tell({"event": "ended", "id": self._children.pop(pid, 0), "status": status, "cpu": cpu})

    def _answer(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._channel, MESSAGE_SIZE, 8)
        if not message:
            os._exit(0)
        request = json.loads(message)
        if request["op"] == "ping":
            self._tell({"event": "pong"})
        else:
            self._spawn(request, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    def _spawn(self, request: dict[str, Any], descriptors: list[int]) -> None:
        """Fork into a new pid namespace. Only children enter it, so this process goes back to its own after."""
        linux.unshare(linux.CLONE_NEWPID, "pid namespace")
        try:
            pid = os.fork()
            if pid == 0:
                self._become_child(request, descriptors)
        finally:
            linux.setns(self._own_namespace, linux.CLONE_NEWPID)
        self._children[pid] = request["id"]

    def _become_child(self, request: dict[str, Any], descriptors: list[int]) -> NoReturn:
        """The child's whole life. It must never return into the loop above, whatever happens."""
        try:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            _arrange_descriptors(descriptors, self._proc)
            os.setsid()
            self._live(request)
        finally:
            os._exit(JAIL_FAILED)

    def _live(self, request: dict[str, Any]) -> None:
        status = socket.socket(fileno=STATUS)
        try:
            cell = Cell(request["scratch_mb"], request["processes"])
            descend(cell, PROC, self._namespaces, self._program, self._device)
        except OSError as error:
            report_failure(status, error)
            return
        status.send(b'{"event": "jailed"}')
        # The owner now looks from outside, and puts this process under its limits, before it lets it go on.
        if status.recv(1):
            LIVES[request["role"]](status, request["spare"], self._device)


def _arrange_descriptors(descriptors: list[int], proc: int) -> None:
    """Exactly six descriptors stay open. They are moved high first, so that none lands on another."""
    link, status, out, err = descriptors
    nothing = os.open("/dev/null", os.O_RDONLY)
    high = [os.dup2(source, 100 + n) for n, source in enumerate((nothing, out, err, link, status, proc))]
    for target, source in enumerate(high):
        os.dup2(source, target)
    linux.close_all_from(PROC + 1)
