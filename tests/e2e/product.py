"""Forward Pass as its own launcher starts it, and the browser that is put in front of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import TypeVar

import psycopg
from playwright.sync_api import Page

from tests.e2e.walk import STARTS, sign_in, sign_out

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ADDRESS = re.compile(r"\s+(http://127\.0\.0\.1:\d+)/\s*")
# The services of the test run itself: the product starts its own.
OURS = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMBEDDED", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE"}
DEMO_CANDIDATE = "candidate@demo.invalid"

Answer = TypeVar("Answer")


class Product:
    """A running Forward Pass: its address, and a door to its database."""

    def __init__(self, url: str, database: str, launcher: int) -> None:
        self.url = url
        self.database = database
        self.launcher = launcher

    def sign_in(self, page: Page, role: str) -> None:
        sign_in(page, role)

    def execute(self, statement: str, *parameters: object) -> None:
        """Change a row behind the product's back: the way to move a deadline without waiting for it."""
        with psycopg.connect(self.database) as connection:
            connection.execute(statement, parameters)

    def fetch(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query, parameters).fetchall()

    def kill(self, name: str) -> None:
        """End a process of the product without a word, and wait until the launcher has started its successor."""
        old = self._process(name)
        assert old, f"no {name} among {process_lines(children(self.launcher))}"
        os.kill(old, signal.SIGKILL)
        assert until(lambda: self._process(name) not in {0, old}, 60)

    def _process(self, name: str) -> int:
        """The number of the launcher's own process with `name` in its command line; 0 when there is none."""
        lines = process_lines(children(self.launcher))
        return next((pid for pid, line in lines.items() if name in line), 0)

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


class Deployment(Product):
    """One that somebody else started and throws away. It has nobody yet: only the link for its first admin is known."""

    PASSWORD = "quite a long passphrase"

    def __init__(self, url: str, first_link: str) -> None:
        super().__init__(url, database="", launcher=0)
        self._first_link = first_link

    def sign_in(self, page: Page, role: str) -> None:
        """As people come to a deployment: the first admin by the printed link, the others by invitation."""
        self._become_admin(page)
        if role != "admin":
            link = self._invite(page, role)
            sign_out(page)
            self._choose_password(page, link)

    def _become_admin(self, page: Page) -> None:
        if self._first_link:
            self._choose_password(page, self._first_link)
            self._first_link = ""
            return
        page.goto("/sign-in/")
        page.get_by_label("Email").fill("admin@compose.invalid")
        page.get_by_label("Password").fill(self.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(STARTS)

    def cancel_interviews(self, email: str = "") -> None:
        """There are none before, and after it everything goes."""

    def _invite(self, page: Page, role: str) -> str:
        page.goto("/people/invite/")
        page.get_by_label("Name").fill(role.title())
        page.get_by_label("Mail address").fill(f"{role}@compose.invalid")
        page.get_by_label("Role").select_option(role)
        page.get_by_role("button", name="Invite").click()
        return page.get_by_label("Link to choose a password").input_value()

    def _choose_password(self, page: Page, link: str) -> None:
        page.goto(link)
        page.get_by_label("New password").fill(self.PASSWORD)
        page.get_by_label("The same once more").fill(self.PASSWORD)
        page.get_by_role("button", name="Set the password and begin").click()
        page.wait_for_url(STARTS)


def children(pid: int) -> list[int]:
    """The processes that a process has started itself."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def process_lines(pids: Iterable[int]) -> dict[int, str]:
    """The command lines of those that are still there."""
    found = {}
    for pid in pids:
        with suppress(OSError):
            found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def until(ask: Callable[[], Answer], seconds: float = 10) -> Answer:
    """Ask again until the answer is true, for what shows on no page; the last answer is returned either way."""
    end = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < end:
        Event().wait(0.05)
    return answer


@contextmanager
def running_product(data: Path, **settings: str) -> Iterator[Product]:
    """Start the whole product on a free port with its data in `data` and these settings, and end it in order."""
    port = ["--port", str(_free_port())]
    process = subprocess.Popen(
        _launcher("--with-parent", "run", *port, "--data", str(data)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_clean_environment() | settings,
    )
    assert process.stdout
    url = _address_in(iter(process.stdout.readline, ""))
    with (data / "product.log").open("w") as log:
        # An unread pipe fills up, and then the product waits for its reader.
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=log)
        try:
            yield Product(url, _database_of(data), process.pid)
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
