"""Runs pip, shows how far it is, and turns its failures into messages.

Read by `launcher.install` on any Python 3, so it keeps to the syntax of Python 3.8 and the standard library.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from launcher import linux
from launcher.trouble import Trouble, disk_trouble

QUIET_SECONDS = 10.0
SHOWN_LINES = 15
_REQUIREMENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^]]*\])?==", re.MULTILINE)
_COLLECTING = re.compile(r"(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)")
_BIG_DOWNLOAD = re.compile(r"\s*Downloading (\S+) \((\d[\d.]* [MG]B)\)")


class Progress:
    """One line that is rewritten on a terminal; elsewhere a line now and then."""

    def __init__(self, title: str, total: int) -> None:
        self._title = title
        self._total = total
        self._seen = 0
        self._began = self._said = time.monotonic()
        self._terminal = sys.stdout.isatty()

    def note(self, line: str) -> None:
        """Take one line of pip."""
        collecting = _COLLECTING.match(line)
        download = _BIG_DOWNLOAD.match(line)
        if collecting:
            self._seen += 1
            self._show(f"{min(self._seen, self._total)} of {self._total}: {collecting.group(1)}")
        elif download:
            self._show(f"downloading {download.group(1)}, {download.group(2)}", always=True)
        elif line.startswith("Installing collected packages"):
            self._show("unpacking", always=True)

    def still(self) -> None:
        """Say that it goes on, though pip says nothing."""
        self._show(f"still at it after {time.monotonic() - self._began:.0f} s", always=True)

    def end(self, word: str) -> None:
        self._show(f"{word} after {time.monotonic() - self._began:.0f} s", always=True)
        if self._terminal:
            print(flush=True)

    def _show(self, text: str, always: bool = False) -> None:
        now = time.monotonic()
        if self._terminal:
            print(f"\r\x1b[K  {self._title}: {text}"[:100], end="", flush=True)
        elif always or now - self._said >= QUIET_SECONDS:
            print(f"  {self._title}: {text}", flush=True)
            self._said = now


def install(python: Path, requirements: Path, title: str) -> None:
    """Install a requirements file. Raises Trouble when pip fails."""
    progress = Progress(title, len(_REQUIREMENT.findall(requirements.read_text())))
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    process = subprocess.Popen(
        [*command, "--progress-bar=off", "-r", str(requirements)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONUNBUFFERED="1"),
        preexec_fn=_end_with_parent,
    )
    said: list[str] = []
    assert process.stdout is not None  # noqa: S101 - tells mypy what PIPE means
    for line in _lines(process.stdout, progress):
        said.append(line)
        progress.note(line)
    status = process.wait()
    progress.end("done" if status == 0 else "failed")
    if status != 0:
        raise explain_failure("\n".join(said), requirements)


def _end_with_parent() -> None:
    linux.die_with_parent(signal.SIGTERM)


def _lines(stream: IO[bytes], progress: Progress) -> Iterator[str]:
    rest = b""
    while True:
        if not select.select([stream], [], [], QUIET_SECONDS)[0]:
            progress.still()
            continue
        data = os.read(stream.fileno(), 65536)
        *whole, rest = (rest + data).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
        if not data:
            return


def explain_failure(said: str, requirements: Path) -> Trouble:
    """Turn what pip printed into what happened and what to do."""
    disk = disk_trouble(said)
    if disk:
        return disk
    last = "\n".join(said.splitlines()[-SHOWN_LINES:])
    return Trouble(f"pip could not install {requirements.name}. Its last lines:\n{last}", _pip_fix(said))


def _pip_fix(said: str) -> str:
    if "DO NOT MATCH THE HASHES" in said:
        return "A downloaded file is not the one that was pinned. Run it again; if it stays so, trust neither copy."
    if "--require-hashes mode" in said:
        return "The pinned list lacks a package that this Python needs. Take another Python: make run PYTHON=python3.12"
    if "No matching distribution found" in said or "Could not find a version" in said:
        return "Your package index lacks this version for this Python. Check pip's configuration: pip config debug"
    if (
        "NewConnectionError" in said
        or "ConnectTimeout" in said
        or "Temporary failure in name resolution" in said
    ):
        return "The package index could not be reached. Check the network and run it again; it goes on from there."
    return (
        "Run it again; it goes on where it stopped. If it stays so, the lines above say what is in the way."
    )
