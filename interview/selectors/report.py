"""A report is not a table: it is what these functions read from gradings and marks."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeVar

from django.utils.text import get_text_list

from interview.models import (
    Area,
    Comment,
    Grading,
    Interview,
    Item,
    Mark,
    Override,
    Release,
    Review,
    RubricChange,
    SecondLook,
    Submission,
)
from interview.models.grading import NO_RESULT, GradingState
from interview.models.review import ReviewState
from interview.selectors import item as items
from interview.selectors import second_look as second_looks
from interview.selectors.choice import MarkedPart, marked_parts
from interview.selectors.estimate import Marked, marked
from interview.selectors.expectation import Expectation, Standing, expectation, standing

Said = TypeVar("Said", Mark, Comment, Override)


@dataclass(frozen=True)
class Entry:
    """A criterion or red flag of a rubric, and whether it was met (None: not marked yet).

    Where it was marked in other words, `was` is what that said: something to begin with, which counts for nothing.
    """

    id: str
    tier: str
    points: float
    describe: str
    explain: str
    reviewer_note: str
    met: bool | None
    reason: str
    step: int | None  # its place in the reference order, where the order of entries is scored
    entry: int | None  # the number of the candidate's entry that covers it
    terms: list[str]  # what `selectors.coverage` looks for; for reviewers alone
    was: bool | None = None

    @property
    def is_red_flag(self) -> bool:
        return self.tier == "red flag"


@dataclass(frozen=True)
class Order:
    """What the order of a candidate's entries earned. `covering` has an entry's number, or None, for each step."""

    covering: list[int | None]
    points: float
    max_points: float
    explain: str

    @property
    def pairs(self) -> int:
        return len(self.covering) * (len(self.covering) - 1) // 2

    @property
    def right(self) -> int:
        """How many pairs of steps stand in the reference order."""
        return round(self.pairs * self.points / self.max_points)


@dataclass(frozen=True)
class ItemReport:
    """Everything that is known of one answered question; `rubric` is the release by whose rubric it is marked."""

    item: Item
    rubric: Release
    submission: Submission | None
    grading: Grading | None
    answer: dict[str, Any]
    unsubmitted: dict[str, Any] | None
    entries: list[Entry]
    comment: str
    remarks: list[Comment]
    override: Override | None

    @property
    def judged(self) -> float:
        """What the judge gave, whatever a reviewer put in its place."""
        return self.grading.points if self.grading else 0.0

    @property
    def automatic(self) -> float:
        """What counts of the automatic part."""
        return self.override.points if self.override else self.judged

    @property
    def is_judged(self) -> bool:
        """Whether what a machine judges of it came to a result, or there is no such part. Our failure is no result."""
        if self.grading is None:
            return True
        return self.grading.state == GradingState.DONE and self.grading.verdict not in NO_RESULT

    @property
    def is_marked(self) -> bool:
        """Whether a person has marked it, or it needs no person."""
        return all(entry.met is not None for entry in self.entries)

    @property
    def is_settled(self) -> bool:
        """Whether its points say how good it is: it is marked, and what a machine judges of it came to a result.

        Where our judge failed, a reviewer may have put that right.
        """
        corrected = self.look is not None and self.look.points is not None
        return corrected or (self.is_marked and (self.is_judged or self.override is not None))

    @property
    def reviewed(self) -> float:
        """Points of the rubric and of the order, never below zero whatever the red flags take."""
        order = self.order.points if self.order else 0.0
        return max(0.0, order + sum(entry.points for entry in self.entries if entry.met))

    @property
    def order(self) -> Order | None:
        """What the order of the entries is worth, where it is scored."""
        if self.rubric.order is None:
            return None
        covering = [entry.entry if entry.met else None for entry in self._steps]
        return Order(
            covering=covering,
            points=self.rubric.order_points(covering),
            max_points=self.rubric.order["points"],
            explain=self.rubric.order["explain"],
        )

    @property
    def _steps(self) -> list[Entry]:
        """What has a place in the reference order, in that order."""
        return sorted((entry for entry in self.entries if entry.step), key=lambda entry: entry.step or 0)

    @property
    def parts(self) -> list[MarkedPart]:
        """The parts of a choice question beside their key; empty for other kinds."""
        return marked_parts(self.item.release, self.answer, self.grading)

    @property
    def estimate(self) -> Marked | None:
        """An estimate beside its value; None for other kinds."""
        return marked(self.item, self.answer, self.grading)

    @property
    def marked(self) -> float:
        """The points of the first marking."""
        return self.automatic + self.reviewed

    @property
    def look(self) -> SecondLook | None:
        return second_looks.of(self.item)

    @property
    def points(self) -> float:
        """What counts: the first marking, unless a second look gave other points."""
        corrected = self.look.points if self.look else None
        return self.marked if corrected is None else corrected

    @property
    def max_points(self) -> float:
        """The most that can count; points of a second look are of what its own rubric gives."""
        if self.look and self.look.points is not None:
            return self.look.max_points
        return self.max_marked

    @property
    def max_marked(self) -> float:
        """The most that the first marking can give."""
        return self.item.release.automatic_points + self.rubric.rubric_points

    @property
    def told_changes(self) -> list[RubricChange]:
        """Changes of its rubric that its candidate has to be told of: those after the release."""
        released = self.item.interview.released_at
        changes = self.item.rubric_changes.all() if self.item.rubric_release_id else []
        return [change for change in changes if released and change.changed_at >= released]

    @property
    def fraction(self) -> float:
        return self.points / self.max_points if self.max_points else 0.0


@dataclass(frozen=True)
class AreaScore:
    """The mean of an area's items, weighted by their minutes; `fraction` is in 0..1.

    `expected` is the same mean of what the level of the interview expects, None where it has none.
    """

    area: Area
    fraction: float
    points: float
    max_points: float
    expected: float | None = None
    is_settled: bool = True  # all its items are

    @property
    def percent(self) -> int:
        return round(100 * self.fraction)

    @property
    def expected_percent(self) -> int | None:
        return None if self.expected is None else round(100 * self.expected)

    @property
    def standing(self) -> Standing | None:
        """To what is expected; None where nothing is, and as long as points are missing."""
        if self.expected_percent is None or not self.is_settled:
            return None
        return standing(self.percent, self.expected_percent)


@dataclass(frozen=True)
class Report:
    interview: Interview
    items: list[ItemReport]
    areas: list[AreaScore]
    review: Review | None

    @property
    def expectation(self) -> Expectation | None:
        """What its level expects; None where it has none."""
        return expectation(self.interview.plan)

    @property
    def finding(self) -> str:
        """In which areas it stands below, at and above what its level expects, in a sentence; empty without any."""
        told = [self._where(standing) for standing in (Standing.BELOW, Standing.AT, Standing.ABOVE)]
        sentence = "; ".join(filter(None, told))
        return f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""

    def _where(self, standing: Standing) -> str:
        names = [score.area.title for score in self.areas if score.standing == standing]
        expected = {Standing.AT: f"as {self.expectation} expects"}
        words = expected.get(standing, f"{standing} what {self.expectation} expects")
        return f"{words} in {get_text_list(names, 'and')}" if names else ""

    @property
    def automatic(self) -> float:
        return sum(entry.automatic for entry in self.items)

    @property
    def max_automatic(self) -> float:
        return sum(entry.item.release.automatic_points for entry in self.items)

    @property
    def reviewed(self) -> float:
        return sum(entry.reviewed for entry in self.items)

    @property
    def max_reviewed(self) -> float:
        return sum(entry.rubric.rubric_points for entry in self.items)

    @property
    def points(self) -> float:
        return sum(entry.points for entry in self.items)

    @property
    def max_points(self) -> float:
        return sum(entry.max_points for entry in self.items)


def released_review(interview: Interview) -> Review | None:
    return next((review for review in interview.reviews.all() if review.state == ReviewState.RELEASED), None)


def own_review(interview: Interview) -> Review | None:
    """How the candidate of a practice marked themselves."""
    if not interview.is_practice:
        return None
    return next((own for own in interview.reviews.all() if own.reviewer_id == interview.candidate_id), None)


def report(interview: Interview, review: Review | None = None) -> Report:
    """What `review` (by default the released one, in practice one's own) and the judge make of the interview.

    Expects `selectors.interview.with_items`; otherwise the same result in more queries.
    """
    review = review or released_review(interview) or own_review(interview)
    entries = [item_report(item, review) for item in interview.items.all()]
    areas = list(area_scores(entries, expectation(interview.plan)))
    return Report(interview=interview, items=entries, areas=areas, review=review)


def item_report(
    item: Item, review: Review | None, rubric: Release | None = None, anew: Collection[str] = ()
) -> ItemReport:
    """What `review` and the judge make of one answer; `rubric` and `anew` are for what it would be by another rubric.

    `anew` are the criteria of `rubric` that no mark made so far says anything about.
    """
    submission = items.counting_submission(item)
    comments = _of(item, review.comments.all()) if review else []
    marks = _of(item, review.marks.all()) if review else []
    by = rubric or item.marking_release
    return ItemReport(
        item=item,
        rubric=by,
        submission=submission,
        grading=submission.current_grading if submission else None,
        answer=items.counted_answer(item),
        unsubmitted=items.unsubmitted_work(item),
        entries=_entries(by, marks, outdated(item, marks) | set(anew)),
        comment=next((comment.body for comment in comments if comment.line is None), ""),
        remarks=[comment for comment in comments if comment.line is not None],
        override=next(iter(_of(item, review.overrides.all())), None) if review else None,
    )


def _of(item: Item, said: Iterable[Said]) -> list[Said]:
    """What a review says of one item."""
    return [one for one in said if one.item_id == item.pk]


def outdated(item: Item, marks: Iterable[Mark]) -> set[str]:
    """Criteria whose marks were made for other words: the rubric of the item changed since, and asks for new ones."""
    if item.rubric_release_id is None:
        return set()
    changes = list(item.rubric_changes.all())
    return {mark.criterion for mark in marks if _is_outdated(mark, changes)}


def _is_outdated(mark: Mark, changes: Iterable[RubricChange]) -> bool:
    found = False
    for change in changes:
        found = found or mark.criterion in change.anew
        if change.to_release_id == mark.rubric_release_id:
            found = False  # it was made after this change, and knew of it
    return found


def _entries(rubric: Release, marks: Iterable[Mark], outdated: Collection[str]) -> list[Entry]:
    by_criterion = {mark.criterion: mark for mark in marks}
    return [
        _entry(entry, by_criterion.get(entry["id"]), entry["id"] in outdated)
        for entry in rubric.rubric_entries()
    ]


def _entry(entry: Mapping[str, Any], mark: Mark | None, is_outdated: bool) -> Entry:
    holds = mark is not None and not is_outdated
    return Entry(
        id=entry["id"],
        tier=entry["tier"],
        points=entry["points"],
        describe=entry["describe"],
        explain=entry.get("explain", ""),
        reviewer_note=entry.get("reviewer_note", ""),
        met=mark.met if mark and holds else None,
        reason=mark.reason if mark else "",
        step=entry.get("step"),
        entry=mark.entry if mark else None,
        terms=entry.get("terms", []),
        was=mark.met if mark and not holds else None,
    )


def area_scores(entries: Iterable[ItemReport], expected: Expectation | None = None) -> Iterable[AreaScore]:
    """One score for each area that has items, in the order of the syllabus."""
    by_area = sorted(entries, key=lambda entry: entry.item.release.question.area.position)
    for area, group in groupby(by_area, key=attrgetter("item.release.question.area")):
        members = list(group)
        yield AreaScore(
            area=area,
            fraction=_mean(members, [member.fraction for member in members]),
            points=sum(member.points for member in members),
            max_points=sum(member.max_points for member in members),
            expected=_mean(
                members, [expected.fraction(member.item.release, member.rubric) for member in members]
            )
            if expected
            else None,
            is_settled=all(member.is_settled for member in members),
        )


def _mean(members: list[ItemReport], fractions: list[float]) -> float:
    """Of one fraction for each member, weighted by their minutes."""
    minutes = [member.item.release.minutes for member in members]
    weighted = (fraction * weight for fraction, weight in zip(fractions, minutes, strict=True))
    return sum(weighted) / sum(minutes)
