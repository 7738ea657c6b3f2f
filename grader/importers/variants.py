"""A script with other numbers in it: what a source tests once can be tested again where it says more."""

from __future__ import annotations

import ast
import random

#: Arguments that say how something is computed and not on what.
SETTINGS = frozenset({"axis", "dim", "keepdims", "keepdim", "decimals", "dtype", "ndigits"})
#: The shares of the numbers that are changed: many, to leave a special case; few, to keep shapes that fit together.
SHARES = (0.7, 0.3, 0.1)


def varied(script: str, seed: int) -> str:
    """The script with most of its numbers changed, the same way for the same seed; its signs may change as well."""
    draw = random.Random(seed)  # noqa: S311 - draws numbers for tests, no secrets
    tree = _Vary(draw, SHARES[seed % len(SHARES)]).visit(ast.parse(script))
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


class _Vary(ast.NodeTransformer):
    def __init__(self, draw: random.Random, share: float) -> None:
        self._draw, self._share = draw, share

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node.value = self.visit(node.value)
        return node

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        return node if node.arg in SETTINGS else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node.func = self.visit(node.func)
        # The second argument of round is a number of decimals, and so is that of numpy's.
        rounds = ast.unparse(node.func).rpartition(".")[2] == "round"
        node.args = [arg if rounds and n else self.visit(arg) for n, arg in enumerate(node.args)]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """A minus before a number may go."""
        inner = self.generic_visit(node)
        is_number = isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)
        return node.operand if is_number and self._draw.random() < self._share / 2 else inner

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float) or self._draw.random() > self._share:
            return node
        return ast.Constant(value=self._other(value))

    def _other(self, value: float) -> float:
        if isinstance(value, int):
            return max(0, value + self._draw.randint(-3, 3))
        return round(value * self._draw.uniform(0.3, 1.7), 3)
