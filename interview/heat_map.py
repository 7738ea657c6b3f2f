"""Where a tensor differs from the expected one, as a sentence, a picture and a table for a template to show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.difference import LEVELS, NOT_FINITE, SHARES, Difference, Index

#: The picture's units: of the largest cell, of all cells together, and of the labels beside and above them.
LARGEST_CELL, SIDE = 22.0, 264.0
LEFT, TOP, MARGIN = 42.0, 18.0, 6.0
#: So many places of a level are named in the table; more are counted.
MOST_PLACES = 4


def _percent(share: float) -> str:
    return f"{100 * share:g} %"


WORDS = {
    LEVELS[0]: "nothing differs",
    LEVELS[1]: f"up to {_percent(SHARES[0])} of the largest error",
    LEVELS[2]: f"up to {_percent(SHARES[1])}",
    LEVELS[3]: f"up to {_percent(SHARES[2])}",
    LEVELS[4]: f"more than {_percent(SHARES[2])} of the largest error",
    NOT_FINITE: "NaN or infinite on one side",
}


@dataclass(frozen=True)
class Band:
    """The cells of one level: their style, what the level means, their outline as SVG wants it, and where they lie."""

    style: str
    words: str
    path: str
    count: int
    places: str


@dataclass(frozen=True)
class Label:
    """A number beside the picture."""

    x: str
    y: str
    text: str


@dataclass(frozen=True)
class HeatMap:
    """A picture of `width` by `height` units. `grid` and `hatch` are lines over its cells."""

    width: str
    height: str
    bands: tuple[Band, ...]
    grid: str
    hatch: str
    across: tuple[Label, ...]
    down: tuple[Label, ...]
    caption: str


def heat_map(difference: Difference) -> HeatMap | None:
    """The picture of a difference; None where there is none to draw, as of two shapes that are not the same."""
    if not difference.cells:
        return None
    return _Picture(difference).drawn()


def finding(difference: Difference) -> str:
    """What differs, in a sentence."""
    if not difference.total:
        what = "shapes" if difference.shape != difference.expected_shape else "dtypes"
        return f"The {what} differ, so no element was compared"
    all_of_it = difference.wrong == difference.total
    count = (
        "Every element differs" if all_of_it else f"{difference.wrong} of {difference.total} elements differ"
    )
    odd = f"; {difference.not_finite} NaN or infinite on one side" if difference.not_finite else ""
    return f"{count}{_within(difference)}{odd}"


def size(difference: Difference) -> str:
    """By how much, where that is told; otherwise nothing."""
    if difference.largest is None or difference.relative is None:
        return ""
    largest = (
        f"Largest error {difference.largest:.3g}{_at(difference.worst if not difference.not_finite else ())}"
    )
    return f"{largest}; largest relative error {difference.relative:.3g}{_at(difference.relative_at)}"


def shape(sizes: Index) -> str:
    """A shape as Python writes it: (5, 1)."""
    return str(tuple(sizes))


def _at(place: Index) -> str:
    return f" at [{', '.join(map(str, place))}]" if place else ""


def _within(difference: Difference) -> str:
    """Which part of the tensor holds all that differs, where that is not the whole."""
    parts = [
        f"{_range(first, last)} of dimension {number}"
        for number, ((first, last), length) in enumerate(zip(difference.spans, difference.shape, strict=True))
        if last - first + 1 < length
    ]
    return f", all at index {' and '.join(parts)}" if parts else ""


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


class _Picture:
    """The cells of a difference on paper."""

    def __init__(self, difference: Difference) -> None:
        self._told = difference
        self._cells = difference.cells
        self._wide = min(LARGEST_CELL, SIDE / len(self._cells[0]))
        self._high = min(LARGEST_CELL, SIDE / len(self._cells))
        self._right = LEFT + self._wide * len(self._cells[0])
        self._bottom = TOP + self._high * len(self._cells)

    def drawn(self) -> HeatMap:
        return HeatMap(
            width=_n(self._right + MARGIN),
            height=_n(self._bottom + MARGIN),
            bands=tuple(self._bands()),
            grid=self._grid(),
            hatch="".join(self._hatch()),
            across=tuple(self._across()),
            down=tuple(self._down()),
            caption=self._caption(),
        )

    def _bands(self) -> Iterator[Band]:
        for level, words in WORDS.items():
            runs = [run for row, line in enumerate(self._cells) for run in _runs(row, line, level)]
            if runs:
                count = sum(last - first + 1 for _, first, last in runs)
                style = "odd" if level == NOT_FINITE else f"q{level}"
                yield Band(style, words, "".join(map(self._outline, runs)), count, self._places(runs))

    def _outline(self, run: tuple[int, int, int]) -> str:
        row, first, last = run
        x, y, wide = LEFT + first * self._wide, TOP + row * self._high, (last - first + 1) * self._wide
        return f"M{_n(x)} {_n(y)}h{_n(wide)}v{_n(self._high)}h{_n(-wide)}z"

    def _places(self, runs: Sequence[tuple[int, int, int]]) -> str:
        """The first runs as slices of the tensor, and how many more there are."""
        named = [f"[{', '.join([*map(str, self._told.leading), *self._slices(run)])}]" for run in runs]
        more = f" and {len(named) - MOST_PLACES} more" if len(named) > MOST_PLACES else ""
        return ", ".join(named[:MOST_PLACES]) + more

    def _slices(self, run: tuple[int, int, int]) -> Iterator[str]:
        row, first, last = run
        if len(self._told.shape) > 1:
            yield _slice(_start(row, len(self._cells), self._told.rows), self._below(row))
        across = len(self._cells[0])
        end = _start(last + 1, across, self._told.columns) - 1
        yield _slice(_start(first, across, self._told.columns), end)

    def _below(self, row: int) -> int:
        """The last row of the tensor that a row of cells stands for."""
        return _start(row + 1, len(self._cells), self._told.rows) - 1

    def _grid(self) -> str:
        along = "".join(
            f"M{_n(LEFT)} {_n(TOP + row * self._high)}H{_n(self._right)}"
            for row in range(1, len(self._cells))
        )
        down = "".join(
            f"M{_n(LEFT + column * self._wide)} {_n(TOP)}V{_n(self._bottom)}"
            for column in range(1, len(self._cells[0]))
        )
        return along + down

    def _hatch(self) -> Iterator[str]:
        """A cross through each cell that is not finite: a shape, since colour alone says nothing to some."""
        for row, line in enumerate(self._cells):
            for column, level in enumerate(line):
                if level == NOT_FINITE:
                    x, y, w, h = LEFT + column * self._wide, TOP + row * self._high, self._wide, self._high
                    yield f"M{_n(x)} {_n(y)}l{_n(w)} {_n(h)}m0 {_n(-h)}l{_n(-w)} {_n(h)}"

    def _across(self) -> Iterator[Label]:
        for index in dict.fromkeys((0, self._told.columns - 1)):
            column = index * len(self._cells[0]) // self._told.columns
            yield Label(_n(LEFT + (column + 0.5) * self._wide), _n(TOP - 5), str(index))

    def _down(self) -> Iterator[Label]:
        for index in dict.fromkeys((0, self._told.rows - 1)) if len(self._told.shape) > 1 else ():
            row = index * len(self._cells) // self._told.rows
            yield Label(_n(LEFT - 5), _n(TOP + (row + 0.5) * self._high), str(index))

    def _caption(self) -> str:
        last = len(self._told.shape) - 1
        if not last:
            axes = f"Dimension 0 ({self._told.columns}) from left to right"
        else:
            axes = f"Down: dimension {last - 1} ({self._told.rows}); across: dimension {last} ({self._told.columns})"
        if not self._told.leading:
            return axes
        slice_ = ", ".join([*map(str, self._told.leading), ":", ":"])
        return f"The slice with the largest error, [{slice_}]. {axes}"


def _runs(row: int, line: str, level: str) -> Iterator[tuple[int, int, int]]:
    """Neighbouring cells of one level: the row, the first and the last column."""
    start = None
    for column, found in enumerate(f"{line} "):
        if found == level and start is None:
            start = column
        elif found != level and start is not None:
            yield row, start, column - 1
            start = None


def _start(cell: int, cells: int, length: int) -> int:
    """The first index under a cell: the judge puts index n under cell `n * cells // length`."""
    return -(-cell * length // cells)


def _slice(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}:{last + 1}"


def _n(number: float) -> str:
    """A number as SVG wants it, whatever the reader's language."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
