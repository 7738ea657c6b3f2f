"""Saving answers while they are written."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from interview.exceptions import AnswerLocked, InterviewClosed, StaleRevision
from interview.models import Draft, Item, Snapshot
from interview.models.draft import SnapshotReason
from interview.selectors import item as items
from interview.services.answer import validated
from interview.services.lock import lock
from interview.services.stage import refuse_late

PAUSED = "This practice is paused and takes no changes meanwhile. Resume it, then go on."
LOCKED = "The model answer to this question was shown, so your answer stays as you gave it."
CLOSED = "This interview is closed and takes no more changes; what was saved before the end counts."


@transaction.atomic
def save_draft(item: Item, answer: Any, revision: int, now: datetime | None = None) -> Draft:
    """Store `answer` as the revision after `revision` (0 for the first).

    Raises InterviewClosed past the deadline and its grace or while paused, AnswerLocked once the model answer was
    shown, QuestionPassed or QuestionAhead where one-way sections close it, StaleRevision (with what is stored) when
    another tab or device saved meanwhile, InvalidAnswer for an answer of the wrong form. Nothing is overwritten by
    any of them.
    """
    moment = now or timezone.now()
    clean = validated(item.release, answer)
    # The lock makes closing wait for a draft on its way, and a draft behind closing see that it came too late.
    locked = lock(item.interview)
    if not locked.takes_drafts(moment):
        raise InterviewClosed(PAUSED if locked.is_paused else CLOSED)
    refuse_late(locked, item, moment)
    refuse_revealed(item)
    stored = Draft.objects.filter(item=item).first()
    _refuse_stale(stored, revision, item)
    return store(item, stored, clean, moment)


def refuse_revealed(item: Item) -> None:
    """Raises AnswerLocked once the model answer was shown; call it with the interview locked."""
    if items.is_revealed(item):
        raise AnswerLocked(LOCKED)


def _refuse_stale(stored: Draft | None, revision: int, item: Item) -> None:
    current = stored.revision if stored else 0
    if revision != current:
        raise StaleRevision(current, stored.answer if stored else items.blank_answer(item.release))


def store(
    item: Item,
    stored: Draft | None,
    answer: dict[str, Any],
    now: datetime,
    reason: SnapshotReason | None = None,
) -> Draft:
    """Write the next revision and, every ten seconds or for a `reason`, a point of the timeline."""
    draft, _ = Draft.objects.update_or_create(
        item=item,
        defaults={"answer": answer, "revision": (stored.revision if stored else 0) + 1, "saved_at": now},
    )
    if reason or _step_is_due(item, now):
        Snapshot.objects.create(item=item, answer=answer, reason=reason or SnapshotReason.STEP, taken_at=now)
    return draft


def _step_is_due(item: Item, now: datetime) -> bool:
    return not Snapshot.objects.filter(item=item, taken_at__gt=now - settings.SNAPSHOT_EVERY).exists()
