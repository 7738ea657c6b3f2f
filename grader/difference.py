"""Where a tensor differs from the one that was expected: small plain data, and the only form in which it travels.

It is worked out in the judge's process (see `grader.heat`) from what candidate code returned. So whatever says to be a
difference is read here with every bound checked: numbers, sizes, the name of a dtype, and a map of few characters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

#: A map has at most so many cells in each direction; a cell stands for the block of elements under it.
SIDE = 32
#: What a cell shows of its block: nothing wrong, then by the largest error in it as a share of the largest of all.
SHARES = (0.01, 0.1, 0.5)
LEVELS = "01234"
#: A block in which one side is NaN or infinite and the other is not the same.
NOT_FINITE = "x"

MOST_DIMENSIONS, LARGEST = 8, 10**12
_DTYPE = re.compile(r"[a-z0-9_]{1,24}")
_CELLS = re.compile(f"[{LEVELS}{NOT_FINITE}]{{1,{SIDE}}}")

Index = tuple[int, ...]


@dataclass(frozen=True)
class Difference:
    """Two tensors that do not match. Where shape or dtype differ nothing else is compared, and `total` is 0.

    wrong         elements outside the tolerance, of `total`
    not_finite    those of them in which one side is NaN or infinite
    spans         for each dimension, the first and the last index at which an element is wrong
    worst         where the absolute error is largest; what is not finite counts as larger than any number
    largest       the largest absolute error of finite elements, None where there is none
    relative      the largest error as a share of what was expected, and `relative_at` where
    leading       the index of the dimensions before the last two that `cells` shows: the one with the largest error
    rows, columns the sizes of the last two dimensions; of a single dimension one row
    cells         for each row of the map its characters, of LEVELS and NOT_FINITE
    """

    shape: Index
    expected_shape: Index
    dtype: str
    expected_dtype: str
    wrong: int = 0
    total: int = 0
    not_finite: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    worst: Index = ()
    largest: float | None = None
    relative: float | None = None
    relative_at: Index = ()
    leading: Index = ()
    rows: int = 0
    columns: int = 0
    cells: tuple[str, ...] = ()

    def without_values(self) -> Difference:
        """Where it differs, and not by how much: beside one's own output, the error would give what was expected."""
        return replace(self, largest=None, relative=None, relative_at=())

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Difference:
        """The inverse of `dataclasses.asdict`, after JSON as well."""
        pairs = tuple(tuple(span) for span in document["spans"])
        listed = ("shape", "expected_shape", "worst", "relative_at", "leading", "cells")
        return cls(**{**document, **{name: tuple(document[name]) for name in listed}, "spans": pairs})


def read_difference(told: object) -> Difference | None:
    """The difference in what a judge said. Raises ValueError for one that no judge of ours would say."""
    if told is None:
        return None
    if type(told) is not dict:
        raise ValueError("a difference is no mapping")
    try:
        difference = Difference.from_dict(told)
        problem = next(_problems(difference), "")
    except (KeyError, TypeError) as error:
        raise ValueError("a difference is malformed") from error
    if problem:
        raise ValueError(f"a difference with {problem}")
    return difference


def _problems(told: Difference) -> Iterator[str]:
    places = (told.shape, told.expected_shape, told.worst, told.relative_at, told.leading)
    if not all(_is_index(place) for place in (*places, *told.spans)):
        yield "something else than sizes and places"
    if len(told.spans) > MOST_DIMENSIONS or any(len(span) != 2 for span in told.spans):
        yield "spans that are no pairs"
    if not _is_index((told.wrong, told.total, told.not_finite, told.rows, told.columns)):
        yield "counts that are none"
    if not all(_is_error(error) for error in (told.largest, told.relative)):
        yield "errors that are no numbers"
    if not all(type(name) is str and _DTYPE.fullmatch(name) for name in (told.dtype, told.expected_dtype)):
        yield "something else than dtypes"
    if not _is_map(told.cells):
        yield "a map that is none"


def _is_index(place: tuple[object, ...]) -> bool:
    return len(place) <= MOST_DIMENSIONS and all(type(n) is int and 0 <= n <= LARGEST for n in place)


def _is_error(error: object) -> bool:
    return error is None or (type(error) is float and math.isfinite(error) and error >= 0)


def _is_map(cells: tuple[object, ...]) -> bool:
    is_known = all(type(row) is str and _CELLS.fullmatch(row) for row in cells)
    return is_known and len(cells) <= SIDE and len({len(row) for row in cells}) <= 1  # type: ignore[arg-type]  # strings, as was just asked
