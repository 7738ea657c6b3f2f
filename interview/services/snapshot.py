"""Points of an answer's timeline, taken so that a long interview stays small."""

from datetime import datetime
from typing import Any

from django.conf import settings

from interview.delta import pack
from interview.models import Draft, Item, Snapshot
from interview.models.snapshot import SnapshotReason, encoded
from interview.selectors import snapshot as snapshots


def take(
    item: Item, answer: dict[str, Any], reason: SnapshotReason, now: datetime, pasted: int | None = None
) -> Snapshot:
    """Store a point; of a paste no more is believed than the answer holds.

    Expects the interview locked, so that the point's base stays the last whole one.
    """
    content = encoded(answer)
    base, packed = _packed(item, content, now)
    size = pasted and min(pasted, len(content))
    return Snapshot.objects.create(
        item=item, base=base, packed=packed, reason=reason, pasted=size, taken_at=now
    )


def step(item: Item, answer: dict[str, Any], now: datetime) -> None:
    """Take a point when the last is ten seconds old and shows something else."""
    last = snapshots.last(item)
    if last and (last.taken_at > now - settings.SNAPSHOT_EVERY or last.answer == answer):
        return
    take(item, answer, SnapshotReason.STEP, now)


def keep(draft: Draft) -> None:
    """Take what is about to be replaced at one stroke, unless the timeline ends with it."""
    last = snapshots.last(draft.item)
    if last is None or last.answer != draft.answer:
        take(draft.item, draft.answer, SnapshotReason.STEP, draft.saved_at)


def _packed(item: Item, content: bytes, now: datetime) -> tuple[Snapshot | None, bytes]:
    whole, base = pack(content), snapshots.last_whole(item)
    if base is None or base.taken_at <= now - settings.SNAPSHOT_WHOLE_EVERY:
        return None, whole
    added = pack(content, base.content)
    # After a large change each later point would carry it once more.
    return (base, added) if 2 * len(added) < len(whole) else (None, whole)
