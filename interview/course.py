"""The course of one's shares over several sittings: what can be said of it, and its picture as numbers to draw.

A trend is the latest share against the mean of those before it. It is told as more than chance only where the two
80 % intervals, by the number of answers on each side, do not overlap. That is stricter than a test at the same level,
and few answers seldom pass it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from statistics import fmean

from interview.chart import BOTTOM, LEFT, RIGHT, TOP, Tick, apart
from interview.interval import wilson

WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
CROWD = 24  # points from which on their marks are smaller
LABELLED = 8  # points that are read out before the reader is sent to the table


@dataclass(frozen=True)
class Point:
    """The share in 0..1 that one sitting reached, from how many answers; `counted` unless it was practice."""

    title: str
    at: datetime
    share: float
    answers: int
    counted: bool

    @property
    def percent(self) -> int:
        return round(100 * self.share)


@dataclass(frozen=True)
class Trend:
    """The latest of `before` + 1 sittings against the mean of those before, in per cent."""

    latest: int
    mean: int
    before: int
    answers: tuple[int, int]  # behind the latest, and behind the mean
    is_clear: bool

    @property
    def difference(self) -> int:
        """In percentage points; that of the numbers as they are shown."""
        return self.latest - self.mean

    def __str__(self) -> str:
        earlier = "the one before" if self.before == 1 else f"the mean of the {in_words(self.before)} before"
        if not self.difference:
            return f"The latest is as high as {earlier} ({self.mean} %)."
        way = "above" if self.difference > 0 else "below"
        points = _several(abs(self.difference), "point", as_word=False)
        found = f"The latest is {points} {way} {earlier} ({self.mean} %)"
        if self.is_clear:
            return f"{found}, more than chance easily explains."
        few, many = self.answers
        return f"{found}. With {_several(few, 'answer')} against {in_words(many)} that may be chance."


def trend(points: Sequence[Point]) -> Trend | None:
    """None below two points. Expects them oldest first, all that counted or all practice."""
    if len(points) < 2:
        return None
    *earlier, latest = points
    mean, answers = fmean(point.share for point in earlier), sum(point.answers for point in earlier)
    range_before = wilson(mean, answers)
    return Trend(
        latest=latest.percent,
        mean=round(100 * mean),
        before=len(earlier),
        answers=(latest.answers, answers),
        is_clear=not wilson(latest.share, latest.answers).overlaps(range_before),
    )


@dataclass(frozen=True)
class Mark:
    """Where a sitting stands on the picture."""

    x: float
    y: float
    counted: bool


@dataclass(frozen=True)
class Label:
    """The latest share of a line, at its right."""

    at: float
    words: str
    counted: bool


@dataclass(frozen=True)
class Course:
    """What one area, or all of them together, came to; `points` oldest first."""

    title: str
    points: tuple[Point, ...]

    @cached_property
    def counted(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if point.counted)

    @cached_property
    def practised(self) -> tuple[Point, ...]:
        return tuple(point for point in self.points if not point.counted)

    @property
    def finding(self) -> str:
        """Of the interviews that counted; only where there is none, of practice."""
        told = self.counted or self.practised
        first, last, many = told[0].percent, told[-1].percent, _several(len(told), self._noun)
        if len(told) == 1:
            return f"{self.title}: {last} % in {many}"
        if first == last:
            return f"{self.title}: {last} % in the first and the latest of {many}"
        return f"{self.title}: from {first} % to {last} % in {many}"

    @property
    def trend(self) -> str:
        """What can be claimed of it, in words."""
        found = trend(self.counted or self.practised)
        return str(found) if found else f"One {self._noun} is no trend: that takes two."

    @property
    def _noun(self) -> str:
        return "interview" if self.counted else "practice"

    @property
    def label(self) -> str:
        """The numbers, for those who do not see the picture."""
        lists = [_in_order(noun, points) for noun, points in self._lines]
        return f"{self.finding}. {' '.join(lists)} The table below has all numbers."

    @property
    def _lines(self) -> list[tuple[str, tuple[Point, ...]]]:
        lines = [("Interviews", self.counted), ("Practice", self.practised)]
        return [line for line in lines if line[1]]

    @cached_property
    def marks(self) -> list[Mark]:
        """One after the other at the same distance: days without a sitting say nothing."""
        step = (RIGHT - LEFT) / max(1, len(self.points) - 1)
        start = LEFT if len(self.points) > 1 else (LEFT + RIGHT) / 2
        return [
            Mark(round(start + step * index, 1), _height(point.share), point.counted)
            for index, point in enumerate(self.points)
        ]

    @property
    def radius(self) -> float:
        return 4.5 if len(self.points) <= CROWD else 2.5

    @property
    def line(self) -> str:
        """Through the interviews that counted, as SVG wants it; empty below two."""
        return self._through(counted=True)

    @property
    def practice_line(self) -> str:
        return self._through(counted=False)

    def _through(self, *, counted: bool) -> str:
        marks = [mark for mark in self.marks if mark.counted == counted]
        return " ".join(f"{mark.x},{mark.y}" for mark in marks) if len(marks) > 1 else ""

    @property
    def labels(self) -> list[Label]:
        ends = [points[-1] for _, points in self._lines]
        heights = apart([_height(point.share) for point in ends])
        return [
            Label(height, f"{point.percent} %" + ("" if point.counted else " practice"), point.counted)
            for point, height in zip(ends, heights, strict=True)
        ]

    @property
    def heights(self) -> list[Tick]:
        return [Tick(_height(share), f"{share:.0%}".replace("%", " %")) for share in (0.0, 0.5, 1.0)]

    @property
    def ends(self) -> list[tuple[float, datetime]]:
        """Where the first and the latest sitting stand, and when they were."""
        places = [(mark.x, point.at) for mark, point in zip(self.marks, self.points, strict=True)]
        return [places[0], places[-1]] if places[-1][1].date() != places[0][1].date() else [places[-1]]


def _height(share: float) -> float:
    return round(BOTTOM - share * (BOTTOM - TOP), 1)


def _in_order(noun: str, points: Sequence[Point]) -> str:
    latest = points[-LABELLED:]
    numbers = ", ".join(f"{point.percent} %" for point in latest)
    which = f"the latest {in_words(LABELLED)} in order" if len(points) > LABELLED else "in order"
    return f"{noun} {which}: {numbers}."


def in_words(number: int) -> str:
    """Numbers as a sentence has them: three, 13."""
    return WORDS[number] if number < len(WORDS) else str(number)


def _several(number: int, noun: str, *, as_word: bool = True) -> str:
    return f"{in_words(number) if as_word else number} {noun}{'' if number == 1 else 's'}"
