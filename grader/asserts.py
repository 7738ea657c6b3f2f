"""What a rewritten assert of a tests file calls (see grader.rewrite): it says what both sides were."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from grader.checks import Check, show, where_differ

_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
    "is": operator.is_,
    "is not": operator.is_not,
}
#: What says of each element what the function says of all.
_OF_EACH: dict[Callable[..., Any], Callable[..., Any]] = {
    torch.allclose: torch.isclose,
    np.allclose: np.isclose,
}


class AssertFailed(AssertionError):
    """An assert of a test with what both of its sides were."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.message)
        self.check = check


def explained_assert(left: Any, right: Any, symbol: str, source: str, note: Callable[[], Any]) -> None:
    """Compare and, on failure, raise AssertFailed with both sides."""
    if _FUNCTIONS[symbol](left, right):
        return
    said = str(note()) or f"Does not hold: {source}"
    if symbol == "==":
        raise AssertFailed(_unequal(left, right, said))
    raise AssertFailed(Check(False, said, show(left), f"{symbol} {show(right)}"))


def explained_call(
    given: tuple[Any, ...],
    named: Mapping[str, Any],
    function: Callable[..., Any],
    source: str,
    note: Callable[[], Any],
) -> None:
    """Ask `function` whether its first two arguments are alike and, if not, raise AssertFailed with both."""
    if function(*given, **named):
        return
    left, right = given[:2]
    said = str(note()) or f"Does not hold: {source}"
    # The same comparison, of each element. Where shapes differ there is nothing to lay side by side.
    each = _OF_EACH.get(function) if getattr(left, "shape", None) == getattr(right, "shape", ()) else None
    raise AssertFailed(_unequal(left, right, said, each(*given, **named) if each else None))


def _unequal(left: Any, right: Any, message: str, matches: Any = None) -> Check:
    return Check(False, message, show(left), show(right), difference=where_differ(left, right, matches))
