"""What authors of questions import in `grading/tests.py`.

    from grader.testing import case, compare, raises, test
    import reference

    @test("keeps the shape", points=1, visible=True)
    def keeps_the_shape(candidate, draw):
        assert candidate.softmax(draw.normal(5, 3), dim=1).shape == (5, 3)

    compare("softmax", name="matches on ordinary values", against=reference.softmax, gradients=True,
            inputs=lambda draw: [case(draw.normal(4, 7), dim=1)])

A test names the things it needs as its parameters: `candidate` (the submission's module), `draw` (fresh random
inputs), `reference` (the module grading/reference.py), `data` (a function from a path under grading/data to bytes),
`torch`, `np`, `seed`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from grader.candidate import CandidateError, is_a
from grader.checks import Check, bands, close, show
from grader.comparison import Case, Comparison, Draw, Failure
from grader.outline import DEFAULT_POINTS, default_reveal

__all__ = [
    "Case",
    "Check",
    "Draw",
    "Failure",
    "bands",
    "case",
    "close",
    "compare",
    "expect",
    "is_a",
    "raises",
    "show",
    "test",
]


def expect(check: Check) -> None:
    """Fail the test unless the check is fine: `expect(close(actual, expected))`."""
    if not check.ok:
        raise Failure(check)


@dataclass(frozen=True)
class Declared:
    """A test as its file declared it."""

    name: str
    group: str
    points: float
    visible: bool
    reveal: str
    run: Callable[..., Check | None]

    @property
    def wants(self) -> tuple[str, ...]:
        """The names of the things that the function takes."""
        return tuple(inspect.signature(self.run).parameters)


#: Filled while a tests file runs; a judge runs one file in its life.
declared: list[Declared] = []


def test(
    name: str,
    *,
    points: float = DEFAULT_POINTS,  # noqa: PT028 - `test` declares tests, it is none
    group: str = "",  # noqa: PT028 - `test` declares tests, it is none
    visible: bool = False,  # noqa: PT028 - `test` declares tests, it is none
    reveal: str | None = None,  # noqa: PT028 - `test` declares tests, it is none
) -> Callable[[Callable[..., Check | None]], Callable[..., Check | None]]:
    """Declare a function as a test. `reveal` is how much of it candidates see: name, message, output, expected.

    A test that returns has passed, unless what it returns is a check that is not fine. One that is says by its
    `share` how many of the points are earned, and by its message why.
    """

    def declare(function: Callable[..., Check | None]) -> Callable[..., Check | None]:
        declared.append(Declared(name, group, points, visible, reveal or default_reveal(visible), function))
        return function

    return declare


# Pytest would collect the decorator itself from files that import it.
test.__test__ = False  # type: ignore[attr-defined]  # an attribute that pytest reads


def case(*arguments: Any, **keywords: Any) -> Case:
    """The arguments of one call, for `compare`."""
    return Case(arguments, keywords)


def compare(
    entry: str,
    *,
    against: Callable[..., Any],
    inputs: Callable[[Draw], Sequence[Case]] | Sequence[Case],
    name: str = "",
    points: float = DEFAULT_POINTS,
    group: str = "",
    visible: bool = False,
    reveal: str | None = None,
    gradients: bool = False,
    strided: bool = False,
    unchanged: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    because: str = "",
    device: str | None = None,
    build: Case | None = None,
    modes: Sequence[str] = ("eval",),
) -> None:
    """Declare a test that calls `entry` of the submission as the reference is called, and compares.

    Shape, dtype and values always; with `gradients`, the derivatives of a random projection of the output with
    respect to every floating-point tensor; `strided` hands over inputs that are not contiguous; `unchanged` asks
    that inputs keep their values. The inputs are put on `device`, by default where
    the submission runs (see `device` in question.yaml), and there the output must be. `because` ends the
    message of a failure.

    For a module, `against` is the reference's class and `build=case(...)` what both classes are built with; both get
    the reference's state and are compared in each of `modes`, "train" and "eval".
    """
    make = inputs if callable(inputs) else lambda draw: inputs
    run = Comparison(
        entry, against, make, gradients, strided, unchanged, rtol, atol, because, device, build, modes
    )
    declared.append(Declared(name or entry, group, points, visible, reveal or default_reveal(visible), run))


class raises:
    """`with raises(ValueError, match="axis"): candidate.softmax(...)`; other exceptions pass through."""

    def __init__(self, kind: type[BaseException], match: str = "") -> None:
        self._kind = kind
        self._match = match

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        name = self._kind.__name__
        if error is None:
            raise Failure(
                Check(False, f"No exception was raised; {name} was expected.", "no exception", name)
            )
        if not isinstance(error, CandidateError) or error.rule or not error.is_a(self._kind):
            return False
        if self._match and not re.search(self._match, error.message):
            message = f"{name} was raised as expected, but its message does not mention what it should."
            raise Failure(Check(False, message, error.message, self._match))
        return True
