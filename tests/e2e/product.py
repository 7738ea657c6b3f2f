"""Forward Pass as its own launcher starts it, and the browser that is put in front of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TypeVar

import psycopg

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ADDRESS = re.compile(r"\s+(http://127\.0\.0\.1:\d+)/\s*")
# The services of the test run itself: the product starts its own.
OURS = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMBEDDED", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE"}
DEMO_CANDIDATE = "candidate@demo.invalid"

Answer = TypeVar("Answer")


class Product:
    """A running Forward Pass: its address, and a door to its database."""

    def __init__(self, url: str, database: str) -> None:
        self.url = url
        self.database = database

    def execute(self, statement: str, *parameters: object) -> None:
        """Change a row behind the product's back: the way to move a deadline without waiting for it."""
        with psycopg.connect(self.database) as connection:
            connection.execute(statement, parameters)

    def fetch(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query, parameters).fetchall()

    def leave_only_seconds(self, interview: str, seconds: float) -> None:
        """Move the deadline; a page learns of it when it next asks for the clock."""
        self.execute(
            "UPDATE interview_interview SET deadline_at = now() + %s * interval '1 second' WHERE id = %s",
            seconds,
            interview,
        )

    def draft(self, interview: str, position: int = 1) -> object:
        """The stored words of a text answer, or the files of a coding answer; None when nothing is stored."""
        rows = self.fetch(
            "SELECT coalesce(draft.answer -> 'text', draft.answer -> 'files') FROM interview_draft draft"
            " JOIN interview_item item ON item.id = draft.item_id"
            " WHERE item.interview_id = %s AND item.position = %s",
            interview,
            position,
        )
        return rows[0][0] if rows else None

    def cancel_interviews(self, email: str = DEMO_CANDIDATE) -> None:
        """Leave this person nothing that runs, and reviewers nothing of this person's to read."""
        self.execute(
            "UPDATE interview_interview SET close_reason = 'cancelled', closed_at = coalesce(closed_at, now()),"
            " remaining_seconds = NULL, deadline_at = CASE WHEN remaining_seconds IS NULL THEN deadline_at"
            " ELSE started_at + interval '1 day' END"
            " WHERE released_at IS NULL AND close_reason <> 'cancelled'"
            " AND candidate_id = (SELECT id FROM interview_user WHERE email = %s)",
            email,
        )


def until(ask: Callable[[], Answer], seconds: float = 10) -> Answer:
    """Ask again until the answer is true, for what shows on no page; the last answer is returned either way."""
    end = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < end:
        Event().wait(0.05)
    return answer


@contextmanager
def running_product(data: Path) -> Iterator[Product]:
    """Start the whole product on a free port with its data in `data`, and end it in order."""
    port = ["--port", str(_free_port())]
    process = subprocess.Popen(
        _launcher("--with-parent", "run", *port, "--data", str(data)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_clean_environment(),
    )
    assert process.stdout
    url = _address_in(iter(process.stdout.readline, ""))
    with (data / "product.log").open("w") as log:
        # An unread pipe fills up, and then the product waits for its reader.
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=log)
        try:
            yield Product(url, _database_of(data))
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
            drain.wait(timeout=10)


def browser_arguments() -> dict[str, object]:
    """How Chromium is started: it does not sandbox itself as root, and its own chatter would leave the machine."""
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    rootless = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": CHROMIUM, "headless": True, "args": [*quiet, *rootless]}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _launcher(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "launcher", *arguments]


def _clean_environment() -> dict[str, str]:
    # The interviews of the demo people would stand in the queue beside those that the tests make.
    return {name: value for name, value in os.environ.items() if name not in OURS} | {"DEMO_INTERVIEWS": "0"}


def _address_in(lines: Iterator[str]) -> str:
    """The address that the launcher prints last; its log is in the failure when it never comes."""
    log = []
    for line in lines:
        log.append(line)
        if address := ADDRESS.fullmatch(line):
            return address.group(1)
    raise AssertionError("the product did not start:\n" + "".join(log[-60:]))


def _database_of(data: Path) -> str:
    """What `launcher exec` says of the database of a running product."""
    asked = subprocess.run(
        _launcher("exec", "--data", str(data), "--", "printenv", "DATABASE_URL"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=_clean_environment(),
    )
    return asked.stdout.strip().splitlines()[-1]
