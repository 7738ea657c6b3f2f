"""The clocks of an interview: wound up at the start, moved on with its sections, and in practice stopped and restarted.

Strict interviews never pause; the database says so.
"""

from datetime import datetime, timedelta

from interview.models import Interview, User
from interview.models.event import EventKind
from interview.models.interview import Mode, allowed_overall
from interview.selectors import stage as stages
from interview.selectors.accommodation import time_factor
from interview.services import event


def wind(interview: Interview, now: datetime) -> None:
    """Fix the deadline of a new interview, by its plan and its candidate's own time factor. Nothing is saved yet."""
    interview.time_factor = time_factor(interview.candidate)
    minutes = allowed_overall(interview.plan, interview.time_factor)
    interview.deadline_at = now + timedelta(minutes=minutes)
    enter(interview, 0, now)


def enter(interview: Interview, section: int, now: datetime) -> None:
    """Start the clock of a section, where it has one. Nothing is saved yet.

    Where only one-way sections are left their clocks end the interview, so what was left unused before is cut off: a
    clock that runs on with nothing to do under it would promise time that nobody gets.
    """
    end = stages.end_at_most(interview, section, now)
    if interview.deadline_at and end:
        interview.deadline_at = min(interview.deadline_at, end)
    interview.reserved = stages.reserve(interview, section, now)


def catch_up(interview: Interview, now: datetime) -> None:
    """Bring the row up to what the clocks of its sections say. Expects the locked row."""
    courses = list(stages.expiries(interview, now))
    for course in courses:
        open_then = interview.items.get(position=interview.reached)
        event.note(interview, EventKind.SECTION_TIME_UP, item=open_then)
        interview.reached, interview.reserved = course.reached, course.reserved
        interview.expired_at, interview.expired_position = course.expired_at, course.expired_position
    if courses:
        interview.save(update_fields=["reached", "reserved", "expired_at", "expired_position"])


def extend(interview: Interview, extra: timedelta, now: datetime) -> datetime:
    """Move the deadline, from where it is or from now if it has passed, and return it. Expects the locked row.

    What is reserved for later sections stays as it is, so the present section's clock gets the same extra time.
    """
    catch_up(interview, now)
    interview.deadline_at = deadline = max(interview.deadline_at or now, now) + extra
    interview.save(update_fields=["deadline_at", "closed_at", "close_reason", "finalised_at"])
    return deadline


def pause(interview: Interview, now: datetime) -> None:
    """Keep what is left of a running clock. Expects the locked row, open; does nothing where no clock runs."""
    if interview.deadline_at is None:
        return
    catch_up(interview, now)
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
