"""Asking for a second look at the marks of an answer, and answering it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from interview.exceptions import InvalidMark, NotAllowed, NotReviewable
from interview.models import Item, SecondLook, User
from interview.models.event import EventKind
from interview.selectors import second_look as second_looks
from interview.services import event
from interview.services.lock import lock


@transaction.atomic
def ask(item: Item, candidate: User, reason: str, now: datetime | None = None) -> SecondLook:
    """Ask for it, once for each question. Raises NotAllowed outside the window, or when it was asked already."""
    moment, interview = now or timezone.now(), lock(item.interview)
    if interview.candidate_id != candidate.pk or not second_looks.can_be_asked(interview, moment):
        raise NotAllowed("A second look can be asked for only while the report says so.")
    if SecondLook.objects.filter(item=item).exists():
        raise NotAllowed("You have asked for a second look at this question already.")
    if not reason.strip():
        raise InvalidMark("Say what should be looked at again, and why.")
    event.note(interview, EventKind.ASKED_AGAIN, actor=candidate, item=item)
    return SecondLook.objects.create(item=item, reason=reason.strip(), asked_at=moment)


@transaction.atomic
def answer(
    look: SecondLook, reviewer: User, words: str, points: float | None, now: datetime | None = None
) -> SecondLook:
    """Say what came of it; `points` count from now on, None lets the marks stand.

    Raises NotReviewable where this person may not, or another was quicker; InvalidMark for what cannot be.
    """
    interview = lock(look.item.interview)
    found = second_looks.waiting(reviewer).filter(pk=look.pk).first()
    if found is None:
        raise NotReviewable("This is answered already, or it is somebody else's to answer.")
    most = found.max_points
    if points is not None and not 0 <= points <= most:
        raise InvalidMark(f"This question gives from 0 to {most:g} points, not {points:g}.")
    if not words.strip():
        raise InvalidMark("Say what you found; the candidate reads it.")
    found.answered_by, found.answered_at = reviewer, now or timezone.now()
    found.answer, found.points = words.strip(), points
    found.save()
    event.note(interview, EventKind.LOOKED_AGAIN, actor=reviewer, item=found.item)
    return found
