"""Groups of tests: how the points of each add up, and what has to pass before its tests are run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.outline import TestOutline
    from grader.results import TestResult


@dataclass(frozen=True)
class Group:
    """What question.yaml says of the tests that carry this `id` as their group.

    `score` is how their points add up: `sum`; `all`, the sum if every one of them is Accepted and nothing otherwise;
    `min`, the group's points times the smallest share that one of them earned. `needs` names groups and tests.
    """

    id: str
    title: str = ""
    score: str = "sum"
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people read."""
        return self.title or self.id

    @property
    def rule(self) -> str:
        """How its points add up, where that has to be said."""
        return {"all": "all or nothing", "min": "worth what its weakest test is"}.get(self.score, "")

    def points(self, tests: Sequence[TestResult]) -> float:
        """What its tests come to."""
        total = round(sum(test.points for test in tests), 6)
        if self.score == "all":
            return total if all(test.passed for test in tests) else 0.0
        if self.score == "min":
            return round(sum(test.max_points for test in tests) * min(map(_share, tests)), 6)
        return total

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Group:
        """Read an entry of `groups`, or the inverse of `dataclasses.asdict`."""
        return cls(**{**document, "needs": tuple(document.get("needs", ()))})


def _share(test: TestResult) -> float:
    return test.points / test.max_points if test.max_points else float(test.passed)


@dataclass(frozen=True)
class Subtotal:
    """What the tests of one group come to; a group without a name holds those that have none."""

    group: Group
    points: float
    max_points: float
    tests: tuple[TestResult, ...]


def subtotals(groups: Iterable[Group], tests: Iterable[TestResult]) -> tuple[Subtotal, ...]:
    """By group, in the order of their first tests. A group that nobody declared is a sum."""
    known = {group.id: group for group in groups}
    sorted_tests: dict[str, list[TestResult]] = {}
    for test in tests:
        sorted_tests.setdefault(test.group, []).append(test)
    return tuple(
        _subtotal(known.get(name, Group(name)), tuple(members)) for name, members in sorted_tests.items()
    )


def _subtotal(group: Group, tests: tuple[TestResult, ...]) -> Subtotal:
    return Subtotal(group, group.points(tests), sum(test.max_points for test in tests), tests)


def unmet(groups: Iterable[Group], test: TestOutline, done: Collection[TestResult]) -> str:
    """Why this test is not to be run after those that are `done`, or nothing.

    A need none of whose tests was asked for (Run leaves hidden ones out) holds nobody up.
    """
    by_id = {group.id: group for group in groups}
    own = by_id.get(test.group)
    for need in own.needs if own else ():
        members = [other for other in done if (other.group if need in by_id else other.name) == need]
        if not all(other.passed for other in members):
            name = f"group “{by_id[need].name}”" if need in by_id else f"test “{need}”"
            return f"Not run, because the {name} did not pass."
    return ""
