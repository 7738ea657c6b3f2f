"""The real product, started by its own launcher, and a real browser in front of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PersonPage = Callable[[str], Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker walks the browser tests, so that the product is started once."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM:
        return CHROMIUM
    reason = "no Chromium on this machine: install the package `chromium` to run the browser tests"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: str) -> dict[str, object]:
    # Chromium's own sandbox does not start as root; its background chatter would leave the machine.
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    rootless = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": chromium, "headless": True, "args": [*quiet, *rootless]}


class Product:
    """A running Forward Pass: its address, and a door to its database."""

    def __init__(self, process: "subprocess.Popen[str]", url: str, database: str) -> None:
        self.process = process
        self.url = url
        self.database = database

    def execute(self, statement: str, *parameters: object) -> None:
        """Change a row behind the product's back: the way to move a deadline without waiting for it."""
        with psycopg.connect(self.database) as connection:
            connection.execute(statement, parameters)

    def fetch(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query, parameters).fetchall()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _address_in(lines: Iterator[str], log: list[str]) -> str:
    """The address that the launcher prints last; its log is in the failure when it never comes."""
    for line in lines:
        log.append(line)
        if address := re.fullmatch(r"\s+(http://127\.0\.0\.1:\d+)/\s*", line):
            return address.group(1)
    pytest.fail("the product did not start:\n" + "".join(log[-60:]))


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    data = tmp_path_factory.mktemp("product")
    command = [
        sys.executable,
        "-m",
        "launcher",
        "--with-parent",
        "run",
        "--port",
        str(_free_port()),
        "--data",
        str(data),
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_clean_environment(),
    )
    log: list[str] = []
    assert process.stdout
    url = _address_in(iter(process.stdout.readline, ""), log)
    drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
    yield Product(process, url, _database_of(data))
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    drain.wait(timeout=10)


def _clean_environment() -> dict[str, str]:
    """Without the services of the test run itself: the product starts its own."""
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMBEDDED", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE"}
    return {name: value for name, value in os.environ.items() if name not in ours}


def _database_of(data: Path) -> str:
    """What `launcher exec` says of the database of a running product."""
    command = [
        sys.executable,
        "-m",
        "launcher",
        "exec",
        "--data",
        str(data),
        "--",
        "printenv",
        "DATABASE_URL",
    ]
    asked = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env=_clean_environment()
    )
    return asked.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="session")
def base_url(product: Product) -> str:
    return product.url


@pytest.fixture
def as_person(browser: Browser, base_url: str) -> Iterator[PersonPage]:
    """A page in a browser of its own for each demo person: `as_person("candidate")`."""
    contexts: list[BrowserContext] = []

    def open_page(role: str) -> Page:
        context = browser.new_context(base_url=base_url)
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_role("button", name=role.title()).click()
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def candidate_page(as_person: PersonPage, product: Product) -> Iterator[Page]:
    """The demo candidate with no interview running, before and after."""
    _end_running_interviews(product)
    yield as_person("candidate")
    _end_running_interviews(product)


def _end_running_interviews(product: Product) -> None:
    product.execute(
        "UPDATE interview_interview SET started_at = now() - interval '2 hours',"
        " deadline_at = now() - interval '1 hour', closed_at = now(), close_reason = 'handed_in',"
        " finalised_at = now() WHERE closed_at IS NULL"
    )
