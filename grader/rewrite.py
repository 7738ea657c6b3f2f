"""Makes a plain `assert left == right` in a tests file say what both sides were, as pytest does.

Needs no PyTorch: the parent compiles a question's files once and every judge is handed the code.
"""

from __future__ import annotations

import ast
import marshal
from functools import lru_cache

HELPER, CALL_HELPER = "_explained_assert_", "_explained_call_"
#: Functions that compare their first two arguments and answer yes or no: torch.equal, np.allclose.
_COMPARING = ("equal", "allclose", "array_equal")

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
        asked = node.test
        if isinstance(asked, ast.Compare) and len(asked.ops) == 1:
            return _explained(node, HELPER, [asked.left, asked.comparators[0]], _symbol(asked))
        if isinstance(asked, ast.Call) and _compares(asked):
            given = [
                ast.Tuple(asked.args, ast.Load()),
                ast.Dict([_key(word) for word in asked.keywords], [word.value for word in asked.keywords]),
            ]
            return _explained(node, CALL_HELPER, given, asked.func)
        return node


def _explained(node: ast.Assert, helper: str, compared: list[ast.expr], how: ast.expr) -> ast.stmt:
    """A call of a helper in the place of an assert."""
    # The note is only evaluated on failure, as in an ordinary assert.
    note = ast.Lambda(args=_no_parameters(), body=node.msg or ast.Constant(""))
    arguments = [*compared, how, ast.Constant(ast.unparse(node.test)), note]
    call = ast.Call(func=ast.Name(helper, ast.Load()), args=arguments, keywords=[])
    return ast.copy_location(ast.Expr(call), node)


def _symbol(comparison: ast.Compare) -> ast.expr:
    return ast.Constant(_OPERATORS[type(comparison.ops[0])])


def _compares(call: ast.Call) -> bool:
    """Whether it is `torch.equal(left, right, …)` or the like."""
    is_named = isinstance(call.func, ast.Attribute) and call.func.attr in _COMPARING
    return is_named and len(call.args) >= 2 and not any(isinstance(given, ast.Starred) for given in call.args)


def _key(word: ast.keyword) -> ast.expr | None:
    """A keyword as a key of a dictionary; of `**more` there is none, and a dictionary takes it in."""
    return ast.Constant(word.arg) if word.arg else None


def _no_parameters() -> ast.arguments:
    return ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
