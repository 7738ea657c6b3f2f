"""Tries the composed stack as a whole and takes it down again: `make compose-test`, `python -m deploy.trial [FILE …]`.

It builds the images, brings everything up under a name and with secrets of its own, walks the main job in a browser,
and attacks the sandbox inside a container like the worker's. FILEs are further compose files, such as
deploy/cgroup-v2.yml: with one the kernel keeps the memory limits, without they are watched.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

CHECKOUT = Path(__file__).resolve().parent.parent
PROJECT = "forward-pass-test"
#: Beside a deployment on the same host, whose network this must not be.
SUBNET, GATEWAY = "172.30.254.0/24", "172.30.254.1"


class TrialFailed(Exception):
    """Something did not hold; the message says what."""


class Stack:
    """The composed services under the trial's own name."""

    def __init__(self, files: Sequence[str]) -> None:
        self.url = f"http://localhost:{_free_port()}"
        self._files = ("docker-compose.yml", *files)
        self._environment = {**os.environ, **self._settings()}

    def _settings(self) -> dict[str, str]:
        return {
            "COMPOSE_FILE": ":".join(self._files),
            "COMPOSE_PROJECT_NAME": PROJECT,
            "TAG": "test",
            "SECRET_KEY": secrets.token_hex(32),
            "POSTGRES_PASSWORD": secrets.token_hex(16),
            "REDIS_PASSWORD": secrets.token_hex(16),
            "ALLOWED_HOSTS": "localhost",
            "BIND": "127.0.0.1",
            "PORT": self.url.rpartition(":")[2],
            "FRONT_SUBNET": SUBNET,
            "FORWARDED_ALLOW_IPS": GATEWAY,
            "GRADER_MEMORY": "cgroup" if len(self._files) > 1 else "watched",
        }

    def compose(self, *arguments: str) -> int:
        """Run a command of docker compose; what it prints is seen."""
        return subprocess.run(_compose(*arguments), cwd=CHECKOUT, env=self._environment).returncode

    def first_link(self) -> str:
        """The link at which the first admin chooses a password."""
        command = ("manage.py", "create_admin", "admin@compose.invalid", "--origin", self.url)
        made = subprocess.run(
            _compose("exec", "-T", "web", "python", *command),
            cwd=CHECKOUT,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        _insist(made.returncode == 0, "The first admin could not be made.")
        return made.stdout.splitlines()[-1].strip()


def _compose(*arguments: str) -> tuple[str, ...]:
    # An operator's .env is not meant for the trial.
    return ("docker", "compose", "--env-file", os.devnull, *arguments)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _insist(holds: bool, otherwise: str) -> None:
    if not holds:
        raise TrialFailed(otherwise)


def check_docker() -> None:
    """Raise TrialFailed, with what to do, unless Docker and its compose plug-in are there and answer."""
    _insist(
        shutil.which("docker") is not None,
        "Docker is not installed here. This trial needs Docker Engine with the plug-ins compose and buildx.",
    )
    _insist(
        _is_quietly_fine("docker", "compose", "version"),
        "Docker is here without `docker compose`. Install its plug-in (docker-compose-plugin or docker-compose-v2).",
    )
    _insist(
        _is_quietly_fine("docker", "buildx", "version"),
        "Docker is here without `docker buildx`, which builds the images. Install its plug-in (docker-buildx-plugin).",
    )
    _insist(
        _is_quietly_fine("docker", "info"),
        "The Docker engine does not answer. Is it running, and may you use it? See `docker info`.",
    )


def _is_quietly_fine(*command: str) -> bool:
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


@contextmanager
def running(stack: Stack) -> Iterator[None]:
    """Everything up and healthy; gone afterwards with its data, whatever happened."""
    try:
        if stack.compose("up", "--detach", "--build", "--wait") != 0:
            stack.compose("ps", "--all")
            stack.compose("logs", "--tail", "40")
            raise TrialFailed("Not every service became healthy; their last lines are above.")
        yield
    finally:
        stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "10")


def walk_the_main_job(stack: Stack) -> None:
    """The same walk as in `make test`, by people who were invited."""
    walk = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:django",
        "-p",
        "no:cacheprovider",
        "-o",
        "addopts=",
    )
    deployed = {"DEPLOYED_URL": stack.url, "DEPLOYED_LINK": stack.first_link(), "CI": "true"}
    done = subprocess.run((*walk, "tests/e2e/test_main_job.py"), cwd=CHECKOUT, env={**os.environ, **deployed})
    _insist(done.returncode == 0, "The main job could not be done in the browser.")


def attack_the_sandbox(stack: Stack) -> None:
    """In a container with the worker's image, user, profile and limits."""
    _insist(
        stack.compose("exec", "-T", "worker", "python", "-m", "grader", "doctor") == 0,
        "The worker cannot judge.",
    )
    _insist(
        stack.compose("run", "--rm", "--build", "attacks") == 0, "The sandbox did not hold in its container."
    )


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def main(files: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, _end)
    try:
        check_docker()
        stack = Stack(files)
        with running(stack):
            walk_the_main_job(stack)
            attack_the_sandbox(stack)
    except TrialFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    print("\nThe composed stack does the main job, and its sandbox holds.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
