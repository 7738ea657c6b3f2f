"""Memory watched from outside: exact where the kernel tells, never less than a limit where it does not."""

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
