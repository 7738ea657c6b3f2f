"""Curves from what a program prints, without an API to learn: `Epoch 10, Loss: 0.4128` is a point of `loss` at 10.

Whatever stands as `name=value` or `name: value` is a number of a series; on a line that counts, so does what people
measure with its number after it: `epoch 10: loss 0.4128`. Words that count (epoch, step, ...) say where
on the line it lies; without one, a series counts its own values.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Names that say where, not how much.
COUNTERS = ("epoch", "step", "iter", "iteration", "it", "batch", "round", "episode", "update")
#: Bounds of what is kept: a program may print anything.
MOST_SERIES, MOST_POINTS, LONGEST_LINE = 12, 500, 1000

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)\b"
_COUNT = re.compile(
    rf"\b(?P<name>{'|'.join(COUNTERS)})s?\b\s*[:=#]?\s*[\[(]?\s*(?P<at>\d+)(?!\.\d)", re.IGNORECASE
)
_VALUE = re.compile(
    rf"(?<![\w/])(?P<name>[A-Za-z][\w@./-]*(?: [A-Za-z][\w@./-]*){{0,2}})\s*[:=]\s*(?P<value>{_NUMBER})(?![\w:.])",
    re.IGNORECASE,
)
#: What is measured while training. Any other word before a number may be one of a sentence: took 3.5 s.
_MEASURED = r"(?:loss|acc|accuracy|err|error|mse|mae|rmse|ppl|perplexity|f1|auc|score|norm|lr)"
_SPOKEN = re.compile(
    rf"(?<![\w/])(?P<name>(?:[A-Za-z]\w* )?(?:[A-Za-z]\w*[_-])?{_MEASURED})\s+(?P<value>{_NUMBER})(?![\w:.])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Series:
    """Values of one name in the order in which they were printed.

    `points` are (x, y) pairs, at most MOST_POINTS of them, spread evenly where there were more; y may be NaN or
    infinite. `counter` is the word that x comes from, "" where the values are only counted from 1.
    """

    name: str
    counter: str
    points: tuple[tuple[float, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON, which has no number that is none: such a y becomes null."""
        points = [[x, y if math.isfinite(y) else None] for x, y in self.points]
        return {"name": self.name, "counter": self.counter, "points": points}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Series:
        """The inverse of `to_dict`; what was infinite comes back as NaN."""
        points = tuple((x, math.nan if y is None else y) for x, y in document["points"])
        return cls(document["name"], document["counter"], points)

    @property
    def finite(self) -> tuple[tuple[float, float], ...]:
        """The points that can be drawn."""
        return tuple((x, y) for x, y in self.points if math.isfinite(y))


def read_curves(text: str) -> tuple[Series, ...]:
    """Every name that was printed with a number at least twice, the first MOST_SERIES of them."""
    found: dict[str, list[tuple[float, float]]] = {}
    counters: dict[str, set[str]] = {}
    for line in text.splitlines():
        counter, at = _place(line[:LONGEST_LINE])
        for name, value in _values(line[:LONGEST_LINE]):
            if name not in found and len(found) == MOST_SERIES:
                continue
            points = found.setdefault(name, [])
            points.append((math.nan if at is None else at, value))
            counters.setdefault(name, set()).add(counter)
    series = (_series(name, counters[name], points) for name, points in found.items())
    return tuple(one for one in series if len(one.points) > 1)


def _place(line: str) -> tuple[str, float | None]:
    """The counting word of a line and its number. Of several the last, which is the finer one: epoch 2, step 40."""
    places = list(_COUNT.finditer(line))
    return (places[-1]["name"].lower(), float(places[-1]["at"])) if places else ("", None)


def _values(line: str) -> Iterator[tuple[str, float]]:
    found = [*_VALUE.finditer(line), *(_SPOKEN.finditer(line) if _COUNT.search(line) else ())]
    for match in sorted(found, key=lambda match: match.start("value")):
        name = _told(match["name"])
        if name and name not in COUNTERS:
            yield name, float(match["value"])


def _told(words: str) -> str:
    """A name in lower case, without a counting word that stands before it: `epoch loss` is `loss`."""
    kept = [word for word in words.lower().split() if word not in COUNTERS]
    return " ".join(kept).strip("-./@")[:40]


def _series(name: str, counters: set[str], points: list[tuple[float, float]]) -> Series:
    """Places that do not grow (each epoch counts its steps anew) or are partly missing are replaced by a count."""
    places = [x for x, _ in points]
    grows = all(before < after for before, after in itertools.pairwise(places))
    counter = next(iter(counters)) if len(counters) == 1 and grows else ""
    if not counter:
        points = [(float(n), y) for n, (_, y) in enumerate(points, start=1)]
    return Series(name, counter, tuple(_spread(points)))


def _spread(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most MOST_POINTS of them, first and last included."""
    if len(points) <= MOST_POINTS:
        return points
    step = (len(points) - 1) / (MOST_POINTS - 1)
    return [points[round(n * step)] for n in range(MOST_POINTS)]
