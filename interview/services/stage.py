"""Going on, one way."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from interview.exceptions import InterviewClosed, QuestionAhead, QuestionPassed
from interview.models import Interview, Item
from interview.models.event import EventKind
from interview.selectors import stage as stages
from interview.selectors.stage import Standing
from interview.services import event
from interview.services.lock import lock

CLOSED = "This interview is closed, so there is nothing to go on to; what was saved before the end counts."
PAUSED = "This practice is paused. Resume it, then go on."


@transaction.atomic
def go_on(item: Item, now: datetime | None = None) -> int:
    """Lock the stage that `item` is in, and open the next one. Returns the position where it begins.

    Raises QuestionPassed when that stage was left before (so two presses go one step), QuestionAhead, and
    InterviewClosed when it is over, paused, or nothing follows.
    """
    locked = lock(item.interview)
    if not locked.takes_work(now or timezone.now()):
        raise InterviewClosed(PAUSED if locked.is_paused else CLOSED)
    refuse_elsewhere(locked, item)
    last = stages.present(locked).last
    if last is None:
        raise InterviewClosed("This is the last part; nothing follows. Finish the interview instead.")
    locked.reached = last + 1
    locked.save(update_fields=["reached"])
    opened = locked.items.get(position=locked.reached)
    event.note(locked, EventKind.WENT_ON, actor=locked.candidate, item=opened)
    return locked.reached


def refuse_elsewhere(locked: Interview, item: Item) -> None:
    """Raises QuestionPassed or QuestionAhead where one-way sections close `item`. Expects the locked row."""
    match stages.present(locked).standing(item.position):
        case Standing.BEHIND:
            raise QuestionPassed(item.position)
        case Standing.AHEAD:
            raise QuestionAhead(item.position)
        case Standing.HERE:
            return


def refuse_ahead(interview: Interview, item: Item) -> None:
    """Raises QuestionAhead for a question that the candidate has not come to."""
    if interview.is_open() and stages.present(interview).standing(item.position) == Standing.AHEAD:
        raise QuestionAhead(item.position)
