"""What was recorded while an interview was answered, as facts; nothing here says what they mean."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Sum

from interview.models import Interview, Presence, Snapshot
from interview.models.presence import Recorded
from interview.models.snapshot import SnapshotReason

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Paste:
    at: datetime
    size: int  # characters


@dataclass
class Facts:
    """What was recorded of one question, in order of time. Spans are from and until."""

    views: list[Span] = field(default_factory=list)
    away: list[Span] = field(default_factory=list)
    runs: list[datetime] = field(default_factory=list)
    submits: list[datetime] = field(default_factory=list)
    pastes: list[Paste] = field(default_factory=list)
    versions: int = 0

    @property
    def in_view(self) -> timedelta:
        return lasting(self.views)

    @property
    def away_for(self) -> timedelta:
        return lasting(self.away)


def spent_in(interview: Interview, section: int) -> timedelta:
    """How long questions of a section were in view, as far as pages have reported it."""
    views = interview.presences.filter(kind=Recorded.VIEW, item__section=section)
    return views.aggregate(all=Sum(F("ended_at") - F("began_at")))["all"] or timedelta()


def lasting(spans: Iterable[Span]) -> timedelta:
    return sum((until - since for since, until in spans), timedelta())


def attach(interview: Interview) -> None:
    """Give every item of `interview` its `facts`, in two queries. Expects the items to be prefetched."""
    facts: dict[UUID | None, Facts] = defaultdict(Facts)
    presences = list(interview.presences.all())
    in_view = [(row.began_at, row.ended_at) for row in presences if row.kind == Recorded.VIEW]
    for row in presences:
        _noted(facts[row.item_id], row, in_view)
    points = Snapshot.objects.filter(item__interview=interview).order_by("taken_at", "id")
    for item, reason, size, at in points.values_list("item", "reason", "pasted", "taken_at"):
        _kept(facts[item], reason, size, at)
    for one in interview.items.all():
        one.facts = facts[one.pk]  # type: ignore[attr-defined]  # of this reading, not of the row


def _noted(facts: Facts, row: Presence, in_view: list[Span]) -> None:
    span = (row.began_at, row.ended_at)
    if row.kind == Recorded.VIEW:
        facts.views.append(span)
    else:
        # One tab was hidden while another showed the interview: that is not away.
        facts.away.extend(uncovered(span, in_view))


def _kept(facts: Facts, reason: str, size: int | None, at: datetime) -> None:
    facts.versions += 1
    match reason:
        case SnapshotReason.RUN | SnapshotReason.RUN_MY_CODE:
            facts.runs.append(at)
        case SnapshotReason.SUBMIT:
            facts.submits.append(at)
        case SnapshotReason.PASTE:
            facts.pastes.append(Paste(at, size or 0))


def uncovered(span: Span, taken: Iterable[Span]) -> Iterable[Span]:
    """The pieces of `span` that none of `taken` covers, which are in order."""
    began, ended = span
    for start, stop in taken:
        if start > began:
            yield began, min(start, ended)
        began = max(began, stop)
        if began >= ended:
            return
    yield began, ended
