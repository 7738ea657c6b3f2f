"""Having answers marked by a newer rubric of their question: recomputed from their marks, or sent back for others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from interview.exceptions import NotAllowed, RubricRefused
from interview.models import Item, Question, Review, RubricChange, SecondLook, User
from interview.models.event import EventKind
from interview.models.review import ReviewState
from interview.models.rubric_change import RubricChangeKind
from interview.selectors import rubric_change as changes
from interview.selectors.rubric_change import Answer, Rubrics
from interview.services import event
from interview.services.lock import lock

EVENTS = {
    RubricChangeKind.RECOMPUTED: EventKind.RECOMPUTED,
    RubricChangeKind.SENT_BACK: EventKind.SENT_BACK,
}
MOVED_ON = "It changed after the numbers were shown, or is marked by that rubric already. Look at it again."


@dataclass(frozen=True)
class Wish:
    """What somebody who saw the numbers wants done.

    `newest` is the number of the release whose rubric they saw, `seen` what the numbers of each answer rested on, and
    `kept` has rewordings that keep the meaning: the number of the older release, and the criterion.
    """

    kind: RubricChangeKind
    newest: int
    seen: Mapping[UUID, str]
    reason: str
    kept: frozenset[tuple[int, str]] = frozenset()

    def kept_for(self, answer: Answer) -> set[str]:
        return {name for number, name in self.kept if number == answer.older.release.number}


@dataclass
class Outcome:
    """What became of each answer; `refused` has the reason beside it."""

    recomputed: list[Item] = field(default_factory=list)
    sent_back: list[Item] = field(default_factory=list)
    looked_again: list[Item] = field(default_factory=list)
    refused: list[tuple[Item, str]] = field(default_factory=list)


def apply(question: Question, user: User, wish: Wish, now: datetime | None = None) -> Outcome:
    """Do it with each answer by itself: one that cannot be done is left as it is, and the others go through.

    Raises NotAllowed, and RubricRefused without a reason or where a newer release was published meanwhile.
    """
    rubrics = changes.rubrics_of(question)
    _refuse(user, wish, rubrics)
    moment, outcome = now or timezone.now(), Outcome()
    for item in Item.objects.filter(pk__in=wish.seen, release__question=question).select_related("interview"):
        try:
            _done(outcome, _apply_to(item, rubrics, user, wish, moment))
        except RubricRefused as refusal:
            outcome.refused.append((item, str(refusal)))
    return outcome


def _refuse(user: User, wish: Wish, rubrics: Rubrics) -> None:
    if not user.curates:
        raise NotAllowed("Only curators and admins may have answers marked by another rubric.")
    if not wish.reason.strip():
        raise RubricRefused("Say why; candidates whose report is released read it.")
    if rubrics.newest is None or rubrics.newest.number != wish.newest:
        raise RubricRefused(
            "Nothing was changed: a newer release was published after this page was shown. Look at its rubric first."
        )


@transaction.atomic
def _apply_to(
    item: Item, rubrics: Rubrics, user: User, wish: Wish, now: datetime
) -> RubricChange | SecondLook:
    """Raises RubricRefused where it is not as it was seen, or cannot be done with it."""
    lock(item.interview)  # marks, hand-overs, releases and second looks take turns here
    found = changes.answers(changes.marked_by_older(rubrics, user).filter(pk=item.pk), rubrics)
    if why := refusal(found[0], wish) if found else MOVED_ON:
        raise RubricRefused(why)
    answer = found[0]
    if wish.kind == RubricChangeKind.SENT_BACK and answer.is_released:
        return _ask_again(answer, user, wish, now)
    if wish.kind == RubricChangeKind.SENT_BACK:
        _unschedule(answer)
    return _moved(answer, user, wish, now)


def refusal(answer: Answer, wish: Wish) -> str:
    """Why the wish cannot be granted for this answer as it is now; empty where it can."""
    if answer.seen != wish.seen[answer.item.pk]:
        return MOVED_ON
    return answer.refusal(wish.kind, wish.kept_for(answer))


def _ask_again(answer: Answer, user: User, wish: Wish, now: datetime) -> SecondLook:
    """What is released stays so, as it was marked; another reviewer looks by the new rubric."""
    event.note(answer.item.interview, EventKind.ASKED_AGAIN, actor=user, item=answer.item)
    return SecondLook.objects.create(
        item=answer.item,
        reason=wish.reason.strip(),
        asked_at=now,
        asked_by=user,
        rubric_release=answer.newest,
    )


def _unschedule(answer: Answer) -> None:
    """What lacks marks is not released by the clock."""
    scheduled = Review.objects.filter(interview=answer.item.interview, state=ReviewState.SCHEDULED)
    scheduled.update(state=ReviewState.DRAFT, release_at=None)


def _moved(answer: Answer, user: User, wish: Wish, now: datetime) -> RubricChange:
    recomputes = wish.kind == RubricChangeKind.RECOMPUTED
    Item.objects.filter(pk=answer.item.pk).update(rubric_release=answer.newest)
    event.note(answer.item.interview, EVENTS[wish.kind], actor=user, item=answer.item)
    return RubricChange.objects.create(
        item=answer.item,
        kind=wish.kind,
        from_release=answer.older.release,
        to_release=answer.newest,
        anew=[] if recomputes else sorted(answer.comparison.anew(wish.kept_for(answer))),
        points_before=answer.before,
        points_after=answer.after if recomputes else None,
        changed_by=user,
        changed_at=now,
        reason=wish.reason.strip(),
    )


def _done(outcome: Outcome, made: RubricChange | SecondLook) -> None:
    if isinstance(made, SecondLook):
        outcome.looked_again.append(made.item)
    elif made.kind == RubricChangeKind.RECOMPUTED:
        outcome.recomputed.append(made.item)
    else:
        outcome.sent_back.append(made.item)
