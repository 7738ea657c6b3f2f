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
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import torch

from grader.candidate import Candidate, CandidateError, is_a
from grader.checks import Check, bands, close, show
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


class Failure(Exception):
    """The submission did not do what a test asks for."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.message)
        self.check = check


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


class Draw:
    """Random inputs, fresh for each grading and the same again for the same seed. Shapes are given as numbers."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed & 0x7FFF_FFFF_FFFF_FFFF)

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32, scale: float = 1.0) -> torch.Tensor:
        """Standard normal values times `scale`."""
        return torch.randn(*shape, generator=self.generator, dtype=dtype) * scale

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Values between `low` and `high`."""
        return torch.rand(*shape, generator=self.generator, dtype=dtype) * (high - low) + low

    def integers(self, *shape: int, low: int = 0, high: int) -> torch.Tensor:
        """Whole numbers from `low` to `high - 1`, int64."""
        return torch.randint(low, high, shape, generator=self.generator)

    def permutation(self, count: int) -> torch.Tensor:
        """The numbers below `count` in random order."""
        return torch.randperm(count, generator=self.generator)


@dataclass(frozen=True)
class Case:
    """One call: positional and named arguments."""

    arguments: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        named = [f"{name}={_brief(value)}" for name, value in self.keywords.items()]
        return ", ".join([*(_brief(value) for value in self.arguments), *named])

    def names(self, function: Callable[..., Any]) -> list[str]:
        """What the function calls its tensor arguments, in order."""
        bound = inspect.signature(function).bind(*self.arguments, **self.keywords)
        positional = list(bound.arguments)[: len(self.arguments)]
        everything = [*zip(positional, self.arguments, strict=False), *self.keywords.items()]
        return [name for name, value in everything if isinstance(value, torch.Tensor)]


def case(*arguments: Any, **keywords: Any) -> Case:
    """The arguments of one call, for `compare`."""
    return Case(arguments, keywords)


def _brief(value: Any) -> str:
    return f"tensor{tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)


@dataclass(frozen=True)
class Comparison:
    """A call of the submission against the same call of the reference, on every case."""

    entry: str
    against: Callable[..., Any]
    inputs: Callable[[Draw], Sequence[Case]]
    gradients: bool
    strided: bool
    unchanged: bool
    rtol: float | None
    atol: float | None
    because: str

    def __call__(self, candidate: Candidate, draw: Draw) -> None:
        function = candidate
        for part in self.entry.split("."):
            function = getattr(function, part)
        for example in self.inputs(draw):
            self._compare(candidate, function, example, draw)

    def _compare(self, candidate: Candidate, function: Any, example: Case, draw: Draw) -> None:
        expected, cotangent, slopes = self._expected(example, draw)
        how = {"strided": self.strided, "cotangent": cotangent}
        answer = candidate.probe_(function, example.arguments, example.keywords, how)
        if type(answer) is not dict or not {"output", "changed", "gradients"} <= answer.keys():
            raise Failure(Check(False, "The call did not come back with a result."))
        names = example.names(self.against)
        self._judge(close(answer["output"], expected, rtol=self.rtol, atol=self.atol), example)
        if self.unchanged and answer["changed"]:
            self._judge(
                Check(False, f"{self.entry} changes its input {_named(answer['changed'], names)}."), example
            )
        if cotangent is not None:
            self._judge_gradients(answer["gradients"], slopes, example)

    def _expected(self, example: Case, draw: Draw) -> tuple[Any, Any, dict[str, torch.Tensor]]:
        """The reference's output, a random cotangent of its shape, and the gradients by input name."""
        arguments = tuple(_own(value, self.gradients) for value in example.arguments)
        keywords = {name: _own(value, self.gradients) for name, value in example.keywords.items()}
        output = self.against(*arguments, **keywords)
        if not self.gradients:
            return output, None, {}
        cotangent = torch.randn(output.shape, generator=draw.generator, dtype=torch.float64).to(output.dtype)
        values = [v for v in (*arguments, *keywords.values()) if isinstance(v, torch.Tensor)]
        named = dict(zip(example.names(self.against), values, strict=True))
        wanted = {name: value for name, value in named.items() if value.requires_grad}
        slopes = torch.autograd.grad(output, list(wanted.values()), cotangent)
        return output.detach(), cotangent, dict(zip(wanted, slopes, strict=True))

    def _judge_gradients(self, actual: Any, slopes: dict[str, torch.Tensor], example: Case) -> None:
        if isinstance(actual, str):
            self._judge(Check(False, f"forward matches; {actual}."), example)
        if not isinstance(actual, list) or len(actual) != len(slopes):
            self._judge(Check(False, "forward matches; the gradients could not be computed."), example)
        for (name, expected), slope in zip(slopes.items(), actual, strict=True):
            if slope is None:
                check = Check(False, f"forward matches; the gradient does not reach `{name}`.")
            else:
                what = f"forward matches; the gradient of `{name}`"
                check = close(slope, expected, rtol=self.rtol, atol=self.atol, what=what)
            self._judge(check, example)

    def _judge(self, check: Check, example: Case) -> None:
        """Say for which call, and why the author asks for what was asked."""
        if check.ok:
            return
        where = f"In {self.entry}({example}){' on a non-contiguous input' if self.strided else ''}: "
        why = f" {self.because}" if self.because else ""
        raise Failure(Check(False, f"{where}{check.message}{why}", check.output, check.expected))


def _own(value: Any, gradients: bool) -> Any:
    if not isinstance(value, torch.Tensor):
        return value
    return value.detach().clone().requires_grad_(gradients and value.is_floating_point())


def _named(positions: Any, names: list[str]) -> str:
    known = (
        [n for n in positions if type(n) is int and 0 <= n < len(names)]
        if isinstance(positions, list)
        else []
    )
    return " and ".join(f"`{names[n]}`" for n in known)


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
) -> None:
    """Declare a test that calls `entry` of the submission as the reference is called, and compares.

    Shape, dtype and values always; with `gradients`, the derivatives of a random projection of the output with
    respect to every floating-point tensor; `strided` hands over inputs that are not contiguous; `unchanged` asks
    that inputs keep their values. `because` ends the message of a failure.
    """
    make = inputs if callable(inputs) else lambda draw: inputs
    run = Comparison(entry, against, make, gradients, strided, unchanged, rtol, atol, because)
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
        if not isinstance(error, CandidateError) or not error.is_a(self._kind):
            return False
        if self._match and not re.search(self._match, error.message):
            message = f"{name} was raised as expected, but its message does not mention what it should."
            raise Failure(Check(False, message, error.message, self._match))
        return True
