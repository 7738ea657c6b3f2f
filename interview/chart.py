"""Line charts of what a submission printed, as numbers for a template to draw, at most three names to a chart.

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
LINEAR, LOG = "linear", "log"
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
    earlier: bool


@dataclass(frozen=True)
class Drawing:
    """The lines of a chart on one scale, `linear` or `log`, with the marks of its height."""

    scale: str
    lines: tuple[Line, ...]
    heights: tuple[Tick, ...]


@dataclass(frozen=True)
class Chart:
    """One picture with its table. `finding` is its sentence, `caption` what is plotted, `gaps` values left out.

    There is a drawing for each scale that its values allow; `chosen` is the one to begin with. `heads` names the
    columns of the table.
    """

    finding: str
    caption: str
    drawings: tuple[Drawing, ...]
    chosen: str
    places: tuple[Tick, ...]
    counter: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    gaps: int


@dataclass(frozen=True)
class _Series:
    """What was printed under one name, without what is not finite; `earlier` of the run that lies under this one."""

    name: str
    counter: str
    points: list[Point]
    gaps: int
    earlier: bool

    @property
    def family(self) -> str:
        """Names that end alike (train loss, val loss) are of one."""
        return self.name.replace("_", " ").split()[-1]


def charts_of(curves: Iterable[Mapping[str, Any]], under: Iterable[Mapping[str, Any]] = ()) -> list[Chart]:
    """Charts of the `curves` of a result's document, over those that an earlier run printed under the same names."""
    own = [*_drawable(curves, earlier=False)]
    names = {series.name for series in own}
    before = [series for series in _drawable(under, earlier=True) if series.name in names or not own]
    groups: dict[str, list[_Series]] = {}
    for series in [*own, *before]:
        groups.setdefault(series.family, []).append(series)
    return [_chart(_most(group)) for group in list(groups.values())[:MOST_CHARTS]]


def _drawable(curves: Iterable[Mapping[str, Any]], *, earlier: bool) -> Iterator[_Series]:
    for series in curves:
        points = [(x, y) for x, y in series["points"] if y is not None]
        if len(points) > 1:
            gaps = len(series["points"]) - len(points)
            yield _Series(str(series["name"]), series["counter"], points, gaps, earlier)


def _most(group: Sequence[_Series]) -> list[_Series]:
    """As many names as a chart has room for, each with what lies under it."""
    names = list(dict.fromkeys(series.name for series in group))[:MOST_LINES]
    return [series for series in group if series.name in names]


class _Scale:
    """From numbers to places on the picture."""

    def __init__(self, lines: Sequence[Sequence[Point]], *, is_log: bool) -> None:
        xs = [x for points in lines for x, _ in points]
        ys = [y for points in lines for _, y in points]
        self.is_log = is_log
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


def _chart(group: Sequence[_Series]) -> Chart:
    scales = [_Scale([series.points for series in group], is_log=is_log) for is_log in _scales(group)]
    counter = next((series.counter for series in group if series.counter), "")
    names = " and ".join(dict.fromkeys(series.name for series in group))
    along = f"against {counter}" if counter else "in the order in which they were printed"
    return Chart(
        finding=_finding(group),
        caption=f"{names} {along}",
        drawings=tuple(_drawing(group, scale) for scale in scales),
        chosen=LOG if _spread(group) >= LOG_RATIO else LINEAR,
        places=tuple(scales[0].places()),
        counter=counter or "value",
        heads=tuple(f"{series.name}, earlier" if series.earlier else series.name for series in group),
        rows=tuple(_rows([series.points for series in group])),
        gaps=sum(series.gaps for series in group),
    )


def _scales(group: Sequence[_Series]) -> list[bool]:
    """Whether logarithmic, for each scale on which these values can be drawn and look different."""
    return [False, True] if _spread(group) > 1 else [False]


def _spread(group: Sequence[_Series]) -> float:
    """How many times the smallest value fits into the largest; 0 where that says nothing."""
    values = [y for series in group for _, y in series.points]
    return max(values) / min(values) if min(values) > 0 else 0.0


def _finding(group: Sequence[_Series]) -> str:
    """What the first line does, and what it did before."""
    name, (_, first), (_, last) = group[0].name, group[0].points[0], group[0].points[-1]
    moves = "stays at" if first == last else "falls to" if last < first else "rises to"
    begin = "" if first == last else f" from {number(first)}"
    found = f"{name[:1].upper()}{name[1:]} {moves} {number(last)}{begin}"
    before = [series for series in group[1:] if series.earlier and series.name == name]
    return f"{found}; the earlier run ended at {number(before[0].points[-1][1])}" if before else found


def _drawing(group: Sequence[_Series], scale: _Scale) -> Drawing:
    return Drawing(LOG if scale.is_log else LINEAR, tuple(_lines(group, scale)), tuple(scale.heights()))


def _lines(group: Sequence[_Series], scale: _Scale) -> Iterator[Line]:
    styles = dict(zip(dict.fromkeys(series.name for series in group), CLASSES, strict=False))
    ends = apart([scale.y(series.points[-1][1]) for series in group])
    for series, end in zip(group, ends, strict=True):
        drawn = " ".join(f"{scale.x(x)},{scale.y(y)}" for x, y in series.points)
        style = styles[series.name]
        yield Line(series.name, style, drawn, number(series.points[-1][1]), end, series.earlier)


def apart(heights: Sequence[float]) -> list[float]:
    """The places of labels at these heights, moved down where two would lie on each other."""
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
