"""What the trial of the composed stack says where it cannot begin."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tried(path: Path) -> subprocess.CompletedProcess[str]:
    """The trial where programs are looked for in `path` alone."""
    trial = [sys.executable, "-m", "deploy.trial"]
    return subprocess.run(trial, cwd=ROOT, env={"PATH": str(path)}, capture_output=True, text=True)


def test_without_docker_it_says_so_and_starts_nothing(tmp_path: Path):
    done = tried(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("\nDocker is not installed here.")


def test_with_an_engine_that_does_not_answer_it_says_what_to_look_at(tmp_path: Path):
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$1" != info ]\n')
    docker.chmod(0o755)
    done = tried(tmp_path)
    assert done.returncode == 1
    assert "The Docker engine does not answer." in done.stderr
