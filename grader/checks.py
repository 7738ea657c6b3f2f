"""Comparisons: pure functions of expected and actual, each answering with a remark that a colleague could make."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from grader.difference import Difference
from grader.frames import Place
from grader.heat import dtype_name, in_form, in_values, wide


@dataclass(frozen=True)
class Check:
    """The outcome of a comparison. `output` and `expected` show both sides; they obey a test's reveal level.

    `share` is the part of a test's points that it earns, from 0 to 1, when the test returns it; left out, a check that
    is fine earns all and one that is not earns nothing. One that is not fine may still earn a share: what holds of
    several properties, while the test as a whole does not pass.
    `detail` says more of the verdict in a word, see `grader.results.TestResult`. `difference` says where two tensors
    differ; `places` are lines of the submission that an exception of its came through, see `grader.frames`.
    """

    ok: bool
    message: str = ""
    output: str = ""
    expected: str = ""
    share: float | None = None
    detail: str = ""
    difference: Difference | None = None
    places: Sequence[Place] = ()

    @property
    def earned(self) -> float:
        """The share of the points, from 0 to 1."""
        return float(self.ok) if self.share is None else self.share


PASSED = Check(True)


@dataclass(frozen=True)
class Tolerance:
    """How far a value may be off: `atol + rtol * |expected|`."""

    rtol: float
    atol: float


#: Two orders of magnitude above rounding, for computations of ordinary length.
DEFAULT_TOLERANCES = {
    torch.float64: Tolerance(1e-7, 1e-9),
    torch.complex128: Tolerance(1e-7, 1e-9),
    torch.float32: Tolerance(1e-4, 1e-6),
    torch.complex64: Tolerance(1e-4, 1e-6),
    torch.bfloat16: Tolerance(1.6e-2, 1e-2),
    torch.float16: Tolerance(2e-3, 1e-3),
}
EXACT = Tolerance(0.0, 0.0)


def close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    what: str = "the result",
) -> Check:
    """Compare by value: same structure, shape and dtype, every element within the tolerance.

    NaN never matches a number, and matches NaN only with `equal_nan`.
    """
    if isinstance(expected, torch.Tensor):
        return _close_tensors(actual, expected, rtol, atol, equal_nan, what)
    if isinstance(expected, np.ndarray | np.generic):
        return _close_arrays(actual, expected, rtol, atol, equal_nan, what)
    if isinstance(expected, float | complex) and not isinstance(actual, bool):
        return _close_numbers(actual, expected, rtol, atol, equal_nan, what)
    if isinstance(expected, list | tuple):
        return _close_sequences(actual, expected, rtol, atol, equal_nan, what)
    if isinstance(expected, dict):
        return _close_mappings(actual, expected, rtol, atol, equal_nan, what)
    return _equal(actual, expected, what)


def bands(value: float, shares: Mapping[float, float], *, what: str = "the result") -> Check:
    """The share of a test's points that a value earns, by lower bounds: `{0.80: 0.6, 0.90: 0.8, 0.95: 1.0}`.

    Below the lowest bound it is not fine. A test hands it on with `return bands(...)`.
    """
    reached = [bound for bound in shares if value >= bound]
    if not reached:
        return Check(False, f"{what} is {value:.3f}; at least {min(shares):g} is asked for.")
    above = [bound for bound in shares if bound > value]
    more = f" More points begin at {min(above):g}." if above else ""
    return Check(True, f"{what} is {value:.3f}.{more}", share=shares[max(reached)])


def _equal(actual: Any, expected: Any, what: str) -> Check:
    # `is` for the type: a bool equals an int, and a class of the candidate's may equal anything.
    if type(actual) is type(expected) and actual == expected:
        return PASSED
    return Check(False, f"{what} differs from what was expected.", show(actual), show(expected))


def _close_numbers(
    actual: Any, expected: complex, rtol: float | None, atol: float | None, equal_nan: bool, what: str
) -> Check:
    if isinstance(actual, np.ndarray) and actual.size == 1:
        actual = actual.item()
    if type(actual) not in (int, float, complex):
        return Check(
            False, f"{what} should be a number, and is {kind_of(actual)}.", show(actual), show(expected)
        )
    left, right = torch.tensor(actual, dtype=torch.complex128), torch.tensor(expected, dtype=torch.complex128)
    if bool(_matching(left, right, _tolerance(torch.float64, rtol, atol), equal_nan)):
        return PASSED
    return Check(False, f"{what} is off by {abs(actual - expected):.3g}.", show(actual), show(expected))


def _close_arrays(
    actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool, what: str
) -> Check:
    if not isinstance(actual, np.ndarray):
        return Check(
            False, f"{what} should be a NumPy array, and is {kind_of(actual)}.", show(actual), show(expected)
        )
    left, right = (
        torch.from_numpy(np.ascontiguousarray(actual)),
        torch.from_numpy(np.ascontiguousarray(expected)),
    )
    return _close_tensors(
        left.reshape(actual.shape), right.reshape(np.shape(expected)), rtol, atol, equal_nan, what
    )


def _close_tensors(
    actual: Any, expected: torch.Tensor, rtol: float | None, atol: float | None, equal_nan: bool, what: str
) -> Check:
    form = same_form(actual, expected, what)
    if not form.ok:
        return form
    actual, expected = actual.detach(), expected.detach()
    matches = _matching(actual, expected, _tolerance(expected.dtype, rtol, atol), equal_nan)
    if bool(matches.all()):
        return PASSED
    remark, difference = _remark(actual, expected, matches, what), in_values(actual, expected, matches)
    return Check(False, remark, show(actual), show(expected), difference=difference)


def same_form(actual: Any, expected: torch.Tensor, what: str = "the result") -> Check:
    """A tensor of the same shape and dtype, or a remark on the first of these that is not so."""
    if not isinstance(actual, torch.Tensor):
        return Check(
            False, f"{what} should be a tensor, and is {kind_of(actual)}.", show(actual), show(expected)
        )
    if actual.shape != expected.shape:
        message = f"{what} has shape {tuple(actual.shape)}; expected is {tuple(expected.shape)}."
        return Check(False, message, show(actual), show(expected), difference=in_form(actual, expected))
    if actual.dtype != expected.dtype:
        message = f"{what} has dtype {dtype_name(actual.dtype)}; expected is {dtype_name(expected.dtype)}."
        return Check(False, message, show(actual), show(expected), difference=in_form(actual, expected))
    return PASSED


def _tolerance(dtype: torch.dtype, rtol: float | None, atol: float | None) -> Tolerance:
    """What is not given comes from the dtype; a bound given alone stands alone."""
    if rtol is None and atol is None:
        return DEFAULT_TOLERANCES.get(dtype, EXACT)
    return Tolerance(rtol or 0.0, atol or 0.0)


def _matching(
    actual: torch.Tensor, expected: torch.Tensor, bound: Tolerance, equal_nan: bool
) -> torch.Tensor:
    """Which elements match. Written so that a NaN on either side comes out as no match."""
    same = actual == expected
    if bound != EXACT:
        left, right = wide(actual), wide(expected)
        near = (left - right).abs() <= bound.atol + bound.rtol * right.abs()
        same = same | (near & left.isfinite() & right.isfinite())
    return same | (actual.isnan() & expected.isnan()) if equal_nan else same


def _remark(actual: torch.Tensor, expected: torch.Tensor, matches: torch.Tensor, what: str) -> str:
    wrong, total = int((~matches).sum()), matches.numel()
    if not bool(actual.isfinite().all()) and bool(expected.isfinite().all()):
        kinds = "NaN" if bool(actual.isnan().any()) else "infinity"
        place = _place((~actual.isfinite()).nonzero()[0].tolist())
        return f"{what} has {kinds} at {place}, where a finite number is expected."
    share = "every element" if wrong == total else f"{wrong} of {total} elements"
    error = (wide(actual) - wide(expected)).abs() / wide(expected).abs().clamp(min=1e-12)
    error = torch.where(matches, torch.zeros_like(error), error.nan_to_num(nan=math.inf))
    worst = int(error.argmax())
    place = _place([int(index) for index in np.unravel_index(worst, error.shape)])
    return f"{what} is wrong in {share}: largest relative error {float(error.reshape(-1)[worst]):.2g} at {place}."


def _place(indices: Sequence[int]) -> str:
    return f"[{', '.join(map(str, indices))}]" if indices else "its only element"


def _close_sequences(
    actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool, what: str
) -> Check:
    if not isinstance(actual, list | tuple) or len(actual) != len(expected):
        found = f"{len(actual)} items" if isinstance(actual, list | tuple) else kind_of(actual)
        return Check(
            False, f"{what} should have {len(expected)} items, and is {found}.", show(actual), show(expected)
        )
    for position, (left, right) in enumerate(zip(actual, expected, strict=True)):
        check = close(
            left, right, rtol=rtol, atol=atol, equal_nan=equal_nan, what=f"item {position} of {what}"
        )
        if not check.ok:
            return check
    return PASSED


def _close_mappings(
    actual: Any, expected: Any, rtol: float | None, atol: float | None, equal_nan: bool, what: str
) -> Check:
    if not isinstance(actual, dict) or actual.keys() != expected.keys():
        found = show(sorted(map(str, actual))) if isinstance(actual, dict) else kind_of(actual)
        return Check(
            False, f"{what} does not have the expected keys.", found, show(sorted(map(str, expected)))
        )
    for key, right in expected.items():
        check = close(
            actual[key], right, rtol=rtol, atol=atol, equal_nan=equal_nan, what=f"{key!r} of {what}"
        )
        if not check.ok:
            return check
    return PASSED


def where_differ(actual: Any, expected: Any, matches: Any = None) -> Difference | None:
    """Where two tensors, or two arrays, differ; None for anything else. Without `matches`, where they are not equal."""
    left, right = _as_tensor(actual), _as_tensor(expected)
    if left is None or right is None:
        return None
    if left.shape != right.shape or left.dtype != right.dtype:
        return in_form(left, right)
    same = left == right if matches is None else torch.as_tensor(matches)
    return None if bool(same.all()) else in_values(left, right, same)


def _as_tensor(value: Any) -> torch.Tensor | None:
    """A tensor as it is, an array as a tensor; None for anything else, arrays of objects among it."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufc" and value.dtype.isnative:
        return torch.from_numpy(np.ascontiguousarray(value)).reshape(value.shape)
    return value.detach() if isinstance(value, torch.Tensor) else None


def kind_of(value: Any) -> str:
    """What something is, in words: "a list", "None", "a float64 array of shape (3,)"."""
    if value is None:
        return "None"
    if isinstance(value, torch.Tensor):
        return f"a {dtype_name(value.dtype)} tensor of shape {tuple(value.shape)}"
    if isinstance(value, np.ndarray):
        return f"a {value.dtype} array of shape {value.shape}"
    name = type(value).__name__
    if name == "Remote":
        return repr(value)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def show(value: Any, limit: int = 600) -> str:
    """A value as text of bounded length, tensors with shape and dtype."""
    if isinstance(value, torch.Tensor):
        text = _show_tensor(value.detach())
    elif isinstance(value, np.ndarray):
        text = f"{np.array2string(value, threshold=24, edgeitems=3)}  (array {value.shape} {value.dtype})"
    else:
        text = repr(value)
    return text if len(text) <= limit else text[:limit] + " …"


def _show_tensor(value: torch.Tensor) -> str:
    # NumPy has no bfloat16; every other dtype is shown as it is.
    array = (value.float() if value.dtype is torch.bfloat16 else value).resolve_conj().resolve_neg().numpy()
    body = np.array2string(array, threshold=24, edgeitems=3, precision=6, separator=", ")
    return f"{body}  (tensor {tuple(value.shape)} {dtype_name(value.dtype)})"
