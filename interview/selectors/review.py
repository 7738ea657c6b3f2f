"""What reviewers see: the queue, their own reviews, and who holds what."""

from datetime import datetime

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from interview.models import Interview, Item, Review, User
from interview.models.review import ReviewState
from interview.selectors import interview as interviews
from interview.selectors.report import Report


def queue(user: User, now: datetime | None = None) -> QuerySet[Interview]:
    """What awaits this person's review, oldest first.

    Each interview has `to_mark` (answers that have a rubric), `marked` (those this person has marked) and
    `lease_until` of this person's own claim, None without one.
    """
    own = Review.objects.filter(interview=OuterRef("pk"), reviewer=user)
    with_rubric = Item.objects.filter(interview=OuterRef("pk"), release__rubric_points__gt=0)
    marked = with_rubric.filter(marks__review__reviewer=user)
    return interviews.awaiting_review(user, now).annotate(
        to_mark=_count(with_rubric), marked=_count(marked), lease_until=Subquery(own.values("lease_until"))
    )


def _count(items: QuerySet[Item]) -> Coalesce:
    # A subquery and not a join: two joined counts would multiply each other's rows.
    counted = items.order_by().values("interview").annotate(found=Count("pk", distinct=True))
    return Coalesce(Subquery(counted.values("found"), output_field=IntegerField()), 0)


def released_by(user: User) -> QuerySet[Interview]:
    """What this person reviewed and released, newest first."""
    return (
        Interview.objects.filter(reviews__reviewer=user, reviews__state=ReviewState.RELEASED)
        .select_related("candidate")
        .order_by("-released_at")
    )


def own(interview: Interview, user: User) -> Review | None:
    """This person's review of the interview, claimed at some time. Expects `selectors.interview.with_items`."""
    return next((review for review in interview.reviews.all() if review.reviewer_id == user.pk), None)


def held_by_another(interview: Interview, user: User, now: datetime | None = None) -> Review | None:
    """The running claim of another reviewer. Expects `selectors.interview.with_items`."""
    moment = now or timezone.now()
    others = (review for review in interview.reviews.all() if review.reviewer_id != user.pk)
    return next((review for review in others if review.lease_until > moment), None)


def first_unmarked(report: Report) -> int | None:
    """The position of the first answer that still needs a person."""
    return next((entry.item.position for entry in report.items if not entry.is_marked), None)
