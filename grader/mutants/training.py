"""Mistakes with gradients, modes, and state that has to be kept up."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.mutants.base import Place, called, is_switched_off, keyword, renamed, subject

_LEARNED = {
    "einsum",
    "matmul",
    "bmm",
    "softmax",
    "linear",
    "conv2d",
    "conv1d",
    "exp",
    "log_softmax",
    "logsumexp",
}


class Detached:
    """`weights = q @ k.T` becomes `weights = (q @ k.T).detach()`."""

    name = "detached"
    mistake = "The graph is cut: values are right, gradients are missing."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        parent, node = place.parent, place.node
        is_result = isinstance(parent, ast.Return) and isinstance(node, ast.BinOp | ast.Call | ast.Name)
        is_step = isinstance(parent, ast.Assign) and parent.value is node and self._is_learned(node)
        if (
            (is_result or is_step)
            and not is_switched_off(place)
            and called(node) not in {"item", "float", "int"}
        ):
            yield ast.Call(ast.Attribute(node, "detach", ast.Load()), [], [])  # type: ignore[arg-type]  # a value is an expression

    def _is_learned(self, node: ast.AST) -> bool:
        return (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)) or called(node) in _LEARNED


class KeptGraph:
    """`with torch.no_grad()` becomes `with torch.enable_grad()`; `loss.item()` becomes `loss`."""

    name = "kept-graph"
    mistake = "A graph is kept that nobody asked for."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        call = place.node
        if not isinstance(call, ast.Call):
            return
        if called(call) in {"no_grad", "inference_mode"}:
            yield renamed(ast.Call(call.func, [], []), "enable_grad")
        about = subject(call)
        if about is None or call.args:
            return
        if called(call) == "item" or (called(call) == "detach" and isinstance(place.parent, ast.Return)):
            yield about


class MissingZeroGrad:
    """`optimizer.zero_grad()` is left out."""

    name = "missing-zero-grad"
    mistake = "Gradients of the step before are not cleared."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.Expr(ast.Call() as call) if called(call) == "zero_grad":
                yield ast.Pass()
            case ast.Expr(ast.Call(ast.Attribute(ast.Attribute(_, "grad"), "zero_"))):
                yield ast.Pass()
            case ast.Assign([ast.Attribute(_, "grad")], ast.Constant(None)):
                yield ast.Pass()


class SkippedStep:
    """`optimizer.step()` is left out."""

    name = "skipped-step"
    mistake = "Gradients are computed, and nothing is done with them; or they are not even computed."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name(name), "step"))) if name.startswith("opt"):
                yield ast.Pass()
            case ast.Expr(ast.Call(ast.Attribute(_, "backward"))):
                yield ast.Pass()


class WrongMode:
    """`model.eval()` becomes `model.train()`, and the other way round."""

    name = "wrong-mode"
    mistake = "Training and evaluation mode are exchanged."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.Call(ast.Attribute(_, "eval" | "train" as name), []) as call if not call.keywords:
                yield renamed(call, {"eval": "train", "train": "eval"}[name])
            case ast.Attribute(_, "training", ast.Load()) as mode:
                yield ast.UnaryOp(ast.Not(), mode)
            case ast.Constant(bool(value)) if self._is_a_mode(place):
                yield ast.Constant(not value)

    def _is_a_mode(self, place: Place) -> bool:
        parent = place.parent
        if isinstance(parent, ast.keyword):
            return parent.arg == "training"
        return isinstance(parent, ast.Call) and called(parent) == "train" and not keyword(parent, "mode")


class StaleState:
    """`self.count += 1` is left out; `buffer.mul_(beta)` is left out."""

    name = "stale-state"
    mistake = "Something that has to be kept up stays as it was."

    def variants(self, place: Place) -> Iterator[ast.AST]:
        match place.node:
            case ast.AugAssign() if not any(isinstance(node, ast.While) for node in place.around()):
                yield ast.Pass()
            case ast.Assign([ast.Subscript()]):
                yield ast.Pass()
            case ast.Assign([ast.Attribute(ast.Name("self"))]) if self._is_kept_up(place):
                yield ast.Pass()
            case ast.Expr(ast.Call(ast.Attribute(owner, name))) if self._works_in_place(owner, name):
                yield ast.Pass()

    def _is_kept_up(self, place: Place) -> bool:
        return place.function is not None and place.function.name != "__init__"

    def _works_in_place(self, owner: ast.expr, name: str) -> bool:
        of_init = isinstance(owner, ast.Attribute) and owner.attr == "init"
        is_grad = isinstance(owner, ast.Attribute) and owner.attr == "grad"
        return name.endswith("_") and not name.endswith("__") and not of_init and not is_grad
