"""One call of the submission, watched from beside it: its output, its gradients, and the inputs that it changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

# Bound before a question can forbid it.
from torch.autograd import grad


def probe(target: Callable[..., Any], arguments: Any, keywords: Any, how: dict[str, Any]) -> dict[str, Any]:
    """See `_Harness.do_probe`. `how` holds `strided`, `cotangent` (None: no gradients) and `device`."""
    inputs = [_lay_out(item, how) for item in arguments]
    named = {name: _lay_out(item, how) for name, item in keywords.items()}
    tensors = [item for item in (*inputs, *named.values()) if isinstance(item, torch.Tensor)]
    before = [tensor.detach().clone() for tensor in tensors]
    wanted = [
        tensor.requires_grad_()
        for tensor in tensors
        if how["cotangent"] is not None and tensor.is_floating_point()
    ]
    output = target(*inputs, **named)
    changed = [n for n, (old, new) in enumerate(zip(before, tensors, strict=True)) if not _same(old, new)]
    gradients = _gradients(output, wanted, how["cotangent"])
    return {"output": output, "device": _device(output), "changed": changed, "gradients": gradients}


def _lay_out(value: Any, how: dict[str, Any]) -> Any:
    """The same elements on the device that is asked for and, where that is asked for, with a gap after each."""
    if not isinstance(value, torch.Tensor):
        return value
    moved = value.detach().to(how["device"])
    if not how["strided"] or value.dim() == 0:
        return moved.clone()
    return moved.repeat_interleave(2, dim=-1)[..., ::2]


def _device(output: Any) -> str | None:
    return output.device.type if isinstance(output, torch.Tensor) else None


def _same(old: torch.Tensor, new: torch.Tensor) -> bool:
    return old.shape == new.shape and torch.equal(old.nan_to_num(), new.detach().nan_to_num())


def _gradients(output: Any, inputs: list[torch.Tensor], cotangent: torch.Tensor | None) -> Any:
    """A list with None for an input that the output does not depend on; text saying why there are no gradients."""
    if cotangent is None:
        return None
    if not isinstance(output, torch.Tensor) or output.shape != cotangent.shape:
        return None
    if not output.requires_grad:
        return "the output is cut off from its inputs: it does not require a gradient"
    return list(grad(output, inputs, cotangent.to(output), allow_unused=True))
