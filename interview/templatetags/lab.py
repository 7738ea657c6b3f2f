"""How far a debug lab is, in words for its candidate and its reviewers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template

from grader import lab as grades
from grader.lab import Step
from interview.models.grading import track_of

register = template.Library()

#: By the state of a step: the verdict whose colour it has, and its icon.
LOOKS = {
    grades.YES: ("AC", "AC"),
    grades.NO: ("WA", "WA"),
    grades.SO_FAR: ("live", "half"),
    grades.NOT_TRIED: ("", "wait"),
    grades.NOT_TOLD: ("", "wait"),
}
LOCATED = {
    grades.YES: "the place of the fault is changed",
    grades.NO: "the place of the fault is as it was",
    grades.NOT_TOLD: "told once it is fixed, or in the report",
}


@dataclass(frozen=True)
class ShownStep:
    """A step with its looks and what stands beside it."""

    name: str
    state: str
    tone: str
    icon: str
    words: str


@dataclass(frozen=True)
class ShownLab:
    steps: tuple[ShownStep, ...]
    changed: tuple[str, ...]


@register.filter
def lab(result: Mapping[str, Any]) -> ShownLab | None:
    """The three steps of a result's document; None of a question that is no lab."""
    found = track_of(result)
    if found is None:
        return None
    track, tests = found
    return ShownLab(tuple(map(_shown, track.steps(tests))), track.changed)


def _shown(step: Step) -> ShownStep:
    return ShownStep(step.name, step.state, *LOOKS[step.state], _words(step))


def _words(step: Step) -> str:
    if not step.tests:
        return LOCATED[step.state]
    if step.failed:
        return f"does not hold: {step.failed}"
    if not step.passed:
        return "no test of it was run yet"
    so_far = " so far; Submit tries the rest" if step.state == grades.SO_FAR else ""
    return f"{step.passed} of {step.tests} tests passed{so_far}"
