"""What a debug lab asks for besides points: the fault located, mended, and nothing else changed.

`lab` of question.yaml says where in the starter the fault lies and which groups of tests speak of it. What was handed
in is held beside the starter as text (see `grader.region`): nothing is run or parsed for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.results import TestResult

NOT_TRIED, NOT_TOLD, YES, SO_FAR, NO = "not tried", "not told", "yes", "so far", "no"


@dataclass(frozen=True)
class Lab:
    """What question.yaml says: names of the starter that hold the fault, and the groups of either goal."""

    fault: tuple[str, ...]
    fixed: tuple[str, ...]
    unharmed: tuple[str, ...]

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Lab:
        """Read the entry `lab`."""
        return cls(*(tuple(document[name]) for name in ("fault", "fixed", "unharmed")))


@dataclass(frozen=True)
class Goal:
    """Groups of tests that speak of one goal, and how many tests they have, asked for or not."""

    groups: tuple[str, ...]
    tests: int

    def step(self, name: str, tests: Iterable[TestResult]) -> Step:
        """How far these results take it. A few of the tests, all of them passed, are a yes so far."""
        tried = [test for test in tests if test.group in self.groups and test.verdict != "SK"]
        failed = next((test.name for test in tried if not test.passed), "")
        passed = sum(test.passed for test in tried)
        if failed:
            state = NO
        elif not tried:
            state = NOT_TRIED
        else:
            state = YES if len(tried) == self.tests else SO_FAR
        return Step(name, state, passed, self.tests, failed)


@dataclass(frozen=True)
class Step:
    """One of the three: how it stands, by how many of its tests, and the first test that did not pass."""

    name: str
    state: str
    passed: int = 0
    tests: int = 0
    failed: str = ""


@dataclass(frozen=True)
class Track:
    """What a grading of a lab can say of it. `located` is None where it is not told.

    `changed` are the starter's functions, methods and constants that are not as they were, in their order.
    """

    located: bool | None
    changed: tuple[str, ...]
    fixed: Goal
    unharmed: Goal

    def steps(self, tests: Iterable[TestResult]) -> tuple[Step, ...]:
        """Located, fixed, nothing else harmed. What is fixed was located, wherever its cure stands."""
        tests = tuple(tests)
        fixed, unharmed = self.fixed.step("Fixed", tests), self.unharmed.step("No collateral damage", tests)
        state = {True: YES, False: NO, None: NOT_TOLD}[self.located]
        return Step("Located", YES if fixed.state == YES else state), fixed, unharmed

    def for_candidate(self) -> Track:
        """Without the place: whoever may hand in again and again would find it by changing one function at a time."""
        return replace(self, located=None)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Track:
        """The inverse of `dataclasses.asdict`, after JSON as well."""
        fixed, unharmed = (
            Goal(tuple(document[name]["groups"]), document[name]["tests"]) for name in ("fixed", "unharmed")
        )
        return cls(document["located"], tuple(document["changed"]), fixed, unharmed)
