"""Line charts of what a submission printed, as numbers for a template to draw, at most three lines to a chart.

A chart has 360 by 206 units, as the pictures of the whole product.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]

MOST_CHARTS, MOST_LINES, ROWS = 3, 3, 8
LEFT, RIGHT, TOP, BOTTOM = 46.0, 268.0, 22.0, 176.0
CLASSES = ("y", "r", "lim")
#: From this ratio of its largest to its smallest value on, a falling loss says more on a log scale.
LOG_RATIO = 20.0
#: Labels at the ends of lines keep this distance.
LABEL_GAP = 14.0


@dataclass(frozen=True)
class Tick:
    """A mark of an axis: where, and what it says."""

    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """One series: how it is drawn, its points as SVG wants them, and its label at the end."""

    name: str
    style: str
    points: str
    label: str
    label_at: float


@dataclass(frozen=True)
class Chart:
    """One picture with its table. `finding` is its sentence, `caption` what is plotted, `gaps` values left out."""

    finding: str
    caption: str
    lines: tuple[Line, ...]
    heights: tuple[Tick, ...]
    places: tuple[Tick, ...]
    counter: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    gaps: int


def charts_of(curves: Iterable[Mapping[str, Any]]) -> list[Chart]:
    """Charts of the `curves` of a result's document; names that end alike (train loss, val loss) share one."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for series in curves:
        if len(_finite(series)) > 1:
            groups.setdefault(_family(series["name"]), []).append(series)
    return [_chart(group[:MOST_LINES]) for group in list(groups.values())[:MOST_CHARTS]]


def _family(name: str) -> str:
    return str(name).replace("_", " ").split()[-1]


def _finite(series: Mapping[str, Any]) -> list[Point]:
    return [(x, y) for x, y in series["points"] if y is not None]


class _Scale:
    """From numbers to places on the picture."""

    def __init__(self, lines: Sequence[Sequence[Point]]) -> None:
        xs = [x for points in lines for x, _ in points]
        ys = [y for points in lines for _, y in points]
        self.is_log = min(ys) > 0 and max(ys) / min(ys) >= LOG_RATIO
        self.left, self.right = min(xs), max(xs)
        self.low, self.high = self._height(min(ys)), self._height(max(ys))
        if self.low == self.high:
            self.low, self.high = self.low - 0.5, self.high + 0.5

    def _height(self, y: float) -> float:
        return math.log10(y) if self.is_log else y

    def x(self, value: float) -> float:
        share = (value - self.left) / (self.right - self.left) if self.right > self.left else 0.0
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def y(self, value: float) -> float:
        share = (self._height(value) - self.low) / (self.high - self.low)
        return round(BOTTOM - share * (BOTTOM - TOP), 1)

    def heights(self) -> Iterator[Tick]:
        """Three hairlines: bottom, middle, top."""
        for share in (0.0, 0.5, 1.0):
            level = self.low + share * (self.high - self.low)
            yield Tick(round(BOTTOM - share * (BOTTOM - TOP), 1), number(10**level if self.is_log else level))

    def places(self) -> Iterator[Tick]:
        for value in dict.fromkeys((self.left, self.right)):
            yield Tick(self.x(value), number(value))


def number(value: float) -> str:
    """Three figures, and no more digits than people read: 0.0137, 1.52, 12000, 3.1e-07."""
    return f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.3g}"


def _chart(group: Sequence[Mapping[str, Any]]) -> Chart:
    points = [_finite(series) for series in group]
    scale = _Scale(points)
    counter = next((series["counter"] for series in group if series["counter"]), "")
    names = " and ".join(str(series["name"]) for series in group)
    along = f"against {counter}" if counter else "in the order in which they were printed"
    return Chart(
        finding=_finding(group[0]["name"], points[0]),
        caption=f"{names} {along}{', log scale' if scale.is_log else ''}",
        lines=tuple(_lines(group, points, scale)),
        heights=tuple(scale.heights()),
        places=tuple(scale.places()),
        counter=counter or "value",
        rows=tuple(_rows(points)),
        gaps=sum(len(series["points"]) for series in group) - sum(map(len, points)),
    )


def _finding(name: str, points: Sequence[Point]) -> str:
    first, last = points[0][1], points[-1][1]
    moves = "stays at" if first == last else "falls to" if last < first else "rises to"
    begin = "" if first == last else f" from {number(first)}"
    return f"{name[:1].upper()}{name[1:]} {moves} {number(last)}{begin}"


def _lines(
    group: Sequence[Mapping[str, Any]], points: Sequence[Sequence[Point]], scale: _Scale
) -> Iterator[Line]:
    ends = _apart([scale.y(line[-1][1]) for line in points])
    for series, line, style, end in zip(group, points, CLASSES, ends, strict=False):
        drawn = " ".join(f"{scale.x(x)},{scale.y(y)}" for x, y in line)
        yield Line(series["name"], style, drawn, number(line[-1][1]), end)


def _apart(heights: Sequence[float]) -> list[float]:
    """The same heights, moved down where two labels would lie on each other."""
    moved = list(heights)
    lowest = -math.inf
    for index in sorted(range(len(moved)), key=lambda n: heights[n]):
        moved[index] = max(moved[index], lowest + LABEL_GAP)
        lowest = moved[index]
    return [round(height + 4, 1) for height in moved]


def _rows(points: Sequence[Sequence[Point]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A few places of the first line, with what every line has there."""
    values = [dict(line) for line in points]
    places = [x for x, _ in points[0]]
    step = max(1, (len(places) - 1) / (ROWS - 1))
    chosen = dict.fromkeys(places[round(n * step)] for n in range(min(ROWS, len(places))))
    for x in chosen:
        yield number(x), tuple(number(value[x]) if x in value else "–" for value in values)
