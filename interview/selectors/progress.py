"""How a person's own scored answers went over time, interview by interview.

Nothing of an interview that counts is looked at before its release. Practice counts as far as its answers were judged
or marked to the end.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from interview.course import Course, Point
from interview.models import Area, Event, Interview, User
from interview.models.event import EventKind
from interview.models.interview import CloseReason, Mode
from interview.selectors import interview as interviews
from interview.selectors import practice as practices
from interview.selectors.report import AreaScore, ItemReport, area_scores
from interview.selectors.report import report as make_report

LOOKED_AT = practices.REMEMBERED // 2  # the newest of each mode: a page must not grow with every evening


@dataclass(frozen=True)
class Sitting:
    """An interview or practice with those of its answers that are scored, and how many `questions` it has in all."""

    interview: Interview
    answers: list[ItemReport]
    questions: int

    @property
    def counted(self) -> bool:
        return not self.interview.is_practice

    @property
    def has_report(self) -> bool:
        """Whether there is a whole report; practice that goes on has only shown some answers."""
        return self.counted or self.interview.finalised_at is not None

    @property
    def at(self) -> datetime:
        return self.interview.started_at or self.interview.created_at

    @cached_property
    def areas(self) -> list[AreaScore]:
        return list(area_scores(self.answers))

    @property
    def share(self) -> float | None:
        """Points of the possible ones, over everything that is scored; None when nothing is."""
        possible = sum(answer.max_points for answer in self.answers)
        return sum(answer.points for answer in self.answers) / possible if possible else None

    @property
    def percent(self) -> int | None:
        return None if self.share is None else round(100 * self.share)


def of_candidate(user: User) -> QuerySet[Interview]:
    """One's sittings that may say something: released, or practice that is finished or has shown an answer."""
    shown = Exists(Event.objects.filter(interview=OuterRef("pk"), kind=EventKind.REVEALED))
    released = Q(mode=Mode.STRICT, released_at__isnull=False)
    practised = Q(mode=Mode.PRACTICE, started_at__isnull=False) & (Q(finalised_at__isnull=False) | shown)
    own = interviews.of_candidate(user).exclude(close_reason=CloseReason.CANCELLED)
    return own.filter(released | practised).order_by("-started_at", "pk")


def recent(user: User) -> list[Sitting]:
    """The newest sittings, newest first, in a fixed number of queries."""
    own = of_candidate(user)
    chosen = [own.filter(mode=mode).values("pk")[:LOOKED_AT] for mode in (Mode.STRICT, Mode.PRACTICE)]
    return read(own.filter(Q(pk__in=chosen[0]) | Q(pk__in=chosen[1])))


def read(chosen: QuerySet[Interview]) -> list[Sitting]:
    """In the order that they come in. Expects interviews of `of_candidate`."""
    found = list(interviews.with_items(chosen))
    shown = practices.revealed(found)
    return [_sitting(interview, shown) for interview in found]


def among(page: Iterable[Interview], known: Iterable[Sitting]) -> list[Sitting]:
    """The sittings of a page of `of_candidate`; only what is not `known` yet is read."""
    wanted, by_id = list(page), {sitting.interview.pk: sitting for sitting in known}
    if missing := [interview.pk for interview in wanted if interview.pk not in by_id]:
        more = read(Interview.objects.filter(pk__in=missing))
        by_id |= {sitting.interview.pk: sitting for sitting in more}
    return [by_id[interview.pk] for interview in wanted]


def _sitting(interview: Interview, shown: set[UUID]) -> Sitting:
    entries = make_report(interview).items
    scored = [entry for entry in entries if not interview.is_practice or _is_scored(entry, interview, shown)]
    return Sitting(interview, scored, len(entries))


def _is_scored(entry: ItemReport, practice: Interview, shown: set[UUID]) -> bool:
    """Whether an answer of practice was given, shown, judged and marked to the end. What was left out says nothing."""
    is_told = practice.finalised_at is not None or entry.item.pk in shown
    return is_told and entry.submission is not None and entry.is_judged and entry.is_marked


def courses(sittings: Iterable[Sitting]) -> tuple[list[Course], list[Area]]:
    """How all areas together and then each of them went, oldest first; and the areas of which nothing is scored."""
    overall: list[Point] = []
    by_area: dict[Area, list[Point]] = defaultdict(list)
    for sitting in sorted(sittings, key=lambda sitting: sitting.at):
        if sitting.share is not None:
            overall.append(_point(sitting, sitting.share, len(sitting.answers)))
        for score in sitting.areas:
            by_area[score.area].append(_point(sitting, score.fraction, _answers(sitting, score.area)))
    areas = list(Area.objects.all())
    named = [("All areas", overall), *((area.title, by_area[area]) for area in areas)]
    drawn = [Course(title, tuple(points)) for title, points in named if points]
    return drawn, [area for area in areas if not by_area[area]]


def _answers(sitting: Sitting, area: Area) -> int:
    return sum(answer.item.release.question.area_id == area.pk for answer in sitting.answers)


def _point(sitting: Sitting, share: float, answers: int) -> Point:
    return Point(sitting.interview.title, sitting.at, share, answers, sitting.counted)
