"""The clock of an interview: wound up at the start, and in practice stopped and restarted.

Strict interviews never pause; the database says so.
"""

from datetime import datetime, timedelta

from interview.models import Interview, User
from interview.models.event import EventKind
from interview.models.interview import Mode, allowed_overall
from interview.selectors.accommodation import time_factor
from interview.services import event


def wind(interview: Interview, now: datetime) -> None:
    """Fix the deadline of a new interview, by its plan and its candidate's own time factor. Nothing is saved yet."""
    interview.time_factor = time_factor(interview.candidate)
    minutes = allowed_overall(interview.plan, interview.time_factor)
    interview.deadline_at = now + timedelta(minutes=minutes)


def pause(interview: Interview, now: datetime) -> None:
    """Keep what is left of a running clock. Expects the locked row, open; does nothing where no clock runs."""
    if interview.deadline_at is None:
        return
    interview.remaining_seconds = (interview.deadline_at - now).total_seconds()
    interview.deadline_at = None
    interview.save(update_fields=["remaining_seconds", "deadline_at"])
    event.note(interview, EventKind.PAUSED, actor=interview.candidate)


def resume(interview: Interview, now: datetime) -> None:
    """Let the clock run on from where it stood. Expects the locked row; does nothing where none is paused."""
    if interview.remaining_seconds is None:
        return
    interview.deadline_at = now + timedelta(seconds=interview.remaining_seconds)
    interview.remaining_seconds = None
    interview.save(update_fields=["remaining_seconds", "deadline_at"])
    event.note(interview, EventKind.RESUMED, actor=interview.candidate)


def pause_rehearsals(candidate: User, now: datetime) -> None:
    """Before a strict interview: its candidate cannot work on a rehearsal meanwhile, so no time of it is lost."""
    running = Interview.objects.filter(
        candidate=candidate, mode=Mode.PRACTICE, closed_at=None, deadline_at__gt=now
    )
    for interview in running.select_for_update(no_key=True):
        pause(interview, now)
