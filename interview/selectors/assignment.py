"""Who may review what: never oneself, never whom one is recused from, never beside another.

Where two mark the same interview, each does it once, and a third settles.

This is the one place of these rules. The queue shows what they let through, and a claim is refused by the same.
"""

from datetime import datetime

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from interview.models import Grading, Interview, Recusal, Review, User
from interview.models.grading import GradingState
from interview.models.interview import CloseReason, Mode
from interview.models.review import ReviewState
from interview.models.user import REVIEWERS

BOTH = 2  # reviewers who mark the same interview, where it is marked twice
TOOK_PART = (ReviewState.HANDED_OVER, ReviewState.RELEASED)


def awaiting_review(user: User, now: datetime | None = None) -> QuerySet[Interview]:
    """What this person may mark or settle, oldest first: handed in, judged, unreleased, not theirs, and a place free.

    Each has `handed_over`: how many of its two reviewers have done their part, where it is marked twice.
    """
    if not user.reviews:
        return Interview.objects.none()
    ungraded = Grading.objects.filter(
        submission__item__interview__isnull=False,
        submission__current_grading__isnull=False,
        state__in=[GradingState.QUEUED, GradingState.RUNNING],
    )
    return (
        Interview.objects.filter(mode=Mode.STRICT, finalised_at__isnull=False, released_at=None)
        .exclude(candidate=user)
        .exclude(candidate__recusals__reviewer=user)
        .exclude(close_reason=CloseReason.CANCELLED)
        .exclude(pk__in=ungraded.values("submission__item__interview"))
        .alias(**_claims_of_others(user, now or timezone.now()))
        .annotate(handed_over=_count(Review.objects.filter(state=ReviewState.HANDED_OVER)))
        .filter(_free_to_mark() | _free_to_mark_as_second() | _free_to_settle())
        .order_by("closed_at")
    )


def _claims_of_others(user: User, now: datetime) -> dict[str, Coalesce | Exists]:
    running = Q(lease_until__gt=now) | Q(state=ReviewState.SCHEDULED)
    others = Review.objects.filter(running).exclude(reviewer=user).exclude(state=ReviewState.HANDED_OVER)
    own = Review.objects.filter(interview=OuterRef("pk"), reviewer=user, state=ReviewState.HANDED_OVER)
    return {
        "marking": _count(others.filter(settles=False)),
        "settling": _count(others.filter(settles=True)),
        "has_marked": Exists(own),
        "others_could": Exists(uninvolved("pk", "candidate").exclude(pk=user.pk)),
    }


def _free_to_mark() -> Q:
    return Q(marked_twice=False, marking=0)


def _free_to_mark_as_second() -> Q:
    """One of the two places: those who hold one and those who have handed over are in it."""
    return Q(marked_twice=True, has_marked=False, marking__lt=BOTH - F("handed_over"))


def _free_to_settle() -> Q:
    """A third reviewer; where nobody is left, one of the two, for better the same eyes than none."""
    return Q(marked_twice=True, handed_over=BOTH, settling=0) & (Q(has_marked=False) | Q(others_could=False))


def took_part(interview: Interview) -> set[int]:
    """The ids of those who marked or settled it to the end. Expects `selectors.interview.with_items`."""
    return {review.reviewer_id for review in interview.reviews.all() if review.state in TOOK_PART}


def uninvolved(interview: str, candidate: str) -> QuerySet[User]:
    """Reviewers who had no part in the interview, in a subquery; the arguments are paths of the outer query."""
    took_part = Review.objects.filter(
        interview=OuterRef(OuterRef(interview)), reviewer=OuterRef("pk"), state__in=TOOK_PART
    )
    recused = Recusal.objects.filter(reviewer=OuterRef("pk"), candidate=OuterRef(OuterRef(candidate)))
    others = reviewers().exclude(pk=OuterRef(candidate))
    return others.exclude(Exists(took_part)).exclude(Exists(recused))


def reviewers() -> QuerySet[User]:
    """Everybody who may review interviews of others, and is not deactivated."""
    return User.objects.filter(is_active=True, role__in=REVIEWERS)


def _count(reviews: QuerySet[Review]) -> Coalesce:
    found = reviews.filter(interview=OuterRef("pk")).order_by().values("interview")
    return Coalesce(Subquery(found.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
