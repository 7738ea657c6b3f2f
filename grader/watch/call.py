"""One call of the submission that trains: its losses, what they reach, its steps, and what all of it changed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from types import FrameType

import torch
from torch import nn
from torch.optim import Optimizer

from grader.facts import Fact, Fault
from grader.watch.graph import parameters_behind
from grader.watch.parts import Snapshot, has_gradient, held_by, is_a, parameters_of
from grader.watch.place import line_of

#: So many backward passes are looked at closely; of the others the loss alone.
LOOKS = 4
#: Parameters that are asked whether a pass has left anything.
SAMPLES = 4


class Call:
    """What happens from the judge's request to the answer."""

    def __init__(self, given: Iterable[object] = ()) -> None:
        models = [value for value in given if is_a(value, nn.Module)]
        self._given = [Snapshot.of(p) for model in models for p in parameters_of(model)]  # type: ignore[arg-type]  # is_a has asked
        self._reached: dict[int, Snapshot] = {}
        self._sizes: list[int] = []
        self._losses = 0
        self._values: dict[str, float] = {}
        self._held: set[int] = set()
        self._optimizers: set[int] = set()
        self._has_optimizer = self._keeps_graph = self._has_lost = False
        self._line: int | None = None
        self.looks = self.passes = self.steps = 0

    def on_pass(self, loss: torch.Tensor, keeps_graph: bool, frame: FrameType) -> None:
        """A backward pass that adds to gradients is about to begin."""
        self.passes += 1
        self._keeps_graph = keeps_graph
        if self.passes > LOOKS:
            return
        leaves, size = parameters_behind(loss)
        for leaf in leaves:
            if type(leaf) is nn.Parameter and id(leaf) not in self._reached:
                self._reached[id(leaf)] = Snapshot.of(leaf)
        self._sizes.append(size)
        self._line = line_of(frame)
        self._has_optimizer = self._has_optimizer or any(
            is_a(value, Optimizer) for value in frame.f_locals.values()
        )

    def on_loss(self, value: float, frame: FrameType) -> Iterator[Fact]:
        """A number that gradients are about to be computed of."""
        self._losses += 1
        if math.isfinite(value):
            self._values = {"first": self._values.get("first", value), "before": value}
        elif not self._has_lost:
            self._has_lost = True
            yield Fact.of(Fault.NAN_LOSS, line_of(frame), number=self._losses, value=value, **self._values)

    def on_step(self, optimizer: Optimizer) -> None:
        """An optimizer is about to make a step."""
        self.steps += 1
        if id(optimizer) not in self._optimizers:
            self._optimizers.add(id(optimizer))
            self._held.update(map(id, held_by(optimizer)))

    def reaches(self, parameters: Iterable[torch.Tensor]) -> bool:
        """Whether a backward pass that was looked at reached one of them."""
        return not self._reached.keys().isdisjoint(map(id, parameters))

    def has_gradients(self) -> bool:
        """Whether the last pass has left any, as far as a sample tells."""
        some = itertools.islice(self._reached.values(), SAMPLES)
        return any(has_gradient(shot.parameter) for shot in some)

    def on_end(self, answer: object, *, has_raised: bool) -> list[Fact]:
        """It has returned this, or raised."""
        if self.passes < 2:
            return []
        found = [self._grew(has_raised)]
        if not has_raised:
            # What an exception has cut short may have been about to come.
            found += [
                self._never_stepped(),
                self._left_out(),
                self._trained_another(answer),
                _kept_graphs(answer),
            ]
        return [fact for fact in found if fact is not None]

    def _never_stepped(self) -> Fact | None:
        is_still = self._reached and not any(shot.is_changed() for shot in self._reached.values())
        if self.steps or not self._has_optimizer or not is_still:
            return None
        return Fact.of(Fault.NO_OPTIMIZER_STEP, self._line, passes=self.passes)

    def _left_out(self) -> Fact | None:
        missed = [shot for key, shot in self._reached.items() if key not in self._held]
        if not self.steps or not missed or any(shot.is_changed() for shot in missed):
            return None
        shape = tuple(missed[0].parameter.shape)
        count = len(self._reached)
        return Fact.of(Fault.OPTIMIZER_MISSES_PARAMETERS, missed=len(missed), parameters=count, shape=shape)

    def _trained_another(self, answer: object) -> Fact | None:
        """A function that returns a model may well have built it from the one that it was given."""
        is_apart = self._given and self._reached and not self.reaches(shot.parameter for shot in self._given)
        if not is_apart or _holds_model(answer) or any(shot.is_changed() for shot in self._given):
            return None
        return Fact.of(
            Fault.ANOTHER_MODEL_TRAINED, self._line, parameters=len(self._given), passes=self.passes
        )

    def _grew(self, has_raised: bool) -> Fact | None:
        """By the same amount each time, and by no less than half a step: it carries all of them along.

        Where an optimizer has changed what the first steps had kept, the second pass is the last.
        """
        sizes = self._sizes
        growth = {after - before for before, after in itertools.pairwise(sizes)}
        is_enough = len(sizes) == LOOKS or (has_raised and self._keeps_graph and self.steps)
        if not is_enough or 0 in sizes or len(growth) != 1 or 2 * min(growth) < sizes[0]:
            return None
        return Fact.of(Fault.GRAPH_GROWS, self._line, nodes=sizes[0], later=sizes[-1], passes=len(sizes))


def _parts(answer: object) -> tuple[object, ...]:
    return tuple(answer) if type(answer) in (list, tuple) else (answer,)  # type: ignore[arg-type]  # one of the two


def _holds_model(answer: object) -> bool:
    return any(is_a(part, nn.Module) for part in _parts(answer))


def _kept_graphs(answer: object) -> Fact | None:
    """A list of single numbers, each with the graph that it came from."""
    tensors = [part for part in _parts(answer) if type(part) is torch.Tensor]
    kept = sum(tensor.dim() == 0 and tensor.requires_grad for tensor in tensors)
    return Fact.of(Fault.LOSSES_KEEP_GRAPH, tensors=kept) if kept > 1 else None
