"""What Docker's health checks ask, and what stops a start."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy import healthy

ROOT = Path(__file__).resolve().parents[2]
REQUIRED = {"SECRET_KEY": "x", "ALLOWED_HOSTS": "x", "DATABASE_URL": "postgresql://", "REDIS_URL": "redis://"}


@pytest.fixture
def heartbeat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "heartbeat"
    monkeypatch.setenv("HEARTBEAT_FILE", str(path))
    return path


def asked(question: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "deploy/healthy.py", question], cwd=ROOT, capture_output=True, text=True
    )


def test_a_process_that_beat_just_now_is_well(heartbeat: Path):
    heartbeat.touch()
    assert asked("heart").returncode == 0


def test_a_process_that_fell_silent_is_not_well(heartbeat: Path):
    heartbeat.touch()
    silent_since = time.time() - healthy.OLDEST_SIGN - 1
    os.utime(heartbeat, (silent_since, silent_since))
    assert asked("heart").returncode == 1
    assert asked("grader").returncode == 1


def test_a_process_that_never_beat_is_not_well_and_says_why(heartbeat: Path):
    done = asked("heart")
    assert done.returncode == 1
    assert str(heartbeat) in done.stderr


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_missing_setting_stops_the_start_with_its_name(missing: str):
    environment = {name: value for name, value in (os.environ | REQUIRED).items() if name != missing}
    start = [sys.executable, "manage.py", "check"]
    done = subprocess.run(
        start, cwd=ROOT, env=environment | {"EMBEDDED": "0"}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert f"{missing} is not set." in done.stderr
