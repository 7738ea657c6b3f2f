"""Mistakes in formulas: something dropped, swapped, turned round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from grader.mutants.base import Place, called, is_function_of_a_module, number, renamed, subject

#: A number smaller than this guards a division and is no part of the formula.
TINY = 1e-4

_ELEMENTWISE = {
    "relu", "gelu", "silu", "elu", "tanh", "sigmoid", "softplus", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt",
    "square", "pow", "abs", "erf", "softmax", "log_softmax", "logsumexp", "normalize", "cumsum", "cumprod",
}  # a table, read across  # fmt: skip
_ACTIVATIONS = {"ReLU", "GELU", "SiLU", "ELU", "Tanh", "Sigmoid", "LeakyReLU", "Softmax", "Softplus"}
_GUARDS = {"clamp", "clamp_min", "clamp_max", "clip", "nan_to_num", "maximum", "minimum"}


class DroppedScale:
    """`scores / sqrt(d)` becomes `scores`."""

    name = "dropped-scale"
    mistake = "A factor or a divisor is left out."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.BinOp(left, ast.Mult() | ast.Div(), _):
                yield left


class DroppedTerm:
    """`x @ w + b` becomes `x @ w`."""

    name = "dropped-term"
    mistake = "A term of a sum is left out."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.BinOp(left, ast.Add() | ast.Sub(), right) if not _is_guard(right):
                yield left


class DroppedGuard:
    """`x / (norm + eps)` becomes `x / norm`; `x.clamp(min=0)` becomes `x`."""

    name = "dropped-guard"
    mistake = "What keeps a value in its bounds, or a divisor away from zero, is left out."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.BinOp(left, ast.Add(), right) if _is_guard(right):
                yield left
            case ast.Call() as call if called(call) in _GUARDS and subject(call) is not None:
                yield subject(call)  # type: ignore[misc]  # the line above asks for it


class FlippedSign:
    """`a - b` becomes `a + b`; `-x` becomes `x`."""

    name = "flipped-sign"
    mistake = "A sign is turned round."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.BinOp(left, ast.Add(), right) if not _is_guard(right):
                yield ast.BinOp(left, ast.Sub(), right)
            case ast.BinOp(left, ast.Sub(), right):
                yield ast.BinOp(left, ast.Add(), right)
            case ast.UnaryOp(ast.USub(), operand) if not _is_index(place):
                yield operand


class SwappedOperands:
    """`a - b` becomes `b - a`; `q @ k` becomes `k @ q`."""

    name = "swapped-operands"
    mistake = "The two sides of a difference, a quotient or a product of matrices change places."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.BinOp(left, (ast.Sub() | ast.Div() | ast.MatMult()) as op, right):
                yield ast.BinOp(right, op, left)


class ChangedConstant:
    """`x ** 2` becomes `x ** 3`; `0.5 * x` becomes `1.0 * x`."""

    name = "changed-constant"
    mistake = "A number in a formula or a comparison is another one."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        value = number(place.node) if isinstance(place.node, ast.Constant) else None
        if value is None or (abs(value) < TINY and value != 0) or not self._is_in_a_formula(place):
            return
        is_whole = isinstance(place.node, ast.Constant) and type(place.node.value) is int
        yield ast.Constant(int(value) + 1 if is_whole else 2 * value or 1.0)

    def _is_in_a_formula(self, place: Place) -> bool:
        around = [node for node in place.around() if not isinstance(node, ast.UnaryOp)]
        return bool(around) and isinstance(around[0], ast.BinOp | ast.Compare)


class SwappedComparison:
    """`step < warmup` becomes `step > warmup`."""

    name = "swapped-comparison"
    mistake = "A comparison looks the other way."

    _OTHER: ClassVar = {
        ast.Lt: ast.Gt,
        ast.Gt: ast.Lt,
        ast.LtE: ast.GtE,
        ast.GtE: ast.LtE,
        ast.Eq: ast.NotEq,
        ast.NotEq: ast.Eq,
    }

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.Compare(left, [op], right) if type(op) in self._OTHER:
                yield ast.Compare(left, [self._OTHER[type(op)]()], right)


class ShiftedBoundary:
    """`step < warmup` becomes `step <= warmup`, where whole numbers are counted."""

    name = "shifted-boundary"
    mistake = "A comparison of counts takes in one more, or one less."

    _OTHER: ClassVar = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.Compare(left, [op], [right]) if type(op) in self._OTHER and _counts(left, right):
                yield ast.Compare(left, [self._OTHER[type(op)]()], [right])


class NegatedCondition:
    """`if mask is None` becomes `if not mask is None`."""

    name = "negated-condition"
    mistake = "A branch is taken exactly when it should not be."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        parent = place.parent
        if isinstance(parent, ast.If | ast.IfExp) and parent.test is place.node:
            match place.node:
                case ast.UnaryOp(ast.Not(), operand):
                    yield operand
                case ast.Compare(_, [ast.Eq() | ast.NotEq()], _):
                    return  # a swapped comparison already
                case test:
                    yield ast.UnaryOp(ast.Not(), test)


class DroppedFunction:
    """`torch.relu(x)` becomes `x`; `nn.ReLU()` becomes `nn.Identity()`."""

    name = "dropped-function"
    mistake = "A function or an activation is left out."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        node = place.node
        if not isinstance(node, ast.Call):
            return
        if called(node) in _ACTIVATIONS and is_function_of_a_module(node):
            yield renamed(ast.Call(node.func, [], []), "Identity")
        about = subject(node)
        if called(node) in _ELEMENTWISE and about is not None:
            yield about


def _is_guard(node: ast.AST) -> bool:
    value = number(node)
    if value is not None:
        return 0 < abs(value) < TINY
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.lower() in {"eps", "epsilon", "_eps", "tiny"}


def _is_index(place: Place) -> bool:
    """True for the -1 of `x[-1]`, of `dim=-1` and the like, whose changes are another operator's."""
    value = number(place.node)
    inside = place.parent
    return value is not None and isinstance(
        inside, ast.Subscript | ast.Slice | ast.Tuple | ast.keyword | ast.Call
    )


def _counts(left: ast.AST, right: ast.AST) -> bool:
    """True when one side is a whole number or a length, so that the boundary itself is met."""
    for side in (left, right):
        if isinstance(side, ast.Constant) and type(side.value) is int and side.value != 0:
            return True
        if called(side) in {"len", "size", "dim", "numel"}:
            return True
    return False
