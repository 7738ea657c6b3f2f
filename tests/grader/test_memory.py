"""Memory watched from outside: exact where the kernel tells, never less than a limit where it does not."""

import subprocess
import sys

import pytest

from grader.sandbox import memory


def watched(monkeypatch: pytest.MonkeyPatch, proportional: int) -> memory.Watched:
    """A tree of three processes with 100 bytes each, of which the kernel tells `proportional` exactly."""
    monkeypatch.setattr(memory, "tree", lambda root: iter([1, 2, 3]))
    monkeypatch.setattr(memory, "anonymous", lambda pid: 0)
    tree = memory.Watched(1)
    monkeypatch.setattr(memory, "anonymous", lambda pid: 100)
    monkeypatch.setattr(memory, "_proportional", lambda pid: proportional)
    return tree


def test_below_the_limit_the_cheap_sum_is_enough(monkeypatch: pytest.MonkeyPatch):
    assert watched(monkeypatch, 40).sample(limit=300).memory == 300


def test_above_it_pages_that_processes_share_are_counted_once(monkeypatch: pytest.MonkeyPatch):
    assert watched(monkeypatch, 40).sample(limit=200).memory == 120


def test_processes_that_cannot_be_read_do_not_count_as_empty(monkeypatch: pytest.MonkeyPatch):
    assert watched(monkeypatch, 0).sample(limit=200).memory == 300


BUSY = """
import sys
print("ready", flush=True)
sys.stdin.readline()
held = bytearray(200 << 20)
for start in range(0, len(held), 4096):
    held[start] = 1
del held
print("done", flush=True)
sys.stdin.readline()
"""


def test_what_was_taken_and_given_back_between_two_looks_is_in_the_peak_and_its_time_is_counted():
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        watched = memory.Watched(process.pid)
        before = watched.sample(limit=1 << 40)
        process.stdin.write("go\n")
        process.stdin.flush()
        process.stdout.readline()
        after = watched.sample(limit=1 << 40)
        process.stdin.write("end\n")
    assert after.memory < 100 << 20
    # The kernel books pages by the dozen, so a few may be missing.
    assert watched.peak > 199 << 20
    # Finer than the hundredths of a second that the kernel's ticks count.
    assert 0 < after.cpu_seconds - before.cpu_seconds < 10
    assert round(after.cpu_seconds * 1e9) % 10_000_000 != 0
