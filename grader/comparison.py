"""Calling the submission as the reference is called, and comparing what comes back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from grader.candidate import Candidate, is_a
from grader.checks import Check, close, kind_of
from grader.modules import same_names


class Failure(Exception):
    """The submission did not do what a test asks for."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.message)
        self.check = check


class Draw:
    """Random inputs, fresh for each grading and the same again for the same seed.

    Shapes are given as numbers; none at all is a single value.
    """

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed & 0x7FFF_FFFF_FFFF_FFFF)

    def normal(self, *shape: int, dtype: torch.dtype = torch.float32, scale: float = 1.0) -> torch.Tensor:
        """Standard normal values times `scale`."""
        return torch.randn(shape, generator=self.generator, dtype=dtype) * scale

    def uniform(
        self, *shape: int, low: float = 0.0, high: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> torch.Tensor:
        """Values between `low` and `high`."""
        return torch.rand(shape, generator=self.generator, dtype=dtype) * (high - low) + low

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
        # A module is called through __call__, which takes anything; what it takes stands in `forward`.
        signature = inspect.signature(getattr(function, "forward", function))
        bound = signature.bind(*self.arguments, **self.keywords)
        positional = list(bound.arguments)[: len(self.arguments)]
        everything = [*zip(positional, self.arguments, strict=False), *self.keywords.items()]
        return [name for name, value in everything if isinstance(value, torch.Tensor)]


def _brief(value: Any) -> str:
    return f"tensor{tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)


@dataclass(frozen=True)
class Comparison:
    """A call of the submission against the same call of the reference, on every case.

    With `build`, both are classes of modules: they are built with these arguments, given the same state, put in each
    of `modes`, and then called.
    """

    entry: str
    against: Callable[..., Any]
    inputs: Callable[[Draw], Sequence[Case]]
    gradients: bool
    strided: bool
    unchanged: bool
    rtol: float | None
    atol: float | None
    because: str
    device: str | None
    build: Case | None = None
    modes: Sequence[str] = ("eval",)
    mode: str = ""

    def __call__(self, candidate: Candidate, draw: Draw, seed: int) -> None:
        for run, function in self._runs(candidate, seed):
            for example in self.inputs(draw):
                run._compare(candidate, function, example, draw)

    def _runs(self, candidate: Candidate, seed: int) -> Iterator[tuple[Comparison, Any]]:
        """What to call on both sides, and how to speak of it."""
        entry: Any = candidate
        for part in self.entry.split("."):
            entry = getattr(entry, part)
        if self.build is None:
            yield self, entry
            return
        for mode in self.modes:
            ours = self.against(*self.build.arguments, **self.build.keywords).train(mode == "train")
            theirs = self._twin(entry, ours, self.device or candidate.device_)
            theirs.train(mode == "train")
            # Dropout and its like draw the same on both sides when both begin with the same seed.
            candidate.seed_(seed)
            torch.default_generator.manual_seed(seed)
            yield replace(self, against=ours, mode=mode), theirs

    def _twin(self, entry: Any, ours: torch.nn.Module, device: str) -> Any:
        """The submission's module, built as ours was and with its state, on the device of the inputs."""
        assert self.build is not None  # noqa: S101 - for the type checker: asked before
        theirs = entry(*self.build.arguments, **self.build.keywords)
        if not is_a(theirs, "torch.nn.modules.module.Module"):
            self._judge(Check(False, f"it is {kind_of(theirs)}, not a torch.nn.Module."), self.build)
        self._judge(same_names(theirs.state_dict(), ours.state_dict()), self.build)
        theirs.load_state_dict(dict(ours.state_dict()))
        if device != "cpu":
            theirs.to(device)
        return theirs

    def _compare(self, candidate: Candidate, function: Any, example: Case, draw: Draw) -> None:
        expected, cotangent, slopes = self._expected(example, draw)
        device = self.device or candidate.device_
        how = {"strided": self.strided, "cotangent": cotangent, "device": device}
        answer = candidate.probe_(function, example.arguments, example.keywords, how)
        if type(answer) is not dict or not {"output", "device", "changed", "gradients"} <= answer.keys():
            raise Failure(Check(False, "The call did not come back with a result."))
        names = example.names(self.against)
        self._judge(_on_device(answer["device"], device), example)
        self._judge(close(answer["output"], expected, rtol=self.rtol, atol=self.atol), example)
        if self.unchanged and answer["changed"]:
            changed = _named(answer["changed"], names)
            self._judge(Check(False, f"{self.entry} changes its input {changed}."), example)
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
        circumstances = [
            f" in {self.mode} mode" if self.mode else "",
            " on a non-contiguous input" if self.strided else "",
        ]
        where = f"In {self.entry}({example}){''.join(circumstances)}: "
        why = f" {self.because}" if self.because else ""
        raise Failure(replace(check, message=f"{where}{check.message}{why}"))


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


def _on_device(found: Any, wanted: str) -> Check:
    """`found` is where the output was, None when it is no tensor: then its type is the complaint."""
    if found is None or found == wanted:
        return Check(True)
    told = str(found)[:32]
    return Check(False, f"the result is on {told}, and its inputs were on {wanted}.", told, wanted)
