"""What pages report of their being in view. Nothing of it is trusted: the server's clock bounds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from interview.models import Interview, Presence
from interview.models.presence import AWAY_SECONDS, Recorded, recorded
from interview.selectors.presence import Span, uncovered
from interview.services.lock import lock

JOINED = timedelta(seconds=2)  # reports that follow one another this closely are one stretch
SHORTEST = {
    Recorded.VIEW: timedelta(
        seconds=1
    ),  # less is left over when reports overlap by the time that they travelled
    Recorded.AWAY: timedelta(seconds=AWAY_SECONDS),
}


@dataclass(frozen=True)
class Stretch:
    """What a page reports: from and until how many seconds before it was sent. `item` is None between questions."""

    kind: Recorded
    item: UUID | None
    began_ago: float
    ended_ago: float

    def at(self, sent: datetime) -> Span:
        return sent - timedelta(seconds=self.began_ago), sent - timedelta(seconds=self.ended_ago)


@transaction.atomic
def note(interview: Interview, stretches: Sequence[Stretch], now: datetime | None = None) -> int:
    """Store what is new of `stretches` and lies within the interview. Returns how many of them had something new.

    Only what `recorded` tells the candidate is stored; the rest, and questions of other interviews, are left out.
    """
    locked, moment = lock(interview), now or timezone.now()
    if locked.started_at is None:
        return 0
    told = recorded(locked.mode)
    known = {None, *locked.items.values_list("pk", flat=True)}
    wanted = [stretch for stretch in stretches if stretch.kind in told and stretch.item in known]
    return sum(_store(locked, stretch, _within(locked, stretch.at(moment), moment)) for stretch in wanted)


def _within(interview: Interview, span: Span, now: datetime) -> Span:
    """As much of `span` as lies between the start and now, or the end."""
    ends = [end for end in (now, interview.deadline_at, interview.closed_at) if end]
    return max(span[0], interview.started_at or now), min(span[1], *ends)


def _store(interview: Interview, stretch: Stretch, span: Span) -> bool:
    of_kind = interview.presences.filter(kind=stretch.kind)
    taken = of_kind.filter(ended_at__gt=span[0], began_at__lt=span[1]).values_list("began_at", "ended_at")
    free = [
        piece for piece in uncovered(span, sorted(taken)) if piece[1] - piece[0] >= SHORTEST[stretch.kind]
    ]
    for piece in free:
        _add(interview, stretch, piece)
    return bool(free)


def _add(interview: Interview, stretch: Stretch, piece: Span) -> None:
    """A row for the piece, or a longer one where it goes on from the row before it."""
    before = interview.presences.filter(kind=stretch.kind, ended_at__lte=piece[0]).order_by("-ended_at")
    last = before.first()
    if last and last.item_id == stretch.item and piece[0] - last.ended_at <= JOINED:
        last.ended_at = piece[1]
        last.save(update_fields=["ended_at"])
        return
    Presence.objects.create(
        interview=interview,
        item_id=stretch.item,
        kind=stretch.kind,
        began_at=piece[0],
        ended_at=piece[1],
    )
