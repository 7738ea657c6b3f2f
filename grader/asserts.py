"""Makes a plain `assert left == right` in a tests file say what both sides were, as pytest does."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from grader.checks import Check, show

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_FUNCTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
    "is": operator.is_,
    "is not": operator.is_not,
}

HELPER = "_explained_assert_"


class AssertFailed(AssertionError):
    """An assert of a test with what both of its sides were."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.message)
        self.check = check


def rewritten(source: str, path: str) -> ast.Module:
    """The syntax tree of a tests file with its comparing asserts replaced by calls of `explained_assert`."""
    tree = _Rewriter().visit(ast.parse(source, path))
    return ast.fix_missing_locations(tree)  # type: ignore[no-any-return]  # visit() of a Module returns it


class _Rewriter(ast.NodeTransformer):
    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        comparison = node.test
        if not isinstance(comparison, ast.Compare) or len(comparison.ops) != 1:
            return node
        arguments: list[ast.expr] = [
            comparison.left,
            comparison.comparators[0],
            ast.Constant(_OPERATORS[type(comparison.ops[0])]),
            ast.Constant(ast.unparse(comparison)),
            # Only evaluated on failure, as in an ordinary assert.
            ast.Lambda(args=_no_parameters(), body=node.msg or ast.Constant("")),
        ]
        call = ast.Call(func=ast.Name(HELPER, ast.Load()), args=arguments, keywords=[])
        return ast.copy_location(ast.Expr(call), node)


def _no_parameters() -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])


def explained_assert(left: Any, right: Any, symbol: str, source: str, note: Callable[[], Any]) -> None:
    """Compare and, on failure, raise AssertFailed with both sides."""
    if _FUNCTIONS[symbol](left, right):
        return
    said = str(note())
    expected = show(right) if symbol == "==" else f"{symbol} {show(right)}"
    raise AssertFailed(Check(False, said or f"Does not hold: {source}", show(left), expected))
