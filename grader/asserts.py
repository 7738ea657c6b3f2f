"""What a rewritten assert of a tests file calls (see grader.rewrite): it says what both sides were."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from grader.checks import Check, show

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


class AssertFailed(AssertionError):
    """An assert of a test with what both of its sides were."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.message)
        self.check = check


def explained_assert(left: Any, right: Any, symbol: str, source: str, note: Callable[[], Any]) -> None:
    """Compare and, on failure, raise AssertFailed with both sides."""
    if _FUNCTIONS[symbol](left, right):
        return
    said = str(note())
    expected = show(right) if symbol == "==" else f"{symbol} {show(right)}"
    raise AssertFailed(Check(False, said or f"Does not hold: {source}", show(left), expected))
