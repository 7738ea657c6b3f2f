"""Self-assessment: where it is offered, what it shows of a rubric, and how it differs from the review.

Of a rubric it shows what is looked for and nothing else, not even the order: that of the file tells how much each
criterion weighs, and for some questions it is the answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from interview.models import Interview, Item, SelfAssessment, SelfMark
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors.report import Entry, ItemReport, Report


@dataclass(frozen=True)
class Line:
    """A criterion as its candidate reads it before the release. `number` is its place on the page, from 1."""

    number: int
    criterion: str
    describe: str
    met: bool | None  # as it was saved; None where nothing was


@dataclass(frozen=True)
class Sheet:
    """One answer with what is looked for in it. `estimate` is the number of an answer that has one."""

    item: Item
    answer: dict[str, Any]
    estimate: str
    lines: list[Line]

    @property
    def is_marked(self) -> bool:
        return all(line.met is not None for line in self.lines)

    @property
    def met(self) -> list[Line]:
        return [line for line in self.lines if line.met]


@dataclass(frozen=True)
class Compared:
    """A candidate's marks of one answer beside the reviewer's: `own` by criterion, points of the criteria alone."""

    item: Item
    own: dict[str, bool]
    points: float
    reviewed: float
    max_points: float
    only_own: list[str]  # what the candidate alone saw as met, in the words of the rubric
    only_reviewed: list[str]  # what the reviewer alone did

    @property
    def apart(self) -> int:
        """On how many criteria the two differ."""
        return len(self.only_own) + len(self.only_reviewed)

    @property
    def agrees(self) -> bool:
        return self.apart == 0


@dataclass(frozen=True)
class Difference:
    """The compared answers of an interview, and what they come to."""

    answers: list[Compared]

    @property
    def points(self) -> float:
        return sum(answer.points for answer in self.answers)

    @property
    def reviewed(self) -> float:
        return sum(answer.reviewed for answer in self.answers)

    @property
    def max_points(self) -> float:
        return sum(answer.max_points for answer in self.answers)


def of(interview: Interview) -> SelfAssessment | None:
    return SelfAssessment.objects.filter(interview=interview).first()


def is_begun(interview: Interview) -> bool:
    """Whether its candidate has read the criteria."""
    return SelfAssessment.objects.filter(interview=interview).exists()


def refusal(interview: Interview, now: datetime | None = None) -> str:
    """Why its candidate cannot read or mark the criteria now; empty when they can."""
    if not interview.allows_self_assessment:
        return "This interview is not one that you mark yourself."
    if interview.released_at:
        return "Not saved: the feedback is released. Your report shows what you saved before."
    if interview.finalised_at is None:
        return "Not yet: you can mark yourself when what counts of this interview is fixed."
    if running := interviews.barring_practice(interview.candidate, now):
        return (
            f"This shows what good answers have, and your interview “{running.title}” is still running. "
            "Hand it in first; what you saved here is kept."
        )
    return ""


def sheets(interview: Interview) -> list[Sheet]:
    """The answers that have something to mark. Expects `selectors.interview.with_items`."""
    saved = own_marks(interview)
    return [_sheet(item, saved[item.pk]) for item in _to_mark(interview)]


def has_something(interview: Interview) -> bool:
    """Whether any of its answers has something to mark."""
    return bool(_to_mark(interview))


def _to_mark(interview: Interview) -> list[Item]:
    """Where nothing was written nothing is met, and there is nothing to ask."""
    return [item for item in interview.items.all() if _criteria(item) and items.counting_submission(item)]


def _criteria(item: Item) -> list[dict[str, Any]]:
    return list(item.release.rubric["criteria"]) if item.release.rubric else []


def _sheet(item: Item, saved: Mapping[str, bool]) -> Sheet:
    answer = items.counted_answer(item)
    written = {"text": answer["working"]} if "working" in answer else answer
    lines = [
        Line(number, entry["id"], entry["describe"], saved.get(entry["id"]))
        for number, entry in enumerate(_shuffled(item), start=1)
    ]
    return Sheet(item=item, answer=written, estimate=answer.get("estimate", ""), lines=lines)


def _shuffled(item: Item) -> list[dict[str, Any]]:
    """The criteria in an order that stays the same for this answer and owes nothing to that of the rubric."""
    return sorted(_criteria(item), key=lambda entry: sha256(f"{item.pk} {entry['id']}".encode()).digest())


def own_marks(interview: Interview) -> Mapping[UUID, dict[str, bool]]:
    """By item and criterion, in one query. Nobody but the candidate may read them before the release."""
    found: dict[UUID, dict[str, bool]] = defaultdict(dict)
    marks = SelfMark.objects.filter(assessment__interview=interview)
    for item, criterion, met in marks.values_list("item", "criterion", "met"):
        found[item][criterion] = met
    return found


def attach(report: Report) -> Difference | None:
    """Give every item of a released report what is `compared` of it, None where its candidate said nothing.

    Returns all of that, None where there is nothing; one query.
    """
    saved = own_marks(report.interview) if report.interview.released_at else {}
    compared = [_compared(entry, saved.get(entry.item.pk, {})) for entry in report.items]
    for entry, one in zip(report.items, compared, strict=True):
        entry.item.compared = one  # type: ignore[attr-defined]  # of this reading, not of the row
    answers = [one for one in compared if one]
    return Difference(answers) if answers else None


def _compared(entry: ItemReport, own: dict[str, bool]) -> Compared | None:
    if not own:
        return None
    criteria = [line for line in entry.entries if not line.is_red_flag]
    return Compared(
        item=entry.item,
        own=own,
        points=_points(line for line in criteria if own.get(line.id)),
        reviewed=_points(line for line in criteria if line.met),
        max_points=_points(criteria),
        only_own=[line.describe for line in criteria if own.get(line.id) and not line.met],
        only_reviewed=[line.describe for line in criteria if line.met and not own.get(line.id)],
    )


def _points(lines: Iterable[Entry]) -> float:
    return sum(line.points for line in lines)
