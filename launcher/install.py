"""Makes `.venv` with the pinned packages: `python3 -m launcher.install [--dev] [--bench] [--host HOST --port PORT]`.

The only part of the project that a strange Python meets: it keeps to the standard library and to the syntax of
Python 3.8, so that a Python that does not do gets a message instead of a syntax error.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from launcher import linux
from launcher.damage import forget_damaged
from launcher.pip_run import install
from launcher.pip_source import has_pip, make_venv
from launcher.preflight import check_disk, check_host, check_port, parse_port
from launcher.trouble import Trouble, from_os_error

CHECKOUT = Path(__file__).resolve().parent.parent
SUPPORTED = ((3, 11), (3, 12), (3, 13))


class Step(NamedTuple):
    """A requirements file, and what it is called on the screen."""

    file: str
    title: str


RUN = Step("run.txt", "packages")
TORCH = Step("torch.txt", "PyTorch")
DEV = Step("dev.txt", "packages for tests and checks")
BENCH = Step("bench.txt", "packages for measuring")


class State:
    """What is installed, by the content of the file that asked for it, and what was being installed at the end.

    Kept inside the environment, so that it goes when the environment goes.
    """

    def __init__(self, venv: Path) -> None:
        self._path = venv / "forward-pass.json"
        try:
            self._facts: dict[str, Any] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            self._facts = {}

    def is_done(self, requirements: Path) -> bool:
        return self.unfinished is None and self._done.get(requirements.name) == _content_hash(requirements)

    @property
    def unfinished(self) -> str | None:
        return self._facts.get("unfinished")

    @property
    def _done(self) -> dict[str, str]:
        return dict(self._facts.get("done", {}))

    def begin(self, requirements: Path) -> None:
        self._write({"done": self._done, "unfinished": requirements.name})

    def finish(self, requirements: Path) -> None:
        self._write(
            {"done": dict(self._done, **{requirements.name: _content_hash(requirements)}), "unfinished": None}
        )

    def _write(self, facts: dict[str, Any]) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(facts, indent=2))
        os.replace(str(draft), str(self._path))
        self._facts = facts


def _content_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def is_supported(version: Sequence[int]) -> bool:
    return tuple(version) in SUPPORTED


def find_python() -> str | None:
    """Find a supported Python on PATH; each is tried, because a name may be a shim for nothing."""
    for major, minor in SUPPORTED:
        python = shutil.which(f"python{major}.{minor}")
        if python and runs_supported(python):
            return python
    return None


def runs_supported(python: str) -> bool:
    """Tell whether `python` starts and has a supported version."""
    question = "import sys; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([python, "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    numbers = answer.stdout.split()
    return len(numbers) == 2 and is_supported([int(number) for number in numbers])


def ensure_linux(platform: str) -> None:
    if not platform.startswith("linux"):
        raise Trouble(
            f"Forward Pass runs on Linux; this is {platform}. Its sandbox is made of Linux's namespaces.",
            "Run it in a virtual machine with Debian 12 or Ubuntu 24.04.",
        )


def ensure_python(arguments: Sequence[str]) -> None:
    """Go on under a supported Python. Raises Trouble when there is none."""
    if is_supported(sys.version_info[:2]):
        return
    python = find_python()
    if python is None:
        own = ".".join(str(number) for number in sys.version_info[:3])
        raise Trouble(
            f"Forward Pass needs Python 3.11, 3.12 or 3.13; {sys.executable} is {own}, and no other was found.",
            "Debian 12 and Ubuntu 24.04 have one: sudo apt-get install python3 python3-venv\n"
            "One in another place is named like this: make run PYTHON=/path/to/python3.11",
        )
    os.execv(python, [python, "-m", "launcher.install", *arguments])  # noqa: S606 - no shell is wanted


def prepare(venv: Path, requirements: Path, steps: Sequence[Step], downloads: Path) -> None:
    """Bring the environment to what the requirements say; nothing happens when it is there already. Raises Trouble."""
    sound = runs_supported(str(venv / "bin" / "python")) and has_pip(venv)
    state = State(venv)
    missing = [step for step in steps if not (sound and state.is_done(requirements / step.file))]
    if not missing:
        return
    if TORCH in missing:
        check_disk(venv.parent)
    if not sound:
        print("Making the virtual environment; the first time takes a few minutes.", flush=True)
        make_venv(venv, downloads)
        state = State(venv)
    mend(venv, state)
    for step in missing:
        _install(venv, requirements / step.file, step.title, state)


def mend(venv: Path, state: State) -> None:
    """Undo what an installation that was cut short left behind."""
    if state.unfinished is None:
        return
    print(f"An earlier installation of {state.unfinished} did not finish; mending it.", flush=True)
    for site_packages in (venv / "lib").glob("python*/site-packages"):
        for package in forget_damaged(site_packages):
            print(f"  {package} is damaged and comes again", flush=True)


def _install(venv: Path, requirements: Path, title: str, state: State) -> None:
    state.begin(requirements)
    install(venv / "bin" / "python", requirements, title)
    state.finish(requirements)


def main(arguments: Sequence[str]) -> int:
    try:
        ensure_linux(sys.platform)
        linux.die_with_parent(signal.SIGTERM)
        ensure_python(arguments)
        options = _parser().parse_args(arguments)
        check_host(options.host, os.environ)
        venv = CHECKOUT / ".venv"
        if not venv.exists():  # later the launcher asks, which knows whether it is itself who holds the port
            check_port(options.host, parse_port(options.port))
        prepare(
            venv, CHECKOUT / "requirements", _steps(options.dev, options.bench), CHECKOUT / ".data" / "pip"
        )
    except Trouble as trouble:
        return _explain(trouble)
    except OSError as error:
        known = from_os_error(error)
        if known is None:
            raise
        return _explain(known)
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def _steps(dev: bool, bench: bool) -> list[Step]:
    return [RUN, TORCH, *([DEV] if dev else []), *([BENCH] if bench else [])]


def _explain(trouble: Trouble) -> int:
    print(f"\n{trouble}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m launcher.install", description="Make .venv with the pinned packages."
    )
    parser.add_argument("--dev", action="store_true", help="with the packages for tests and checks")
    parser.add_argument("--bench", action="store_true", help="with the packages for measuring")
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address that will be served; checked before anything long"
    )
    parser.add_argument(
        "--port", default="8000", help="the port that will be served; checked before anything long"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
