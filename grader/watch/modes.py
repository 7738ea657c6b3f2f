"""Which mode layers are in while the model learns, and while it predicts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType
from weakref import WeakSet, ref

import torch
from torch import nn
from torch.optim import Optimizer

from grader.facts import LAYERS, Fact, Fault, Value
from grader.watch.parts import held_by, parameters_of
from grader.watch.place import entry_frame, line_of

#: The layers that do something else in evaluation mode.
KINDS: dict[type, str] = {getattr(nn, name): name for name in LAYERS}
#: So often the model that a layer belongs to is looked for; of so many layers it is known that they learn.
LOOKS, MOST_LAYERS = 4, 256
#: Frames between a layer and the call of its model.
MOST_FRAMES = 200
_CALL = nn.Module._call_impl.__code__


def kind_of(layer: nn.Module) -> str:
    """The name of a layer whose mode makes a difference, else nothing."""
    name = KINDS.get(type(layer), "")
    return "" if name and vars(layer).get("p") == 0 else name


class Modes:
    """What the layers of one test were called in."""

    def __init__(self) -> None:
        self._learning: WeakSet[nn.Module] = WeakSet()
        self._active: list[nn.Module] = []
        self._quiet = self._layer = self._caller = ""
        self._model: ref[nn.Module] | None = None
        self._is_quiet_pass = self._is_of_model = False
        self._looked = self._steps = self._quiet_steps = self._calls = 0
        self._lines: dict[Fault, int | None] = {}

    def on_layer(self, layer: nn.Module) -> None:
        """A layer whose mode matters is about to be called."""
        if torch.is_grad_enabled():
            self._note_learning(layer)
        elif layer.training and layer in self._learning and not _collects_statistics(layer):
            self._note_predicting(layer)

    def _note_learning(self, layer: nn.Module) -> None:
        if layer.training:
            if len(self._active) < MOST_LAYERS:
                self._active.append(layer)
            return
        self._quiet = kind_of(layer)
        if self._looked < LOOKS:
            self._looked += 1
            model = _model_around()
            self._model = None if model is None else ref(model)

    def _note_predicting(self, layer: nn.Module) -> None:
        if not self._calls:
            frame = entry_frame()
            if frame is None:
                return
            self._caller = kind_of(layer)
            self._lines[Fault.TRAINING_MODE_AT_EVALUATION] = line_of(frame)
        self._calls += 1

    def on_pass(self) -> None:
        """Gradients are about to be computed through what was called."""
        self._learning.update(self._active)
        self._is_quiet_pass = bool(self._quiet) and not self._active
        self._layer = self._layer or (self._quiet if self._is_quiet_pass else "")
        self._active, self._quiet = [], ""

    def on_step(self, optimizer: Optimizer, frame: FrameType) -> None:
        """An optimizer is about to make a step."""
        self._steps += 1
        if not self._is_quiet_pass:
            return
        model = None if self._model is None else self._model()
        if not self._is_of_model and model is not None:
            held = set(map(id, held_by(optimizer)))
            self._is_of_model = any(id(parameter) in held for parameter in parameters_of(model))
        self._quiet_steps += self._is_of_model
        self._lines.setdefault(Fault.LEFT_IN_EVAL, line_of(frame))

    def facts(self) -> Iterator[Fact]:
        """What all of it comes to."""
        if self._quiet_steps:
            yield self._fact(
                Fault.LEFT_IN_EVAL, layer=self._layer, quiet=self._quiet_steps, steps=self._steps
            )
        if self._calls:
            yield self._fact(Fault.TRAINING_MODE_AT_EVALUATION, layer=self._caller, calls=self._calls)

    def _fact(self, fault: Fault, **values: Value) -> Fact:
        return Fact(fault, values, self._lines.get(fault))


def _collects_statistics(layer: nn.Module) -> bool:
    """Batch normalization that takes the mean over all batches is being told its statistics, not asked."""
    return "momentum" in vars(layer) and vars(layer)["momentum"] is None


def _model_around() -> nn.Module | None:
    """The outermost module whose forward pass is under way."""
    outermost = None
    frame: FrameType | None = sys._getframe(1)
    for _ in range(MOST_FRAMES):
        if frame is None:
            break
        if frame.f_code is _CALL:
            outermost = frame.f_locals["self"]
        frame = frame.f_back
    return outermost
