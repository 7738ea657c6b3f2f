from datetime import datetime

from django.db import transaction
from django.utils import timezone

from interview.exceptions import InterviewClosed
from interview.models import Item
from interview.services.draft import CLOSED, PAUSED
from interview.services.lock import lock
from interview.services.stage import refuse_elsewhere


@transaction.atomic
def flag(item: Item, on: bool, now: datetime | None = None) -> None:
    """Mark a question to come back to, or take the mark off. Only its candidate sees it, and it counts nothing.

    Raises InterviewClosed, QuestionPassed or QuestionAhead.
    """
    locked, moment = lock(item.interview), now or timezone.now()
    if not locked.takes_work(moment):
        raise InterviewClosed(PAUSED if locked.is_paused else CLOSED)
    refuse_elsewhere(locked, item, moment)
    item.flagged = on
    item.save(update_fields=["flagged"])
