"""Noting that somebody shall not review somebody, and lifting it."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from interview.exceptions import NotAllowed, NotReviewable
from interview.models import Interview, Recusal, Review, User
from interview.models.interview import Mode
from interview.models.review import ReviewState


@transaction.atomic
def recuse(reviewer: User, candidate: User, reason: str, by: User, now: datetime | None = None) -> Recusal:
    """Keep this reviewer away from that person's interviews. What they hold unfinished is free for others at once.

    An admin may say it of anybody, a reviewer of themselves. What was handed over, or is scheduled, stays.
    """
    if by != reviewer and not by.manages:
        raise NotAllowed("Only an admin may say this of somebody else.")
    if reviewer == candidate:
        raise NotAllowed("Nobody reviews themselves anyway.")
    if not reason.strip():
        raise NotAllowed("Say why, so that an admin understands it later.")
    moment = now or timezone.now()
    _let_go(reviewer, candidate, moment)
    words = {"reason": reason.strip(), "noted_by": by, "noted_at": moment}
    return Recusal.objects.get_or_create(reviewer=reviewer, candidate=candidate, defaults=words)[0]


def recuse_oneself(interview: Interview, reviewer: User, reason: str) -> Recusal:
    """As `recuse`, of whoever took this interview; the reviewer need not know who that is."""
    if interview.mode != Mode.STRICT or interview.released_at:
        raise NotReviewable("There is nothing left to review here.")
    return recuse(reviewer, interview.candidate, reason, reviewer)


def _let_go(reviewer: User, candidate: User, now: datetime) -> None:
    unfinished = [ReviewState.CLAIMED, ReviewState.DRAFT]
    held = Review.objects.filter(reviewer=reviewer, interview__candidate=candidate, state__in=unfinished)
    held.filter(lease_until__gt=now).update(lease_until=F("claimed_at"))


def lift(recusal: Recusal, by: User) -> None:
    """Let them review that person again."""
    if not by.manages:
        raise NotAllowed("Only an admin may lift this.")
    recusal.delete()
