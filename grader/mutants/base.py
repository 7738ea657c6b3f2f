"""What an operator is: a mistake of this trade, made in one place of a program at a time."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Place:
    """A node of a program, and what stands around it."""

    node: ast.AST
    parents: Mapping[ast.AST, ast.AST]

    @property
    def parent(self) -> ast.AST | None:
        """The node that holds this one."""
        return self.parents.get(self.node)

    def around(self) -> Iterator[ast.AST]:
        """The nodes that hold this one, innermost first."""
        node = self.parents.get(self.node)
        while node is not None:
            yield node
            node = self.parents.get(node)

    @property
    def function(self) -> ast.FunctionDef | None:
        """The function in which this place lies."""
        return next((node for node in self.around() if isinstance(node, ast.FunctionDef)), None)


class Operator(Protocol):
    """One mistake. `name` is what reports call it, `mistake` what an author reads."""

    name: str
    mistake: str

    def variants(self, place: Place) -> Iterator[ast.AST]:
        """What to put in the place of the node, once for each way to make the mistake there."""


def called(node: ast.AST) -> str:
    """The last part of the name of what a call calls: "softmax" for `torch.softmax(x)`; else empty."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def is_function_of_a_module(node: ast.Call) -> bool:
    """True for `torch.softmax(x)` and `F.softmax(x)`, False for the method `x.softmax()`."""
    value = node.func.value if isinstance(node.func, ast.Attribute) else None
    root = value
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in {"torch", "F", "nn", "math", "np"}


def subject(node: ast.Call) -> ast.expr | None:
    """What a call is about: the receiver of a method, the first argument of a function."""
    if isinstance(node.func, ast.Attribute) and not is_function_of_a_module(node):
        return node.func.value
    return node.args[0] if node.args else None


def number(node: ast.AST | None) -> float | None:
    """The value of a number as it is written, with or without a minus; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)  # type: ignore[arg-type]  # a number, as the line above says
    return None


def written(value: int) -> ast.expr:
    """The node of a whole number."""
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))


def renamed(node: ast.Call, name: str) -> ast.Call:
    """The same call of something else, its last name changed."""
    func = node.func
    if isinstance(func, ast.Attribute):
        return ast.Call(ast.Attribute(func.value, name, ast.Load()), node.args, node.keywords)
    return ast.Call(ast.Name(name, ast.Load()), node.args, node.keywords)


def with_keyword(node: ast.Call, name: str, value: ast.expr | None) -> ast.Call:
    """The same call with another value of a keyword, or without it."""
    others = [word for word in node.keywords if word.arg != name]
    given = [] if value is None else [ast.keyword(name, value)]
    return ast.Call(node.func, node.args, [*others, *given])


def keyword(node: ast.Call, *names: str) -> ast.keyword | None:
    """The first keyword of the call that has one of these names."""
    return next((word for word in node.keywords if word.arg in names), None)


def is_switched_off(place: Place) -> bool:
    """True where gradients are off anyway: inside `with torch.no_grad()` or a function decorated so."""
    for node in place.around():
        calls = [item.context_expr for item in node.items] if isinstance(node, ast.With) else []
        if isinstance(node, ast.FunctionDef):
            calls += node.decorator_list
        if any(called(call) in {"no_grad", "inference_mode"} for call in calls):
            return True
    return False
