"""What reviewers see of their own reviews, and who holds what."""

from datetime import datetime

from django.db.models import F, QuerySet
from django.utils import timezone

from interview.models import Grading, Interview, Review, SharedComment, User
from interview.models.review import ReviewState
from interview.selectors.report import Report


def released_by(user: User) -> QuerySet[Interview]:
    """What this person reviewed and released, newest first, with `announced_at` and `mail_trouble` of its mail."""
    return (
        Interview.objects.filter(reviews__reviewer=user, reviews__state=ReviewState.RELEASED)
        .annotate(announced_at=F("reviews__announced_at"), mail_trouble=F("reviews__mail_trouble"))
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


def pool(question_id: int) -> QuerySet[SharedComment]:
    """What reviewers of a question offer one another, in alphabetical order."""
    return SharedComment.objects.filter(question=question_id)


def own_runs(user: User) -> QuerySet[Grading]:
    """What this person had run on the desk: gradings that belong to no submission."""
    runs = Grading.objects.filter(asked_by=user, submission=None, trial_of=None)
    return runs.select_related("release").defer("release__files")
