"""What differs between two rubrics, and which criteria an older mark says nothing about."""

from typing import Any

import pytest

from interview.rubric_diff import Comparison, compare


def criterion(name: str = "cache", **other: Any) -> dict[str, Any]:
    whole = {
        "id": name,
        "tier": "good",
        "points": 1,
        "describe": "Names the cache.",
        "explain": "It is kept.",
    }
    return whole | other


def between(old: list[dict[str, Any]], new: list[dict[str, Any]], **orders: Any) -> Comparison:
    return compare(old, new, orders.get("old_order"), orders.get("new_order"))


def test_the_same_in_other_lines_and_with_another_note_for_the_reviewer_is_the_same() -> None:
    old = criterion(describe="Names\nthe cache.", reviewer_note="One is enough.", step=None)
    assert between([old], [criterion()]).differs is False


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"describe": "Names both caches."}, ["reworded"]),
        ({"points": 2}, ["other points"]),
        ({"tier": "strong", "points": 2}, ["other points", "now strong"]),
        ({"explain": "It is needed."}, ["explained otherwise"]),
    ],
)
def test_what_changed_of_a_criterion_is_told(other: dict[str, Any], words: list[str]) -> None:
    [change] = between([criterion()], [criterion(**other)]).entries
    assert (change.words, change.needs_mark) == (words, False)


def test_what_is_new_needs_a_mark_and_what_is_gone_does_not() -> None:
    found = between([criterion("old"), criterion("both")], [criterion("both"), criterion("new")])
    assert [(change.id, change.words) for change in found.entries] == [
        ("new", ["added"]),
        ("old", ["removed"]),
    ]
    assert found.anew() == {"new"}


def test_a_rewording_needs_a_mark_unless_somebody_says_that_it_means_the_same() -> None:
    found = between([criterion()], [criterion(describe="Names both caches.")])
    assert (found.reworded, found.anew(), found.anew(["cache"])) == ({"cache"}, {"cache"}, set())


def test_a_merit_that_becomes_a_fault_needs_a_mark_whatever_anybody_says() -> None:
    flag = criterion(tier="red flag", points=-1, describe="Names no cache.")
    assert between([criterion()], [flag]).anew(["cache"]) == {"cache"}


def test_a_first_step_asks_which_entry_covers_it_and_another_place_does_not() -> None:
    first, second = criterion(step=1), criterion(step=2)
    assert between([criterion()], [first]).anew() == {"cache"}
    assert between([first], [second]).anew() == set()


def test_another_worth_of_the_order_alone_is_a_difference_that_needs_no_mark() -> None:
    steps = [criterion("a", step=1), criterion("b", step=2)]
    found = between(steps, steps, old_order={"points": 3}, new_order={"points": 4})
    assert (found.differs, found.entries, found.anew()) == (True, [], set())
