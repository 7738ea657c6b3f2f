"""Properties that hold for whole families of answers, ready to use: `expect(causal(net, x))`.

Each takes handles on the candidate's objects and answers with a Check. Shapes: batches come first, then positions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from grader.candidate import Remote
from grader.checks import PASSED, Check, close, kind_of, show

#: Far below what one training step changes, far above what another order of the same sums does.
RTOL, ATOL = 1e-4, 1e-5


def overfits(losses: Any, *, to: float = 0.1) -> Check:
    """Losses of training on one small batch end below `to` times where they began: the model can learn at all."""
    if not isinstance(losses, list) or len(losses) < 2 or not all(isinstance(loss, float) for loss in losses):
        return Check(
            False, f"The losses should be a list of numbers, and are {kind_of(losses)}.", show(losses)
        )
    first, last = losses[0], losses[-1]
    # Written positively: a loss of NaN is no success.
    if last < to * first:
        return PASSED
    message = f"On one batch the loss should fall below {to:g} of its start; it goes from {first:.3g} to {last:.3g}."
    return Check(False, message, f"{last:.6g}", f"below {to * first:.6g}")


def causal(model: Callable[[torch.Tensor], Any], x: torch.Tensor, position: int) -> Check:
    """Changing `x` from `position` on (dimension 1) leaves the outputs before it as they are."""
    changed = x.clone()
    changed[:, position:] = changed[:, position:].flip(0).roll(1, -1) + 1
    before, after = model(x), model(changed)
    if not isinstance(before, torch.Tensor) or not isinstance(after, torch.Tensor):
        return close(before, x[:, :position])
    what = f"the output before position {position}, after later inputs changed,"
    return _same(after[:, :position], before[:, :position], what=what)


def permutation_equivariant(
    model: Callable[[torch.Tensor], Any], x: torch.Tensor, order: torch.Tensor
) -> Check:
    """Reordering the positions (dimension 1) of the input reorders the output in the same way."""
    plain = model(x)
    if not isinstance(plain, torch.Tensor):
        return close(plain, x)
    return _same(model(x[:, order]), plain[:, order], what="the output for reordered positions")


def cached_equals_full(full: Any, steps: Sequence[Any]) -> Check:
    """Outputs computed one position at a time with a cache, set side by side, are those of the whole sequence."""
    if not all(isinstance(step, torch.Tensor) for step in steps):
        return Check(False, "Every step should return a tensor.", show(list(steps)))
    return _same(torch.cat(list(steps), dim=1), full, what="the output step by step with the cache")


def accumulated_equals_large(accumulated: Any, large: Any) -> Check:
    """Gradients accumulated over parts of a batch are those of the batch at once; mappings of name to gradient."""
    return _same(accumulated, large, what="what was accumulated")


def deterministic_in_eval(model: Remote, x: torch.Tensor) -> Check:
    """After `eval()`, the same input gives the same output twice, to the last bit."""
    model.eval()
    first, second = model(x), model(x)
    return close(second, first, rtol=0.0, atol=0.0, what="the second output in eval mode")


def reaches_every_parameter(model: Remote, *inputs: torch.Tensor) -> Check:
    """A backward pass from the output leaves a gradient that is not zero in every parameter."""
    reached = model._connection.request("reach", model, *inputs)
    if not isinstance(reached, dict) or not reached:
        return Check(False, "The model has no parameters.", show(reached))
    missed = [str(name) for name, arrives in reached.items() if arrives is not True]
    if not missed:
        return PASSED
    names = ", ".join(f"`{name}`" for name in missed)
    return Check(
        False, f"No gradient arrives at {names}. Is every part registered, used and not detached?", names
    )


def unchanged(model: Callable[..., Any], *inputs: torch.Tensor) -> Check:
    """The call leaves its inputs as they were. `model` is a handle; the inputs are held on its side to be looked at."""
    if not isinstance(model, Remote):
        return Check(False, f"A model was expected, and this is {kind_of(model)}.")
    held = [model._connection.request("keep", value) for value in inputs]
    model(*held)
    for position, (value, handle) in enumerate(zip(inputs, held, strict=True)):
        check = close(
            model._connection.request("value", handle), value, rtol=0.0, atol=0.0, what=f"input {position}"
        )
        if not check.ok:
            return replace(check, message=f"The call changes its input {position}.")
    return PASSED


def _same(actual: Any, expected: Any, *, what: str) -> Check:
    return close(actual, expected, rtol=RTOL, atol=ATOL, what=what)
