"""Second looks: what can be asked for, what waits for an answer, and who may give it."""

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from interview.models import Interview, Item, SecondLook, User
from interview.models.review import ReviewState
from interview.models.user import Role


def window_ends(interview: Interview) -> datetime | None:
    """Until when its candidate can ask; None where there is nothing to ask about."""
    if interview.released_at is None or interview.is_practice:
        return None
    return interview.released_at + settings.SECOND_LOOK_WINDOW


def can_be_asked(interview: Interview, now: datetime | None = None) -> bool:
    ends = window_ends(interview)
    return ends is not None and (now or timezone.now()) < ends


def of(item: Item) -> SecondLook | None:
    return getattr(item, "second_look", None)


def waiting(user: User) -> QuerySet[SecondLook]:
    """What this person may answer, the longest waiting first: never about their own interview or their own marks.

    Where nobody else reviews, one's own marks too: better the same eyes than none.
    """
    if not user.reviews:
        return SecondLook.objects.none()
    open_ones = (
        SecondLook.objects.filter(answered_at=None)
        .exclude(item__interview__candidate=user)
        .select_related("item__interview", "item__release")
        .defer("item__release__files")
    )
    if not others_review(user):
        return open_ones
    return open_ones.exclude(
        item__interview__reviews__reviewer=user, item__interview__reviews__state=ReviewState.RELEASED
    )


def others_review(user: User) -> bool:
    """Whether anybody else could answer."""
    reviewers = User.objects.filter(is_active=True, role__in=[Role.INTERVIEWER, Role.ADMIN])
    return reviewers.exclude(pk=user.pk).exists()
