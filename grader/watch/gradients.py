"""Which gradients an optimizer finds when it makes its step: none, or some that an earlier step has used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from weakref import ref

import torch
from torch.optim import Optimizer

from grader.facts import Fact, Fault
from grader.watch.call import LOOKS, Call
from grader.watch.parts import Followed, has_gradient, held_by
from grader.watch.place import line_of

#: Parameters of an optimizer that are followed, its smallest, and how many in all.
FOLLOWED, MOST_FOLLOWED = 2, 8
#: Steps that are looked at. What is wrong with a loop shows early, and on a device each look makes it wait.
MOST_STEPS = 200
#: Optimizers of one test that are told apart.
MOST_OPTIMIZERS = 16


@dataclass
class Seen:
    """One optimizer: its steps, and which of its parameters had a gradient at none of them."""

    optimizer: ref[Optimizer]
    parameters: int
    missing: list[tuple[ref[torch.Tensor], tuple[int, ...]]]
    followed: list[Followed]
    steps: int = 0

    def on_step(self) -> bool:
        """Whether it is about to use a gradient a second time."""
        self.steps += 1
        self.missing = [(p, shape) for p, shape in self.missing if _lacks_gradient(p())]
        reused = [followed.on_step() for followed in self.followed]
        return any(reused)

    def fact(self) -> Fact | None:
        """Where none had a gradient, something else is wrong."""
        if self.steps < 2 or not 0 < len(self.missing) < self.parameters:
            return None
        (_, shape), missed = self.missing[0], len(self.missing)
        return Fact.of(
            Fault.NO_GRADIENT, missed=missed, parameters=self.parameters, steps=self.steps, shape=shape
        )


def _lacks_gradient(parameter: torch.Tensor | None) -> bool:
    return parameter is not None and parameter.grad is None


class Gradients:
    """What the steps of one test found."""

    def __init__(self) -> None:
        self._followed: dict[int, Followed] = {}
        self._seen: dict[int, Seen] = {}
        self._steps = self._stale = self._empty = self._looked = 0
        self._has_left = False
        self._lines: dict[Fault, int | None] = {}

    def on_pass(self) -> None:
        """A backward pass is about to begin."""
        if self._steps < MOST_STEPS:
            for followed in self._followed.values():
                followed.on_pass()

    def after_pass(self, call: Call) -> None:
        """It has ended: what has it left?"""
        self._has_left = call.passes <= LOOKS and call.has_gradients()

    def on_step(self, optimizer: Optimizer, call: Call, frame: FrameType) -> None:
        """An optimizer is about to make a step."""
        if self._steps == MOST_STEPS:
            return
        self._steps += 1
        seen = self._meet(optimizer)
        if seen is not None and seen.on_step():
            self._stale += 1
            self._lines.setdefault(Fault.GRADIENTS_NOT_ZEROED, line_of(frame))
        if self._has_left:
            self._look(held_by(optimizer), call, frame)

    def _meet(self, optimizer: Optimizer) -> Seen | None:
        seen = self._seen.get(id(optimizer))
        if seen is not None and seen.optimizer() is optimizer:
            return seen
        parameters = sorted(held_by(optimizer), key=torch.Tensor.numel)
        missing = [(ref(p), tuple(p.shape)) for p in parameters]
        followed = [self._follow(parameter) for parameter in parameters[:FOLLOWED]]
        seen = Seen(ref(optimizer), len(parameters), missing, followed)
        if len(self._seen) < MOST_OPTIMIZERS:
            self._seen[id(optimizer)] = seen
        return seen

    def _follow(self, parameter: torch.Tensor) -> Followed:
        """By parameter, not by optimizer: a new optimizer finds the gradients of the one before."""
        known = self._followed.pop(id(parameter), None)
        if known is None or known.parameter() is not parameter:
            known = Followed(ref(parameter))
        self._followed[id(parameter)] = known
        while len(self._followed) > MOST_FOLLOWED:
            del self._followed[next(iter(self._followed))]
        return known

    def _look(self, parameters: list[torch.Tensor], call: Call, frame: FrameType) -> None:
        """The pass before has left gradients: are all of them gone?"""
        self._has_left = False
        if not call.reaches(parameters):
            return
        self._looked += 1
        if not any(map(has_gradient, parameters)):
            self._empty += 1
            self._lines.setdefault(Fault.CLEARED_BEFORE_STEP, line_of(frame))

    def facts(self) -> Iterator[Fact]:
        """What all of them come to."""
        if self._stale:
            yield self._fact(Fault.GRADIENTS_NOT_ZEROED, stale=self._stale, steps=self._steps)
        if self._empty:
            yield self._fact(Fault.CLEARED_BEFORE_STEP, empty=self._empty, steps=self._looked)
        for seen in self._seen.values():
            if fact := seen.fact():
                yield fact

    def _fact(self, fault: Fault, **values: int) -> Fact:
        return Fact(fault, values, self._lines.get(fault))
