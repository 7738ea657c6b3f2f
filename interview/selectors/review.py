"""What reviewers see of their own reviews, and who holds what."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from interview.models import Grading, Interview, Review, SharedComment, User
from interview.models.review import ReviewState
from interview.selectors.assignment import BOTH, TOOK_PART
from interview.selectors.interview import visible_to
from interview.selectors.opinion import are_both_in
from interview.selectors.report import Report


def released_by(user: User) -> QuerySet[Interview]:
    """What this person released, or marked as one of two, newest first.

    Each has `announced_at` and `mail_trouble` of its mail.
    """
    own = Review.objects.filter(interview=OuterRef("pk"), reviewer=user, state__in=TOOK_PART)
    released = Review.objects.filter(interview=OuterRef("pk"), state=ReviewState.RELEASED)
    return (
        visible_to(user)
        .filter(Exists(own), released_at__isnull=False)
        .annotate(
            announced_at=Subquery(released.values("announced_at")[:1]),
            mail_trouble=Subquery(released.values("mail_trouble")[:1]),
        )
        .order_by("-released_at")
    )


def own(interview: Interview, user: User) -> Review | None:
    """This person's review of the interview, claimed at some time; what settles before what was handed over.

    Expects `selectors.interview.with_items`.
    """
    mine = [review for review in interview.reviews.all() if review.reviewer_id == user.pk]
    return next((review for review in mine if review.settles), None) or next(iter(mine), None)


def held_by_another(interview: Interview, user: User, now: datetime | None = None) -> Review | None:
    """The running claim of another reviewer that leaves this person no place.

    Expects `selectors.interview.with_items`.
    """
    moment, settling = now or timezone.now(), are_both_in(interview)
    others = [review for review in interview.reviews.all() if review.reviewer_id != user.pk]
    claims = [
        one
        for one in others
        if one.settles == settling and one.lease_until > moment and one.state != ReviewState.HANDED_OVER
    ]
    places = BOTH if interview.marked_twice and not settling else 1
    done = 0 if settling else sum(one.state == ReviewState.HANDED_OVER for one in others)
    return claims[0] if claims and len(claims) + done >= places else None


def first_unmarked(report: Report) -> int | None:
    """The position of the first answer that still needs a person."""
    return next((entry.item.position for entry in report.items if not entry.is_marked), None)


def pool(question_id: int) -> QuerySet[SharedComment]:
    """What reviewers of a question offer one another, in alphabetical order."""
    return SharedComment.objects.filter(question=question_id)


def own_runs(user: User) -> QuerySet[Grading]:
    """What this person had run on the desk: gradings that belong to no submission."""
    runs = Grading.objects.filter(asked_by=user, submission=None, trial_of=None)
    return runs.select_related("release").defer("release__files")
