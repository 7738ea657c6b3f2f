"""Two opinions of one interview: handing over one's own, and asking for another."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from interview.exceptions import NotReviewable
from interview.models import Interview, Review
from interview.models.event import EventKind
from interview.models.review import ReviewState
from interview.services import event
from interview.services.release import Conclusion, refuse_incomplete, write
from interview.services.review import hold


@transaction.atomic
def hand_over(review: Review, conclusion: Conclusion, now: datetime | None = None) -> Review:
    """Be done with one of two markings. From then on it never changes, and the other is still made without it.

    Raises IncompleteReview with what is missing, NotReviewable without a claim or where one reviewer marks alone.
    """
    moment = now or timezone.now()
    held = hold(review, moment)
    if not held.interview.marked_twice or held.settles:
        raise NotReviewable("There is nobody to hand this over to: release it, or ask for a second opinion.")
    refuse_incomplete(held, conclusion)
    write(held, conclusion)
    held.state, held.handed_over_at = ReviewState.HANDED_OVER, moment
    held.save()
    event.note(held.interview, EventKind.HANDED_OVER, actor=held.reviewer)
    return held


@transaction.atomic
def ask_second_opinion(review: Review, now: datetime | None = None) -> None:
    """Have another reviewer mark the interview as well, without seeing these marks. Does nothing a second time.

    Raises NotReviewable without a claim, or where the release is scheduled.
    """
    held = hold(review, now)
    if held.state == ReviewState.SCHEDULED:
        raise NotReviewable("Its release is scheduled. Take it off the schedule first.")
    if not held.interview.marked_twice:
        Interview.objects.filter(pk=held.interview_id).update(marked_twice=True)
        event.note(held.interview, EventKind.ASKED_SECOND_OPINION, actor=held.reviewer)
