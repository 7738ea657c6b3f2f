"""What stands between a loss and its parameters, read from the graph that autograd has recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from grader.facts import Fact, Fault

#: Nodes that are looked at for parameters, and for what stands close to the loss.
MOST_NODES, CLOSE = 4000, 64

#: They hand numbers on as they are, in another form, or keep them from zero.
_SAME = (
    "View", "UnsafeView", "ReshapeAlias", "Permute", "Transpose", "T", "Squeeze", "Unsqueeze", "Expand", "Clone",
    "Select", "Slice", "Index", "ToCopy", "Clamp", "ClampMin", "Add",
)  # a table, read across  # fmt: skip
#: Between a loss and the differences that it is made of.
_REDUCING = (
    "Mean", "Sum", "Div", "Mul", "Pow", "Abs", "Sqrt", "Neg", "Min", "Max", "Amin", "Amax", "Add", "MseLoss", "L1Loss",
    "SmoothL1Loss", "HuberLoss",
)  # a table, read across  # fmt: skip
_SQUASHING = {
    "LogSoftmax": ("cross_entropy", ("Softmax", "Sigmoid")),
    "BinaryCrossEntropyWithLogits": ("binary_cross_entropy_with_logits", ("Softmax", "Sigmoid")),
}

#: A node and which of its outputs is meant.
Edge = tuple[Any, int]


def parameters_behind(loss: torch.Tensor) -> tuple[list[torch.Tensor], int]:
    """The leaves that a loss reaches, and the number of nodes on the way; none of them where there are too many."""
    leaves, count = [], 0
    for node in _nodes(loss, MOST_NODES + 1):
        count += 1
        if hasattr(node, "variable"):
            leaves.append(node.variable)
    return ([], 0) if count > MOST_NODES else (leaves, count)


def faults_near(loss: torch.Tensor) -> Iterator[Fact]:
    """Losses that are handed the wrong thing, or nothing to go back through."""
    if not loss.requires_grad:
        yield Fact.of(Fault.NO_GRADIENT, reached=0)
        return
    for node in _nodes(loss, CLOSE):
        yield from _squashed_twice(node)
        yield from _not_logarithms(node)
    yield from _broadcast(loss)


def _nodes(loss: torch.Tensor, most: int) -> Iterator[Any]:
    """Nodes in order of their distance, each once, at most so many."""
    waiting, known = [loss.grad_fn], {loss.grad_fn}
    for node in waiting:
        if node is None:
            continue
        yield node
        if len(waiting) < most:
            new = [after for after, _ in node.next_functions if after is not None and after not in known]
            known.update(new)
            waiting.extend(dict.fromkeys(new))


def _kind(node: Any) -> str:
    """`MseLossBackward0` is `MseLoss`."""
    return str(node.name()).rpartition("Backward")[0]


def _inputs(node: Any) -> list[Edge]:
    """Where its differentiable operands come from; the square of one thing has it twice."""
    return list(dict.fromkeys(edge for edge in node.next_functions if edge[0] is not None))


def _shape(edge: Edge) -> tuple[int, ...]:
    node, output = edge
    return tuple(node._input_metadata[output].shape)


def _origin(edge: Edge) -> Edge:
    """Behind everything that leaves the numbers as they are."""
    for _ in range(CLOSE):
        inputs = _inputs(edge[0])
        if _kind(edge[0]) not in _SAME or len(inputs) != 1:
            break
        edge = inputs[0]
    return edge


def _squashed_twice(node: Any) -> Iterator[Fact]:
    name, squashing = _SQUASHING.get(_kind(node), ("", ()))
    for edge in _inputs(node)[:1] if name else ():
        if _kind(_origin(edge)[0]) in squashing:
            yield Fact.of(Fault.SOFTMAX_BEFORE_CROSS_ENTROPY, loss=name, shape=_shape(edge))


def _not_logarithms(node: Any) -> Iterator[Fact]:
    """What comes straight out of a layer or of softmax is no logarithm."""
    for edge in _inputs(node) if _kind(node) in ("NllLoss", "NllLoss2D") else ():
        if _kind(_origin(edge)[0]) in ("Addmm", "Softmax"):
            yield Fact.of(Fault.NLL_WITHOUT_LOG_SOFTMAX, shape=_shape(edge))


def _broadcast(loss: torch.Tensor) -> Iterator[Fact]:
    """A column against a row, of which every pair is compared: (n, 1) and (n,) become (n, n)."""
    waiting: list[Any] = [loss.grad_fn]
    for node in waiting:
        inputs = _inputs(node)
        if _kind(node) in ("Sub", "Expand") and len(inputs) == 1:
            shape, table = _shape(inputs[0]), tuple(node._input_metadata[0].shape)
            if _is_crossed(shape, table):
                yield Fact.of(Fault.BROADCAST_LOSS, shape=shape, table=table)
                return
        if _kind(node) in (*_REDUCING, "Sub") and len(waiting) < CLOSE:
            waiting.extend(after for after, _ in inputs)


def _is_crossed(shape: tuple[int, ...], table: tuple[int, ...]) -> bool:
    n = table[-1] if table else 0
    return n > 1 and table == (n, n) and shape in ((n, 1), (1, n), (n,))
