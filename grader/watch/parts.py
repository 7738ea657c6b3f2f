"""Looking at PyTorch's objects without running a line of the submission's, whose classes may override anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import ref

import torch
from torch import nn
from torch.optim import Optimizer

#: Parameters up to this size are kept with their values, which `.data` changes without a trace: 32 KB in float32.
SMALL = 1 << 13


def is_a(value: object, kind: type) -> bool:
    """By its real class; `isinstance` also asks the value."""
    return issubclass(type(value), kind)


def is_plain(value: object) -> bool:
    """Whether a tensor is one of PyTorch's own classes."""
    return type(value) in (torch.Tensor, nn.Parameter)


def modules_of(module: nn.Module) -> Iterator[nn.Module]:
    """A module and all below it, each once."""
    waiting, known = [module], {id(module)}
    for one in waiting:
        yield one
        inner = [
            m for m in vars(one).get("_modules", {}).values() if is_a(m, nn.Module) and id(m) not in known
        ]
        known.update(map(id, inner))
        waiting += inner


def parameters_of(module: nn.Module) -> list[torch.Tensor]:
    """The parameters below a module that learn, each once."""
    found = [p for m in modules_of(module) for p in vars(m).get("_parameters", {}).values()]
    return list({id(p): p for p in found if is_plain(p) and p.requires_grad}.values())


def held_by(optimizer: Optimizer) -> list[torch.Tensor]:
    """The parameters of an optimizer that learn."""
    found = [p for group in optimizer.param_groups for p in group["params"]]
    return [p for p in found if is_plain(p) and p.requires_grad]


def has_gradient(parameter: torch.Tensor | None) -> bool:
    """One that is not zero everywhere."""
    gradient = None if parameter is None else parameter.grad
    return gradient is not None and bool(gradient.any())


@dataclass(frozen=True)
class Snapshot:
    """A parameter as it was."""

    parameter: torch.Tensor
    version: int
    place: int
    values: torch.Tensor | None

    @classmethod
    def of(cls, parameter: torch.Tensor) -> Snapshot:
        """As it is now, small ones with their values."""
        values = parameter.detach().clone() if parameter.numel() <= SMALL else None
        return cls(parameter, parameter._version, parameter.data_ptr(), values)

    def is_changed(self) -> bool:
        """By an operation, by another storage or, where values were kept, in any way at all."""
        now = self.parameter
        if now._version != self.version or now.data_ptr() != self.place:
            return True
        return self.values is not None and not torch.equal(now.detach(), self.values)


@dataclass
class Followed:
    """The gradient of one parameter: a step uses it, and the next backward pass finds it cleared, or not."""

    parameter: ref[torch.Tensor]
    used: Any = None
    is_stale: bool = False

    def on_pass(self) -> None:
        """Just before gradients are added to. Is it, untouched, what a step has used already?"""
        parameter = self.parameter()
        if not has_gradient(parameter):
            # Also where a second pass finds that what the first had added to was cleared in between.
            self.is_stale = False
        elif self.used == _trace(parameter):
            self.is_stale = True

    def on_step(self) -> bool:
        """Whether a step is about to use an old gradient once more."""
        parameter = self.parameter()
        is_reused = self.is_stale and has_gradient(parameter)
        self.used, self.is_stale = _trace(parameter), False
        return is_reused


def _trace(parameter: torch.Tensor | None) -> tuple[int, int] | None:
    """Of its gradient: another one after any operation that writes to it, and when another tensor takes its place."""
    gradient = None if parameter is None else parameter.grad
    return None if gradient is None else (gradient.data_ptr(), gradient._version)
