"""Going on, one way."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from interview.exceptions import InterviewClosed, QuestionAhead, QuestionPassed
from interview.models import Interview, Item
from interview.models.event import EventKind
from interview.selectors import stage as stages
from interview.selectors.stage import Standing
from interview.services import clock, event
from interview.services.lock import lock

CLOSED = "This interview is closed, so there is nothing to go on to; what was saved before the end counts."
PAUSED = "This practice is paused. Resume it, then go on."


@transaction.atomic
def go_on(item: Item, now: datetime | None = None) -> int:
    """Lock the stage that `item` is in and open the next one, or lock `item` alone where a follow-up waits for it.

    Returns the position that opens.

    Raises QuestionPassed when that stage was left before (so two presses go one step, and one that comes with the zero
    of its section goes none), QuestionAhead, and InterviewClosed when it is over, paused, or nothing follows.
    """
    moment = now or timezone.now()
    locked = lock(item.interview)
    if not locked.takes_work(moment):
        raise InterviewClosed(PAUSED if locked.is_paused else CLOSED)
    clock.catch_up(locked, moment)
    refuse_elsewhere(locked, item, moment)
    stage = stages.present(locked, moment)
    if item.position + 1 in stage.waiting:
        return _hand_over(locked, item, moment)
    if stage.last is None:
        raise InterviewClosed("This is the last part; nothing follows. Finish the interview instead.")
    _open(locked, stage.last + 1, moment)
    return locked.reached


def _hand_over(interview: Interview, item: Item, now: datetime) -> int:
    """Freeze one part of a chain, and open its follow-up."""
    interview.items.filter(pk=item.pk).update(handed_at=now)
    opened = interview.items.get(position=item.position + 1)
    event.note(interview, EventKind.WENT_ON, actor=interview.candidate, item=opened)
    return opened.position


def _open(interview: Interview, position: int, now: datetime) -> None:
    section = stages.section_of(interview, position)
    if section != stages.section_of(interview, position - 1):
        clock.enter(interview, section, now)
    interview.reached = position
    interview.save(update_fields=["reached", "reserved", "deadline_at"])
    opened = interview.items.get(position=position)
    event.note(interview, EventKind.WENT_ON, actor=interview.candidate, item=opened)


def refuse_elsewhere(locked: Interview, item: Item, now: datetime) -> None:
    """Raises QuestionPassed or QuestionAhead where one-way sections close `item`. Expects the locked row."""
    match stages.present(locked, now).standing(item.position):
        case Standing.BEHIND:
            raise QuestionPassed(item.position)
        case Standing.AHEAD:
            raise QuestionAhead(item.position)
        case Standing.HERE:
            return


def refuse_late(locked: Interview, item: Item, now: datetime) -> None:
    """The same for drafts, of which the last may come within the grace after its section's clock ran out."""
    if not stages.flushes(locked, item.position, now):
        refuse_elsewhere(locked, item, now)


def refuse_ahead(interview: Interview, item: Item) -> None:
    """Raises QuestionAhead for a question that the candidate has not come to."""
    if interview.is_open() and stages.present(interview).standing(item.position) == Standing.AHEAD:
        raise QuestionAhead(item.position)
