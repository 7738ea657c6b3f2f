"""Extra time for one interview, while it runs or just after its time was up."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from interview.exceptions import InvalidTime, NotAllowed
from interview.models import ExtraTime, Interview, User
from interview.models.event import EventKind
from interview.selectors import extra_time as extra_times
from interview.selectors import interview as interviews
from interview.services import clock, event, submission
from interview.services.lock import lock


def grant(
    interview: Interview, minutes: int, reason: str, by: User, now: datetime | None = None
) -> ExtraTime:
    """Give an interview `minutes` more, of its own clock and of that of its section.

    One that runs ends so much later. One whose time is up is opened again and ends `minutes` from now: what counts of
    it is settled anew at its new end. Sections that lie behind stay locked.

    Raises NotAllowed for anybody but another admin, and InvalidTime with the reason where it cannot be granted.
    """
    moment = now or timezone.now()
    _refuse_person(interview, by)
    try:
        with transaction.atomic():
            return _grant(lock(interview), minutes, reason, by, moment)
    except IntegrityError:
        running = interviews.in_progress(interview.candidate, moment)
        if running is None:
            raise
        raise InvalidTime(
            f"Not granted: {interview.candidate} is in the middle of “{running}”, and two interviews that count "
            "cannot run at once. Wait until that one is handed in."
        ) from None


def _refuse_person(interview: Interview, by: User) -> None:
    if not by.manages:
        raise NotAllowed("Only admins grant extra time.")
    if interview.candidate_id == by.pk:
        raise NotAllowed("This is your own interview. Ask another admin to grant you time.")


def _grant(locked: Interview, minutes: int, reason: str, by: User, now: datetime) -> ExtraTime:
    if refusal := extra_times.refusal(locked, now):
        raise InvalidTime(refusal)
    reopened = locked.closed_at is not None
    if reopened:
        _reopen(locked, by, now)
    deadline = clock.extend(locked, timedelta(minutes=minutes), now)
    event.note(locked, EventKind.GRANTED_TIME, actor=by)
    return ExtraTime.objects.create(
        interview=locked,
        minutes=minutes,
        reason=reason,
        granted_by=by,
        granted_at=now,
        deadline_at=deadline,
        reopened=reopened,
    )


def _reopen(locked: Interview, by: User, now: datetime) -> None:
    submission.unsettle(locked, now)
    locked.closed_at, locked.close_reason, locked.finalised_at = None, "", None
    event.note(locked, EventKind.REOPENED, actor=by)
