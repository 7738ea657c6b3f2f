"""Second looks: what can be asked for, what waits for an answer, and who may give it."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from interview.models import Interview, Item, Review, SecondLook, User
from interview.selectors import assignment


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

    Where nobody is left who had no part in the marking, one's own marks too: better the same eyes than none.
    """
    if not user.reviews:
        return SecondLook.objects.none()
    own_part = Review.objects.filter(
        interview=OuterRef("item__interview"), reviewer=user, state__in=assignment.TOOK_PART
    )
    others = assignment.uninvolved("item__interview", "item__interview__candidate").exclude(pk=user.pk)
    return (
        SecondLook.objects.filter(~Exists(own_part) | ~Exists(others), answered_at=None)
        .exclude(item__interview__candidate=user)
        .exclude(item__interview__candidate__recusals__reviewer=user)
        .select_related("item__interview", "item__release", "item__rubric_release", "rubric_release")
        .defer("item__release__files", "item__rubric_release__files", "rubric_release__files")
    )
