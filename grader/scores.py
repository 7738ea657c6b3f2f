"""Do the points of a question add up? Its rubric and its key, looked at as they will be used."""

from __future__ import annotations

from collections.abc import Iterator

from grader.choice import Part, score
from grader.errors import Problem
from grader.estimate import Estimate
from grader.question import GRADED_KINDS, KEYS, Question
from grader.results import Verdict
from grader.rubric import Criterion, RedFlag, Rubric
from grader.units import Unreadable

#: Points are given in steps of this size.
STEP = 0.5


def score_problems(question: Question) -> Iterator[Problem]:
    """What is wrong with the points of a question."""
    if question.rubric is not None:
        yield from _rubric(question.rubric)
    elif question.kind not in (*GRADED_KINDS, *KEYS):
        hint = "say what a good answer has, and what each point of it is worth"
        yield Problem(
            "rubric.yaml", 0, f"is missing, and nothing else scores a {question.kind} question", hint
        )
    if question.is_graded and question.max_points <= 0:
        yield Problem("grading/tests.py", 0, "the tests give no points", "give at least one test points=1")
    if question.choice is not None:
        yield from _choice(question.choice)
    if question.estimate is not None:
        yield from _estimate(question.estimate)


def _rubric(rubric: Rubric) -> Iterator[Problem]:
    """Full points can be had, what is essential gives some, and no flag takes more than there is."""
    if not any(criterion.tier == "essential" for criterion in rubric.criteria):
        yield Problem("rubric.yaml", 0, "has no essential criterion", "say what every good answer must have")
    entries: list[Criterion | RedFlag] = [*rubric.criteria, *rubric.red_flags]
    for entry in entries:
        if entry.points % STEP:
            message = f"'{entry.id}' is worth {entry.points:g} points"
            yield Problem(
                "rubric.yaml", 0, message, f"points go in steps of {STEP:g}, so that sums stay readable"
            )
    for flag in rubric.red_flags:
        if -flag.points > rubric.max_points:
            message = f"red flag '{flag.id}' takes {-flag.points:g} of {rubric.max_points:g} points"
            yield Problem("rubric.yaml", 0, message, "it cannot take more than the criteria give")


def _choice(parts: tuple[Part, ...]) -> Iterator[Problem]:
    """The key is worth everything, nothing is worth nothing, and ticking every option does not pay."""
    results = zip(parts, score(parts, {part.id: part.key for part in parts}).tests, strict=True)
    for part, result in results:
        if result.verdict is not Verdict.ACCEPTED:
            yield Problem("answer.yaml", 0, f"part '{part.id}': its own key is not worth all points")
        if part.form == "multiple" and len(part.key) == len(part.options):
            hint = "add options that are wrong"
            yield Problem("answer.yaml", 0, f"part '{part.id}': every option is right", hint)


def _estimate(estimate: Estimate) -> Iterator[Problem]:
    """Who answers what the solution says, as it says it, gets all points, whichever variant was drawn."""
    for variant in estimate.variants:
        try:
            said = estimate.read(variant.answer_shown)
        except Unreadable as reason:
            yield Problem(
                "answer.yaml", 0, f"its own answer {variant.answer_shown} cannot be read", str(reason)
            )
            continue
        factor = max(said / variant.answer, variant.answer / said)
        if estimate.fraction(factor) < 1:
            hint = "allow a larger factor 'full'"
            yield Problem(
                "answer.yaml", 0, f"its own answer {variant.answer_shown} is not worth all points", hint
            )
