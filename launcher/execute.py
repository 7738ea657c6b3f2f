"""Run one command with the data services around it: what the tests and `make manage` use."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from types import FrameType

from launcher import lock
from launcher.child import Child, end_in_order, enter_life
from launcher.identity import Myself
from launcher.paths import DataFolder
from launcher.services import Service, Services, needed_services
from launcher.trouble import Trouble, disk_trouble

START_SECONDS = 60.0
SHOWN_LOG_LINES = 15
WAIT_SECONDS = 0.3


def execute(command: Sequence[str], data: DataFolder) -> int:
    """Run `command` and return its exit status.

    Joins the services of a `make run` on the same folder, also of one that is still starting; otherwise starts
    them for the time of the command. Another `exec` on the folder is waited for.
    """
    data.create()
    told = False
    while True:
        try:
            with lock.hold(data):
                return _with_services(command, data)
        except lock.Busy as busy:
            if busy.running and busy.running.kind == "run":
                return run_in_foreground(command, os.environ | busy.running.environment)
        if not told:
            print(
                f"Waiting for another command on {data.root} (another --data runs beside it).",
                file=sys.stderr,
            )
            told = True
        time.sleep(WAIT_SECONDS)


def _with_services(command: Sequence[str], data: DataFolder) -> int:
    services = needed_services(data, without_service_urls(os.environ))
    environment = services.environment(without_service_urls(os.environ))
    with started(services, data):
        lock.publish(data, lock.Running("exec", os.getpid(), "", environment))
        return run_in_foreground(command, environment)


def without_service_urls(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out a deployment's services: tests must never reach them."""
    return {name: value for name, value in environment.items() if name not in ("DATABASE_URL", "REDIS_URL")}


@contextmanager
def started(services: Services, data: DataFolder) -> Iterator[None]:
    """Hold the services up, their output in files of the data folder. Raises Trouble."""
    children: list[Child] = []
    with _end_by_signal():
        try:
            for service in services.embedded:
                service.prepare()
                children.append(_start(service, data))
            for service, child in zip(services.embedded, children, strict=True):
                _wait_until_ready(service, child, data)
            yield
        finally:
            end_in_order(children[::-1])


def _start(service: Service, data: DataFolder) -> Child:
    program = service.program()
    with (data.logs / f"{program.name}.log").open("wb") as log:
        return Child(program, log.fileno())


def _wait_until_ready(service: Service, child: Child, data: DataFolder) -> None:
    pause = 0.02
    for _ in range(int(START_SECONDS / pause)):
        if service.ready():
            return
        if child.ended(within=pause):
            break
    raise _did_not_start(child, data)


def _did_not_start(child: Child, data: DataFolder) -> Trouble:
    log = data.logs / f"{child.program.name}.log"
    last = "\n".join(log.read_text(errors="replace").splitlines()[-SHOWN_LOG_LINES:])
    return disk_trouble(last) or Trouble(
        f"The embedded {child.program.name} did not start. Its last lines:\n{last}",
        f"All of them are in {log}.",
    )


def run_in_foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command on this terminal and return its exit status; it gets a terminal's Ctrl-C by itself."""
    previous = signal.signal(signal.SIGINT, _leave_to_the_command)
    try:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            preexec_fn=partial(enter_life, Myself(), signal.SIGKILL, os.getpid()),
        )
    except FileNotFoundError as error:
        raise Trouble(
            f"There is no command {command[0]!r}.", "Check its spelling, or give its full path."
        ) from error
    try:
        return _shell_status(process.wait())
    except SystemExit:  # SIGTERM came for the launcher: hand it on and let the command tidy up
        process.terminate()
        process.wait()
        raise
    finally:
        signal.signal(signal.SIGINT, previous)


def _shell_status(status: int) -> int:
    return status if status >= 0 else 128 - status


def _leave_to_the_command(number: int, frame: FrameType | None) -> None:
    """Do nothing. A handler, because an ignored signal would stay ignored in the command."""


@contextmanager
def _end_by_signal() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an orderly exit, so that `finally` blocks run."""
    previous = {number: signal.signal(number, _exit) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
