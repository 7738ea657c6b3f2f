"""Makes a plain `assert left == right` in a tests file say what both sides were, as pytest does.

Needs no PyTorch: the parent compiles a question's files once and every judge is handed the code.
"""

from __future__ import annotations

import ast
import marshal
from functools import lru_cache

HELPER = "_explained_assert_"

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


@lru_cache(maxsize=64)
def compiled(source: bytes, path: str) -> bytes | None:
    """The code of a tests file or reference as `marshal` writes it; None where it does not compile.

    Parsing and rewriting take longer than most tests run, and a question is judged many times.
    """
    try:
        return marshal.dumps(compile(rewritten(source.decode(), path), path, "exec", dont_inherit=True))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # The judge compiles it again, fails in the same way and says so.
        return None


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
