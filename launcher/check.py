"""Runs every check of the source in turn and says how long each took: `make check`."""

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from launcher.paths import CHECKOUT


class Step(NamedTuple):
    name: str
    command: tuple[str, ...]


def steps() -> tuple[Step, ...]:
    python = sys.executable
    return (
        Step("formatting", (python, "-m", "ruff", "format", "--check", ".")),
        Step("lint", (python, "-m", "ruff", "check", ".")),
        Step("imports between rooms", (_script("lint-imports"),)),
        Step("types", (python, "-m", "mypy", "interview", "grader", "launcher", "deploy")),
        Step("formatting of templates", (python, "-m", "djlint", "templates", "--check")),
        Step("lint of templates", (python, "-m", "djlint", "templates", "--lint", "--quiet")),
        Step("migrations", (python, "manage.py", "makemigrations", "--check", "--dry-run")),
        Step("system check", (python, "manage.py", "check", "--fail-level", "WARNING")),
    )


def _script(name: str) -> str:
    return sys.executable.rpartition("/")[0] + "/" + name


def run_steps(todo: Sequence[Step]) -> int:
    """Run all of them, show what the failing ones say, and return the exit status for the whole."""
    failed = [step.name for step in todo if not _passes(step)]
    if failed:
        print(f"\nFailed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def _passes(step: Step) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        step.command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    passed = done.returncode == 0
    print(f"{'ok    ' if passed else 'FAILED'} {time.monotonic() - began:6.1f} s  {step.name}", flush=True)
    if not passed:
        print(done.stdout, flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(run_steps(steps()))
