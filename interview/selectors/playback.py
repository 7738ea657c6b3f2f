"""An answer as it came about: its kept points in order, and what each changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from interview.models import Item
from interview.models.snapshot import SnapshotReason
from interview.selectors import snapshot as snapshots
from interview.selectors.item import blank_answer
from interview.selectors.plain import texts


@dataclass(frozen=True)
class Point:
    """One kept point: its place from 1, when and why it was kept, and how long after the one before."""

    number: int
    id: int
    at: datetime
    reason: SnapshotReason
    pasted: int | None
    gap: timedelta

    @property
    def is_mark(self) -> bool:
        """Whether it was kept for a reason of its own, and not only because time had passed."""
        return self.reason != SnapshotReason.STEP

    @property
    def label(self) -> str:
        words = str(self.reason.label)
        return f"{words} of {self.pasted} characters" if self.pasted else words


@dataclass(frozen=True)
class Line:
    number: int
    text: str
    is_new: bool


def points(item: Item) -> list[Point]:
    """Every point of the answer's timeline, oldest first, without what was written."""
    rows = item.snapshots.order_by("taken_at", "id").values_list("pk", "taken_at", "reason", "pasted")
    found: list[Point] = []
    for number, (pk, at, reason, pasted) in enumerate(rows, start=1):
        gap = at - found[-1].at if found else timedelta()
        found.append(Point(number, pk, at, SnapshotReason(reason), pasted, gap))
    return found


def shown(item: Item, kept: Sequence[Point], number: int) -> dict[str, list[Line]]:
    """The parts of the answer at a point, line by line, and which lines the point before did not have."""
    wanted = [point.id for point in kept[max(0, number - 2) : number]]
    rows = {row.pk: row for row in snapshots.of(item).filter(pk__in=wanted)}
    earlier = rows[wanted[0]].answer if len(wanted) == 2 else blank_answer(item.release)
    before, after = texts(item.release, earlier), texts(item.release, rows[wanted[-1]].answer)
    return {name: _lines(before[name], text) for name, text in after.items()}


def _lines(before: str, after: str) -> list[Line]:
    old, new = (text.removesuffix("\n").split("\n") for text in (before, after))
    kept: set[int] = set()
    for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        kept.update(range(block.b, block.b + block.size))
    return [Line(at + 1, text, at not in kept) for at, text in enumerate(new)]
