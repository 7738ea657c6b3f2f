"""Saving answers while they are written."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from interview.exceptions import AnswerLocked, InterviewClosed, StaleRevision
from interview.models import Draft, Item
from interview.models.snapshot import SnapshotReason
from interview.selectors import item as items
from interview.services import snapshot as snapshots
from interview.services.answer import validated
from interview.services.lock import lock
from interview.services.stage import refuse_late

PAUSED = "This practice is paused and takes no changes meanwhile. Resume it, then go on."
LOCKED = "The model answer to this question was shown, so your answer stays as you gave it."
CLOSED = "This interview is closed and takes no more changes; what was saved before the end counts."


# What replaces much of an answer at one stroke: the timeline keeps what was there before as well.
REPLACING = {SnapshotReason.PASTE, SnapshotReason.RESET, SnapshotReason.RESTORE}


@transaction.atomic
def save_draft(
    item: Item,
    answer: Any,
    revision: int,
    now: datetime | None = None,
    *,
    reason: SnapshotReason | None = None,
    pasted: int | None = None,
) -> Draft:
    """Store `answer` as the revision after `revision` (0 for the first).

    `reason` marks the moment in the timeline; with a paste comes its size in `pasted`, in characters.

    Raises InterviewClosed past the deadline and its grace or while paused, AnswerLocked once the model answer was
    shown, QuestionPassed or QuestionAhead where one-way sections close it, StaleRevision (with what is stored) when
    another tab or device saved meanwhile, InvalidAnswer for an answer of the wrong form. Nothing is overwritten by
    any of them.
    """
    moment = now or timezone.now()
    clean = validated(item.release, answer)
    _refuse_closed(item, moment)
    stored = Draft.objects.filter(item=item).first()
    _refuse_stale(stored, revision, item)
    return store(item, stored, clean, moment, reason, pasted)


@transaction.atomic
def restore(item: Item, answer: dict[str, Any], now: datetime | None = None) -> Draft:
    """Put an earlier answer in the place of the present one, as its next revision; the timeline keeps what it replaces.

    Raises what `save_draft` raises but StaleRevision: whatever another tab saved meanwhile is kept as well.
    """
    moment = now or timezone.now()
    clean = validated(item.release, answer)
    _refuse_closed(item, moment)
    stored = Draft.objects.filter(item=item).first()
    return store(item, stored, clean, moment, SnapshotReason.RESTORE)


def _refuse_closed(item: Item, now: datetime) -> None:
    # The lock makes closing wait for a draft on its way, and a draft behind closing see that it came too late.
    locked = lock(item.interview)
    if not locked.takes_drafts(now):
        raise InterviewClosed(PAUSED if locked.is_paused else CLOSED)
    refuse_late(locked, item, now)
    refuse_revealed(item)


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
    pasted: int | None = None,
) -> Draft:
    """Write the next revision and, every ten seconds or for a `reason`, a point of the timeline."""
    if stored and reason in REPLACING:
        snapshots.keep(stored)
    draft, _ = Draft.objects.update_or_create(
        item=item,
        defaults={"answer": answer, "revision": (stored.revision if stored else 0) + 1, "saved_at": now},
    )
    if reason:
        snapshots.take(item, answer, reason, now, pasted)
    else:
        snapshots.step(item, answer, now)
    return draft
