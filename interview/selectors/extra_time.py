"""Extra time of single interviews: what was granted, what can be, and which interviews an admin may grant it to."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from interview.models import ExtraTime, Interview, User
from interview.models.interview import CloseReason, Mode
from interview.selectors import self_assessment as self_assessments


def visible_to(user: User) -> QuerySet[ExtraTime]:
    """Every grant with its reason, newest first; for admins alone."""
    granted = ExtraTime.objects.select_related("granted_by")
    return granted if user.manages else granted.none()


def minutes_granted(interview: Interview) -> int:
    """All minutes that were granted to it, which its candidate may know."""
    return int(interview.extra_times.aggregate(all=Sum("minutes"))["all"] or 0)


def overseen(user: User, search: str = "", state: str = "", person: int | None = None) -> QuerySet[Interview]:
    """Started interviews that count, newest first; for admins alone.

    `search` looks into the candidate's name and mail address and the title, `state` is one of `FILTERS`.
    """
    if not user.manages:
        return Interview.objects.none()
    found = Interview.objects.filter(mode=Mode.STRICT, started_at__isnull=False).select_related("candidate")
    if search:
        in_name = Q(candidate__display_name__icontains=search) | Q(candidate__email__icontains=search)
        found = found.filter(in_name | Q(plan__title__icontains=search))
    if person:
        found = found.filter(candidate=person)
    if state:
        found = found.filter(FILTERS[state]())
    return (
        found.annotate(extra=Sum("extra_times__minutes")).order_by("-started_at").prefetch_related("reviews")
    )


def _running() -> Q:
    return Q(closed_at=None, deadline_at__gt=timezone.now())


def _just_closed() -> Q:
    return ~_running() & Q(
        released_at=None,
        deadline_at__gt=timezone.now() - settings.REOPEN_WITHIN,
        close_reason__in=["", CloseReason.TIME_UP],
    )


FILTERS = {"running": _running, "closed": _just_closed}


def may_reopen(interview: Interview, now: datetime | None = None) -> bool:
    """Whether time was up and extra time would open it again."""
    return not interview.is_open(now) and not refusal(interview, now)


def refusal(interview: Interview, now: datetime | None = None) -> str:
    """Why no extra time can be granted to it now; empty when it can."""
    moment = now or timezone.now()
    if interview.is_practice:
        return "Not granted: practice is the candidate’s own, and can be paused."
    if interview.started_at is None:
        return "Not granted: this interview has not started yet."
    if interview.close_reason == CloseReason.CANCELLED:
        return "Not granted: this interview was cancelled, and nothing of it is scored."
    if interview.close_reason == CloseReason.HANDED_IN:
        return "Not granted: the candidate handed in before the time was up, and was told that it is final."
    return _refusal_after_closing(interview, moment) if interview.closed_at else ""


def _refusal_after_closing(interview: Interview, now: datetime) -> str:
    """For one whose time was up."""
    if interview.released_at:
        return "Not granted: the feedback on this interview is released."
    if interview.reviews.all():
        return "Not granted: an interviewer has claimed the review, so what counts of this interview stays as it is."
    if self_assessments.is_begun(interview):
        return (
            "Not granted: the candidate has opened the self-assessment and read what good answers have, so what counts "
            "of this interview stays as it is. Let the candidate start anew instead."
        )
    if interview.closed_at and now > interview.closed_at + settings.REOPEN_WITHIN:
        hours = settings.REOPEN_WITHIN.total_seconds() / 3600
        return f"Not granted: the time was up more than {hours:.0f} hours ago. Let the candidate start anew instead."
    return ""
