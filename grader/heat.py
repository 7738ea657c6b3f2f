"""Works out where two tensors differ: how many elements, by how much, and a map of the errors, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from grader.difference import LEVELS, MOST_DIMENSIONS, NOT_FINITE, SHARES, SIDE, Difference

#: An error that no float64 can hold, of finite elements.
_HUGE = torch.finfo(torch.float64).max
#: Smaller expected values count as this when an error is divided by them.
_SMALL = 1e-12


def wide(tensor: torch.Tensor) -> torch.Tensor:
    """The same values as float64, or as complex128."""
    return tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)


def dtype_name(dtype: torch.dtype) -> str:
    """As people write it: float32."""
    return str(dtype).removeprefix("torch.")


def in_form(actual: torch.Tensor, expected: torch.Tensor) -> Difference | None:
    """Two tensors that differ in shape or dtype, as far as that goes. None where they have too many dimensions."""
    if max(actual.dim(), expected.dim()) > MOST_DIMENSIONS:
        return None
    names = dtype_name(actual.dtype), dtype_name(expected.dtype)
    return Difference(tuple(actual.shape), tuple(expected.shape), *names)


def in_values(actual: torch.Tensor, expected: torch.Tensor, matches: torch.Tensor) -> Difference | None:
    """Two tensors of one shape that do not match; `matches` says of each element whether it is fine, not all are."""
    form = in_form(actual, expected)
    if form is None:
        return None
    wrong = ~matches
    left, right = wide(actual.detach()), wide(expected.detach())
    odd = wrong & ~(left.isfinite() & right.isfinite())
    error = torch.where(wrong & ~odd, (left - right).abs().clamp(max=_HUGE), 0.0)
    found = replace(
        form,
        wrong=int(wrong.sum()),
        total=wrong.numel(),
        not_finite=int(odd.sum()),
        spans=tuple(_spans(wrong)),
    )
    if bool((wrong & ~odd).any()):
        relative = (error / right.abs().clamp(min=_SMALL)).nan_to_num(nan=0.0, posinf=_HUGE)
        sizes = float(error.max()), float(relative.max())
        found = replace(found, largest=sizes[0], relative=sizes[1], relative_at=_at(relative))
    return _drawn(found, error.masked_fill(odd, torch.inf), float(error.max()))


def _drawn(found: Difference, ranked: torch.Tensor, largest: float) -> Difference:
    """With the place of the worst error, and a map of the last two dimensions there. A single number has no map."""
    if not ranked.dim():
        return found
    worst = _at(ranked)
    leading = worst[:-2]
    shown = ranked[leading].reshape(-1, ranked.shape[-1])
    rows, columns = shown.shape
    return replace(
        found, worst=worst, leading=leading, rows=rows, columns=columns, cells=_cells(shown, largest)
    )


def _at(values: torch.Tensor) -> tuple[int, ...]:
    """The index of the largest."""
    return tuple(int(n) for n in np.unravel_index(int(values.argmax()), values.shape))


def _spans(wrong: torch.Tensor) -> Sequence[tuple[int, int]]:
    """For each dimension the first and the last index of an element that is wrong."""
    places = wrong.nonzero()
    return list(zip(places.amin(dim=0).tolist(), places.amax(dim=0).tolist(), strict=True))


def _cells(errors: torch.Tensor, largest: float) -> tuple[str, ...]:
    """The largest error of each block of a matrix, as a level of `largest`."""
    rows, columns = errors.shape
    high, across = min(SIDE, rows), min(SIDE, columns)
    down = torch.arange(rows) * high // rows
    along = torch.arange(columns) * across // columns
    block = (down[:, None] * across + along).reshape(-1)
    empty = torch.zeros(high * across, dtype=torch.float64)
    blocks = empty.scatter_reduce(0, block, errors.reshape(-1), "amax").tolist()
    levels = "".join(_level(error, largest) for error in blocks)
    return tuple(levels[start : start + across] for start in range(0, len(levels), across))


def _level(error: float, largest: float) -> str:
    if error == 0:
        return LEVELS[0]
    if error == float("inf"):
        return NOT_FINITE
    return LEVELS[1 + sum(error > share * largest for share in SHARES)]
