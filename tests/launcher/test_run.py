"""The whole product, started as `make run` starts it."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.paths import CHECKOUT

from .conftest import Talking, all_end, descendants, launcher, talking


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def run(data: Path, port: int, *more: str) -> list[str]:
    return launcher("run", "--data", str(data), "--port", str(port), *more)


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


class Product:
    def __init__(self, data: Path, environment: dict[str, str]) -> None:
        self.data = data
        self.environment = environment
        self.port = free_port()
        self.command = run(data, self.port)
        self.last_line = f"    http://127.0.0.1:{self.port}/\n"
        self.said_at_the_start = ""

    def ask(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=CHECKOUT, env=self.environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def product(tmp_path_factory, bare_environment) -> Product:
    return Product(tmp_path_factory.mktemp("product"), bare_environment)


@pytest.fixture(scope="module")
def running(product) -> Iterator[Talking]:
    with talking(product.command, product.environment) as it:
        product.said_at_the_start = it.read_until(product.last_line)
        yield it


def pid_of(running: Talking, words: str) -> int:
    [pid] = [pid for pid in descendants(running.process.pid) if words in command_line(pid)]
    return pid


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def test_it_serves_before_it_prints_the_address_last(running, product):
    assert status(product.port, "/healthz/") == 200
    assert product.said_at_the_start.rstrip("\n").endswith(product.last_line.rstrip("\n"))


def test_each_process_of_the_product_has_a_name_in_the_log(running, product):
    names = {
        line.split("|")[0].strip() for line in product.said_at_the_start.splitlines() if "|" in line[:10]
    }
    assert names >= {"launcher", "postgres", "setup", "web", "worker", "control", "bulk"}


def test_a_second_start_says_where_the_first_one_is(running, product):
    second = product.ask(product.command)
    assert second.returncode == 1
    assert second.stdout == ""
    assert f"already running from this checkout at http://127.0.0.1:{product.port}/" in second.stderr
    assert f"`kill {running.process.pid}`" in second.stderr


def test_a_port_in_use_is_a_message_and_starts_nothing(running, product, tmp_path):
    refused = product.ask(run(tmp_path / "other", product.port))
    assert refused.returncode == 1
    assert refused.stderr.startswith(
        f"\nPort {product.port} on 127.0.0.1 is in use by another program.\n\nStop that"
    )
    assert not (tmp_path / "other" / "postgres").exists()


def test_an_address_for_others_is_refused(product, tmp_path):
    refused = product.ask(run(tmp_path / "other", product.port, "--host", "0.0.0.0"))  # noqa: S104 - refusing it is the point
    assert refused.returncode == 1
    assert refused.stderr.startswith("\nHOST=0.0.0.0 would open the embedded mode")
    assert not (tmp_path / "other").exists()


def test_a_management_command_joins_the_running_database(running, product):
    command = "from interview.models import User; print(*User.objects.filter(role='admin'))"
    done = product.ask(
        launcher(
            "exec",
            "--data",
            str(product.data),
            "--",
            sys.executable,
            "manage.py",
            "shell",
            "-v0",
            "-c",
            command,
        )
    )
    assert (done.stdout.strip(), done.returncode) == ("Demo admin", 0)


def test_the_demo_interviews_are_made_after_the_address_was_printed(running, product):
    said = running.read_until("demo     | The report of Demo candidate is released.")
    assert [line for line in said.splitlines() if line.startswith("demo ")] == [
        "demo     | Demo candidate two has handed in “A first interview”.",
        "demo     | Demo candidate has handed in “A first interview”.",
        "demo     | The report of Demo candidate is released.",
    ]
    assert said.index(product.last_line) < said.index("demo     |")


def test_a_web_server_that_is_killed_comes_back(running, product):
    os.kill(pid_of(running, "uvicorn"), signal.SIGKILL)
    running.read_until("web ended (SIGKILL); starting it again in 0.5 s.")
    running.read_until_again("Uvicorn running on")
    assert status(product.port, "/healthz/") == 200


def test_ended_and_started_again_it_keeps_its_data_and_killed_it_leaves_no_process(
    tmp_path, bare_environment
):
    own = Product(tmp_path / "data", bare_environment)
    with talking(own.command, own.environment) as first:
        first.read_until(own.last_line)
        with all_end(descendants(first.process.pid)):
            first.process.terminate()
            assert first.read_to_end() == 0
        assert first.said.endswith("launcher | stopped\n")
        secrets = (own.data / "secrets.json").read_text()

    with talking(own.command, own.environment) as second:
        second.read_until(own.last_line)
        assert "No migrations to apply." in second.said
        assert (own.data / "secrets.json").read_text() == secrets
        left = descendants(second.process.pid)
        assert len(left) > 9  # Postgres and its helpers, Redis, web, two workers, beat
        with all_end(left):
            second.process.kill()
