"""Where groups can be made, read from what the kernel says of mounts and of this process."""

import os
import subprocess
from pathlib import Path

import pytest

from grader.sandbox import cgroups

CONTROLLERS = ("memory", "pids", "cpuacct")


def mounts_of(root: str, places: Path) -> str:
    """Lines of mountinfo for a folder for each controller, each showing the part `root` of its tree."""
    lines = []
    for number, controller in enumerate(CONTROLLERS):
        place = places / controller
        place.mkdir(parents=True, exist_ok=True)
        lines.append(f"{number} 1 0:{number} {root} {place} rw,nosuid - cgroup cgroup rw,{controller}\n")
    return "".join(lines)


def own(path: str) -> str:
    return "".join(f"{number}:{name}:{path}\n" for number, name in enumerate(CONTROLLERS))


def test_on_a_host_groups_are_made_below_ones_own(tmp_path: Path):
    mounts = mounts_of("/", tmp_path)
    for controller in CONTROLLERS:
        (tmp_path / controller / "mine").mkdir()
    found = cgroups.find(mounts, own("/mine"))
    assert found == cgroups.Hierarchies(1, {name: tmp_path / name / "mine" for name in CONTROLLERS})


def test_in_a_container_the_part_that_is_shown_is_ones_own(tmp_path: Path):
    found = cgroups.find(mounts_of("/docker/abc", tmp_path), own("/docker/abc"))
    assert found == cgroups.Hierarchies(1, {name: tmp_path / name for name in CONTROLLERS})


def test_a_part_that_was_handed_over_serves_where_ones_own_cannot_be_written(tmp_path: Path):
    shut = mounts_of("/docker/abc", tmp_path / "own").replace(str(tmp_path), "/proc")
    handed_over = mounts_of("/forward-pass/worker", tmp_path / "handed")
    found = cgroups.find(shut + handed_over, own("/docker/abc"))
    assert found == cgroups.Hierarchies(1, {name: tmp_path / "handed" / name for name in CONTROLLERS})


def test_without_one_of_the_controllers_no_group_is_made(tmp_path: Path):
    first, *others = mounts_of("/", tmp_path).splitlines(keepends=True)
    assert first
    assert cgroups.find("".join(others), own("/")) is None


@pytest.fixture
def nobodys_number() -> int:
    """The number of a process that has ended."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    return ended.pid


def test_what_an_earlier_worker_left_is_removed_even_where_it_had_our_number(
    tmp_path: Path, nobodys_number: int
):
    for owner in (os.getpid(), nobodys_number, 1):
        (tmp_path / f"{cgroups.PREFIX}-{owner}-3").mkdir()
    cgroups.sweep(cgroups.Hierarchies(1, {"memory": tmp_path}))
    assert [group.name for group in tmp_path.iterdir()] == [f"{cgroups.PREFIX}-1-3"]
