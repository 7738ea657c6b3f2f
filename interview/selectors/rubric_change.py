"""Changed rubrics: which answers are marked by an older one, who would move, and what stands against it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256

from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from interview.models import (
    Comment,
    Interview,
    Item,
    Mark,
    Override,
    Question,
    Release,
    Review,
    Submission,
    User,
)
from interview.models.interview import CloseReason, Mode
from interview.models.review import ReviewState
from interview.models.rubric_change import RubricChangeKind
from interview.models.submission import RUNS
from interview.rubric_diff import Comparison, compare
from interview.selectors import second_look as second_looks
from interview.selectors.assignment import BOTH
from interview.selectors.report import ItemReport, item_report

_MARKED_BY = Coalesce("rubric_release", "release")  # as Item.marking_release has it


class AnswerState(models.TextChoices):
    """Where the review of an answer stands, as the page of a changed rubric tells it; derived, never stored."""

    AWAITING = "awaiting", "Awaiting review"
    UNDER_REVIEW = "under_review", "Under review"
    HANDED_OVER = "handed_over", "Marked by one of two"
    TO_SETTLE = "to_settle", "To settle"
    SCHEDULED = "scheduled", "Scheduled"
    RELEASED = "released", "Released"


@dataclass(frozen=True)
class Older:
    """An earlier release with another rubric than the newest has."""

    release: Release
    comparison: Comparison


@dataclass(frozen=True)
class Rubrics:
    """A question's newest release, and the earlier ones whose rubric is another, by their id, newest first."""

    question: Question
    newest: Release | None
    older: dict[int, Older]


@dataclass(frozen=True)
class Marking:
    """What one review says of an answer, read by the rubric that marks it `now` and by the new one."""

    now: ItemReport
    then: ItemReport


@dataclass(frozen=True)
class Answer:
    """One answer that is marked by an older rubric. `then` of its markings takes marks by their id, reworded or not."""

    item: Item
    older: Older
    newest: Release
    state: AnswerState
    markings: list[Marking]

    @property
    def comparison(self) -> Comparison:
        return self.older.comparison

    @property
    def is_released(self) -> bool:
        return self.state == AnswerState.RELEASED

    @property
    def is_hidden(self) -> bool:
        """Whether its points are nobody's to see yet: of two reviewers one would be swayed by the other's."""
        return self.item.interview.marked_twice and self.state in {
            AnswerState.UNDER_REVIEW,
            AnswerState.HANDED_OVER,
        }

    @property
    def unmarked(self) -> set[str]:
        """Entries of the new rubric that no mark answers, whatever rewording keeps its meaning."""
        if not self.markings:
            return {entry["id"] for entry in self.newest.rubric_entries()}
        return {entry.id for one in self.markings for entry in one.then.entries if entry.met is None}

    @property
    def reworded(self) -> set[str]:
        """What is answered only if its rewording keeps the meaning."""
        return self.comparison.reworded - self.unmarked

    def lacking(self, kept: Collection[str] = ()) -> set[str]:
        return self.unmarked | (self.reworded - set(kept))

    @property
    def before(self) -> float | None:
        """Its points now; None where nobody marked it, or two did and nobody settled."""
        return _points(one.now for one in self.markings)

    @property
    def after(self) -> float | None:
        """What they become by the new rubric, from the marks that there are; None where some are missing."""
        return _points(one.then for one in self.markings)

    def refusal(self, kind: RubricChangeKind, kept: Collection[str] = ()) -> str:
        """Why this cannot be done with it, for the person who asked; empty where it can."""
        lacking = len(self.lacking(kept))
        if kind == RubricChangeKind.RECOMPUTED and lacking:
            many = "1 criterion has" if lacking == 1 else f"{lacking} criteria have"
            return f"{many} no mark that holds: send it back for review instead."
        if kind == RubricChangeKind.SENT_BACK and not lacking:
            return "Every criterion has a mark already: recompute it instead."
        if kind == RubricChangeKind.SENT_BACK and self.is_released and second_looks.of(self.item):
            return "It had a second look, or waits for one, and an answer has one only."
        return ""

    @property
    def seen(self) -> str:
        """What its numbers rest on, in short: another one means that something changed meanwhile."""
        look = second_looks.of(self.item)
        facts = [self.newest.pk, self.item.rubric_release_id, self.state, look.pk if look else None]
        told = repr([*facts, [_facts(review, self.item) for review in self.item.interview.reviews.all()]])
        return sha256(told.encode()).hexdigest()[:16]


def _points(read: Iterable[ItemReport]) -> float | None:
    found = list(read)
    return found[0].points if len(found) == 1 and found[0].is_marked else None


def _facts(review: Review, item: Item) -> list[object]:
    marks = [mark for mark in review.marks.all() if mark.item_id == item.pk]
    overrides = [one.points for one in review.overrides.all() if one.item_id == item.pk]
    said = sorted((mark.criterion, mark.met, mark.entry or 0, mark.rubric_release_id or 0) for mark in marks)
    return [review.pk, str(review.state), said, overrides]


def by_rubric(marked: ItemReport, review: Review | None, newer: Release) -> ItemReport:
    """An answer as the marks of `review` have it by a newer rubric; what that asks in other words is not marked."""
    return item_report(marked.item, review, newer, _compared(marked.rubric, newer).anew())


def rubrics_of(question: Question) -> Rubrics:
    """One query, whatever hangs on the releases."""
    releases = list(question.releases.defer("files").order_by("-number"))
    if not releases:
        return Rubrics(question, None, {})
    newest, *earlier = releases
    compared = (Older(release, _compared(release, newest)) for release in earlier)
    return Rubrics(question, newest, {one.release.pk: one for one in compared if one.comparison.differs})


def _compared(old: Release, new: Release) -> Comparison:
    return compare(old.rubric_entries(), new.rubric_entries(), old.order, new.order)


def marked_by_older(rubrics: Rubrics, user: User) -> QuerySet[Item]:
    """Answers that count and are marked by another rubric than the newest release has, the oldest first.

    Never this person's own, nor those of whom they are recused from. Left out are those that somebody looked at again
    by the new rubric, or is asked to, and those whose points a second look gave: they stay, whatever a rubric says.
    """
    answered = Submission.objects.filter(item=OuterRef("pk"), withdrawn_at=None).exclude(kind__in=RUNS)
    looked = Q(second_look__rubric_release=None) | Q(second_look__rubric_release__in=rubrics.older)
    return (
        Item.objects.filter(
            Exists(answered),
            looked,
            release__question=rubrics.question,
            interview__mode=Mode.STRICT,
            interview__finalised_at__isnull=False,
            second_look__points=None,
        )
        .exclude(interview__close_reason=CloseReason.CANCELLED)
        .exclude(interview__candidate=user)
        .exclude(interview__candidate__recusals__reviewer=user)
        .alias(marked_by=_MARKED_BY)
        .filter(marked_by__in=rubrics.older)
        .order_by("interview__closed_at", "pk")
    )


def kept_by_second_looks(rubrics: Rubrics) -> int:
    """How many answers would be listed, had a second look not given their points."""
    looked = Item.objects.filter(release__question=rubrics.question, second_look__points__isnull=False)
    return looked.alias(marked_by=_MARKED_BY).filter(marked_by__in=rubrics.older).count()


def counted(items: QuerySet[Item]) -> dict[int, int]:
    """How many of them each release marks, by its id."""
    marking = items.order_by().annotate(marked_by=_MARKED_BY).values_list("marked_by")
    return dict(marking.annotate(Count("pk")))


def count(question: Question, user: User) -> int:
    """How many answers the page of the changed rubric lists for this person. Two queries."""
    rubrics = rubrics_of(question)
    return marked_by_older(rubrics, user).count() if rubrics.older else 0


def answers(items: QuerySet[Item], rubrics: Rubrics) -> list[Answer]:
    """These items with everything that their points rest on, in as many queries for one as for many."""
    if rubrics.newest is None:
        return []
    submissions = Submission.objects.select_related("current_grading").order_by("created_at")
    loaded = (
        items.select_related("release", "rubric_release", "second_look", "draft")
        .defer("release__files", "rubric_release__files")
        .prefetch_related(
            Prefetch("interview", Interview.objects.select_related("candidate")),
            Prefetch("interview__reviews", _reviews(rubrics.question)),
            Prefetch("submissions", submissions),
            "rubric_changes",
        )
    )
    return [_answer(item, rubrics.older[item.marking_release.pk], rubrics.newest) for item in loaded]


def _reviews(question: Question) -> QuerySet[Review]:
    """With what they say of this question alone."""
    mine = {"item__release__question": question}
    return Review.objects.select_related("reviewer").prefetch_related(
        Prefetch("marks", Mark.objects.filter(**mine)),
        Prefetch("comments", Comment.objects.filter(**mine)),
        Prefetch("overrides", Override.objects.filter(**mine)),
    )


def _answer(item: Item, older: Older, newest: Release) -> Answer:
    needing = older.comparison.needing_marks
    markings = [
        Marking(item_report(item, review), item_report(item, review, newest, needing))
        for review in _speaking(item)
    ]
    return Answer(item, older, newest, _state(item.interview), markings)


def _speaking(item: Item) -> list[Review]:
    """The reviews whose marks the answer's points rest on: what was released, else what settles, else all."""
    reviews = list(item.interview.reviews.all())
    if released := [review for review in reviews if review.state == ReviewState.RELEASED]:
        return released
    marking = [review for review in reviews if any(mark.item_id == item.pk for mark in review.marks.all())]
    return [review for review in marking if review.settles] or marking


def _state(interview: Interview) -> AnswerState:
    if interview.released_at:
        return AnswerState.RELEASED
    states = [review.state for review in interview.reviews.all()]
    if ReviewState.SCHEDULED in states:
        return AnswerState.SCHEDULED
    if handed_over := states.count(ReviewState.HANDED_OVER):
        return AnswerState.TO_SETTLE if handed_over == BOTH else AnswerState.HANDED_OVER
    return AnswerState.UNDER_REVIEW if states else AnswerState.AWAITING
