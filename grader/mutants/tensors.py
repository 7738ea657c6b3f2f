"""Mistakes with dimensions, masks, reductions and shapes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from grader.mutants.base import (
    Place,
    called,
    is_function_of_a_module,
    keyword,
    number,
    renamed,
    subject,
    with_keyword,
    written,
)

#: Calls whose first argument (of a method) or second (of a function) is a dimension.
_ALONG = {
    "softmax", "log_softmax", "logsumexp", "sum", "mean", "amax", "amin", "max", "min", "argmax", "argmin", "cumsum",
    "cumprod", "var", "std", "unsqueeze", "squeeze", "cat", "stack", "unbind", "flip", "any", "all", "size", "select",
    "gather", "index_select", "prod", "sort", "flatten", "unflatten", "narrow",
}  # a table, read across  # fmt: skip
_REORDERING = {"transpose", "permute", "t", "swapaxes", "swapdims", "movedim", "flip", "roll"}


class FlippedMask:
    """`~mask` becomes `mask`; `where(m, a, b)` becomes `where(m, b, a)`; `tril` becomes `triu`."""

    name = "flipped-mask"
    mistake = "A mask means its opposite."

    _OTHER: ClassVar = {
        "tril": "triu",
        "triu": "tril",
        "logical_and": "logical_or",
        "logical_or": "logical_and",
    }

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.UnaryOp(ast.Invert(), operand):
                yield operand
            case ast.BinOp(left, ast.BitAnd(), right):
                yield ast.BinOp(left, ast.BitOr(), right)
            case ast.BinOp(left, ast.BitOr(), right):
                yield ast.BinOp(left, ast.BitAnd(), right)
            case ast.Call() as call:
                yield from self._of_a_call(call)

    def _of_a_call(self, call: ast.Call) -> Iterator[ast.AST]:
        name, arguments = called(call), call.args
        if name == "where" and len(arguments) == 3:
            yield ast.Call(call.func, [arguments[0], arguments[2], arguments[1]], call.keywords)
        elif name == "logical_not" and subject(call) is not None:
            yield subject(call)  # type: ignore[misc]  # the line above asks for it
        elif name in self._OTHER:
            yield renamed(call, self._OTHER[name])
        elif name in {"masked_fill", "masked_fill_"} and len(arguments) == 2:
            turned = ast.UnaryOp(ast.Invert(), arguments[0])
            yield ast.Call(call.func, [turned, arguments[1]], call.keywords)


class DroppedMask:
    """`scores.masked_fill(mask, -inf)` becomes `scores`."""

    name = "dropped-mask"
    mistake = "A mask is not applied."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        call = place.node
        if not isinstance(call, ast.Call):
            return
        if called(call) in {"masked_fill", "masked_fill_", "tril", "triu"}:
            about = subject(call)
            if about is not None:
                yield about
        elif called(call) == "where" and len(call.args) == 3 and is_function_of_a_module(call):
            yield call.args[1]


class WeakFill:
    """`-inf` becomes 0, as what is masked out becomes before a softmax when one forgets the exponential."""

    name = "weak-fill"
    mistake = "What is masked out is filled with zero instead of the lowest number."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.Call(ast.Name("float"), [ast.Constant("-inf")]):
                yield ast.Constant(0.0)
            case ast.UnaryOp(ast.USub(), ast.Attribute(_, "inf")):
                yield ast.Constant(0.0)
            case ast.UnaryOp(ast.USub(), ast.Call(ast.Name("float"), [ast.Constant("inf")])):
                yield ast.Constant(0.0)
            case ast.Attribute(ast.Call() as call, "min") if called(call) == "finfo":
                yield ast.Constant(0.0)


class WrongDim:
    """`softmax(scores, dim=-1)` becomes `softmax(scores, dim=-2)`."""

    name = "wrong-dim"
    mistake = "The operation goes along another dimension."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        node, parent = place.node, place.parent
        if isinstance(node, ast.expr) and self._is_a_dimension(node, parent):
            value = number(node)
            if value is not None:
                yield written(self._other(int(value)))
            elif isinstance(node, ast.Name):
                yield written(-1)

    def _is_a_dimension(self, node: ast.expr, parent: ast.AST | None) -> bool:
        if isinstance(parent, ast.keyword):
            return parent.arg in {"dim", "axis", "start_dim"}
        if isinstance(parent, ast.Subscript):
            of = parent.value
            return parent.slice is node and isinstance(of, ast.Attribute) and of.attr == "shape"
        if not isinstance(parent, ast.Call) or called(parent) not in _ALONG:
            return False
        position = 1 if is_function_of_a_module(parent) else 0
        is_name = isinstance(node, ast.Name) and node.id not in {"dim", "axis"}
        at = parent.args.index(node) if node in parent.args else -1
        return at == position and isinstance(parent.func, ast.Attribute) and not is_name

    def _other(self, dim: int) -> int:
        return {0: 1, -1: -2}.get(dim, dim + 1 if dim < 0 else dim - 1)


class DroppedKeepdim:
    """`x.amax(dim, keepdim=True)` becomes `x.amax(dim)`."""

    name = "dropped-keepdim"
    mistake = "A reduced dimension is not kept."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        if isinstance(place.node, ast.Call) and keyword(place.node, "keepdim"):
            yield with_keyword(place.node, "keepdim", None)


class SumForMean:
    """`loss.mean()` becomes `loss.sum()`, and the other way round."""

    name = "sum-for-mean"
    mistake = "A sum stands where a mean should, or a mean where a sum should."

    _OTHER: ClassVar = {"sum": "mean", "mean": "sum"}

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.Call(ast.Attribute(_, name)) as call if name in self._OTHER:
                yield renamed(call, self._OTHER[name])
            case ast.keyword("reduction", ast.Constant(value)) if value in self._OTHER:
                return  # its value is a place of its own
            case ast.Constant(value) if value in self._OTHER and self._is_a_reduction(place):
                yield ast.Constant(self._OTHER[value])

    def _is_a_reduction(self, place: Place) -> bool:
        return isinstance(place.parent, ast.keyword) and place.parent.arg == "reduction"


class SwappedExtremum:
    """`amax` becomes `amin`, `argmax` becomes `argmin`."""

    name = "swapped-extremum"
    mistake = "The smallest stands where the largest should, or the other way round."

    _OTHER: ClassVar = {
        "amax": "amin", "amin": "amax", "max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax",
        "maximum": "minimum", "minimum": "maximum",
    }  # a table, read across  # fmt: skip

    def variants(self, place: Place) -> Iterator[ast.AST]:
        if isinstance(place.node, ast.Call) and called(place.node) in self._OTHER:
            yield renamed(place.node, self._OTHER[called(place.node)])


class DroppedTranspose:
    """`key.transpose(-2, -1)` becomes `key`."""

    name = "dropped-transpose"
    mistake = "Dimensions or elements stay in the order in which they were."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.Attribute(value, "T" | "mT" | "H" | "mH"):
                yield value
            case ast.Call() as call if called(call) in _REORDERING and subject(call) is not None:
                yield subject(call)  # type: ignore[misc]  # the line above asks for it


class ZerosForOnes:
    """`torch.zeros(n)` becomes `torch.ones(n)`, and the other way round."""

    name = "zeros-for-ones"
    mistake = "A tensor starts with ones instead of zeros, or the other way round."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        call = place.node
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            name = call.func.attr
            other = name.replace("zeros", "ones") if "zeros" in name else name.replace("ones", "zeros")
            if other != name:
                yield renamed(call, other)


class OffByOne:
    """`range(n)` becomes `range(n - 1)`; `x[1:]` becomes `x[2:]`; `x[0]` becomes `x[1]`."""

    name = "off-by-one"
    mistake = "A count, a bound or an index is one too many or one too few."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        node = place.node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            yield from self._of_a_range(node)
        elif self._is_a_bound(place):
            value = int(number(node) or 0)
            yield written(value - 1 if value < 0 else value + 1)

    def _of_a_range(self, call: ast.Call) -> Iterator[ast.AST]:
        if len(call.args) in (1, 2):
            *first, last = call.args
            yield ast.Call(call.func, [*first, ast.BinOp(last, ast.Sub(), ast.Constant(1))], [])
        if len(call.args) == 2:
            start = ast.BinOp(call.args[0], ast.Add(), ast.Constant(1))
            yield ast.Call(call.func, [start, *call.args[1:]], [])

    def _is_a_bound(self, place: Place) -> bool:
        """A whole number that cuts or picks; that of `x.shape[-1]` is a dimension."""
        value, parent = number(place.node), place.parent
        if value is None or value != int(value):
            return False
        if isinstance(parent, ast.Slice):
            return parent.step is not place.node
        is_shape = (
            isinstance(parent, ast.Subscript)
            and isinstance(parent.value, ast.Attribute)
            and parent.value.attr == "shape"
        )
        return isinstance(parent, ast.Subscript) and not is_shape


class OtherVariance:
    """`x.var(unbiased=False)` becomes `x.var()`: divided by n - 1 instead of n, or the other way round."""

    name = "other-variance"
    mistake = "A variance is divided by one less, or by one more."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        call = place.node
        if not isinstance(call, ast.Call) or called(call) not in {"var", "std", "var_mean", "std_mean"}:
            return
        if keyword(call, "unbiased", "correction"):
            yield with_keyword(with_keyword(call, "unbiased", None), "correction", None)
        else:
            yield with_keyword(call, "correction", ast.Constant(0))


class DroppedClone:
    """`x.clone()` becomes `x`, so that two names share one tensor."""

    name = "dropped-clone"
    mistake = "A copy is not made."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        call = place.node
        if isinstance(call, ast.Call) and called(call) in {"clone", "deepcopy", "copy"}:
            about = subject(call) if called(call) == "clone" else (call.args[0] if call.args else None)
            if about is not None:
                yield about
