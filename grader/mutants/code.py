"""A program in which places can be changed one at a time, everything else staying as its author wrote it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from grader.mutants.base import Place

#: What stands below these is text for people, or about types.
_WORDS = (ast.JoinedStr, ast.Raise, ast.Assert, ast.Import, ast.ImportFrom)


class Code:
    """The source of a submission, and the part of it that its entry points reach."""

    def __init__(self, source: str, entry_points: Sequence[str]) -> None:
        self.source = source
        self._tree = ast.parse(source)
        self._lines = source.encode().splitlines(keepends=True)
        self._parents = {child: node for node in ast.walk(self._tree) for child in ast.iter_child_nodes(node)}
        self._entry_points = [name.split(".")[0] for name in entry_points]

    def places(self) -> Iterator[Place]:
        """Every node that is run when the entry points are, in the order of the source."""
        for statement in self._reached():
            for node in self._below(statement):
                yield Place(node, self._parents)

    def line(self, node: ast.AST) -> int:
        """The line of a node, from 1."""
        return getattr(node, "lineno", 0)

    def replaced(self, node: ast.AST, replacement: ast.AST) -> str | None:
        """The source with `replacement` in the place of `node`; None when that is no program, or the same."""
        position, wanted = self._dump(node, replacement)
        if wanted == self._dump(node, node)[1]:
            return None
        text = ast.unparse(ast.fix_missing_locations(replacement))
        for attempt in (text, f"({text})"):
            source = self._spliced(node, attempt)
            try:
                if ast.dump(ast.parse(source).body[position]) == wanted:
                    return source
            except (SyntaxError, IndexError):
                continue
        return None

    def _dump(self, node: ast.AST, replacement: ast.AST) -> tuple[int, str]:
        """The top-level statement around `node` as it will be: its position and its text. The tree stays as it is."""
        statement = node
        while self._parents[statement] is not self._tree:
            statement = self._parents[statement]
        position = self._tree.body.index(statement)  # type: ignore[arg-type]  # what stands at the top is a statement
        with _put(self._parents[node], node, replacement):
            return position, ast.dump(self._tree.body[position])

    def _spliced(self, node: ast.AST, text: str) -> str:
        start = self._offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]  # expressions and statements have them
        end = self._offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]  # as above
        whole = self.source.encode()
        return (whole[:start] + text.encode() + whole[end:]).decode()

    def _offset(self, line: int, column: int) -> int:
        return sum(len(before) for before in self._lines[: line - 1]) + column

    def _reached(self) -> list[ast.stmt]:
        """Top-level statements that define what the entry points use, directly or not."""
        defined = {name: statement for statement in self._tree.body for name in _defines(statement)}
        waiting = [name for name in self._entry_points if name in defined]
        reached: dict[ast.stmt, None] = {}
        while waiting:
            statement = defined[waiting.pop()]
            if statement not in reached:
                reached[statement] = None
                waiting += [name for name in _uses(statement) if name in defined]
        return [statement for statement in self._tree.body if statement in reached]

    def _below(self, node: ast.AST) -> Iterator[ast.AST]:
        """The node and all below it, but for words and annotations."""
        if isinstance(node, _WORDS) or _prints(node):
            return
        yield node
        for field, value in ast.iter_fields(node):
            if field in {"annotation", "returns"}:
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from self._below(child)


@contextmanager
def _put(parent: ast.AST, node: ast.AST, replacement: ast.AST) -> Iterator[None]:
    """For a moment, `replacement` stands in `parent` where `node` does."""
    for field, value in ast.iter_fields(parent):
        if value is node:
            setattr(parent, field, replacement)
            yield
            setattr(parent, field, node)
            return
        if isinstance(value, list) and node in value:
            value[value.index(node)] = replacement
            yield
            value[value.index(replacement)] = node
            return
    raise ValueError("the parent does not hold the node")


def _defines(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]


def _uses(statement: ast.stmt) -> list[str]:
    return [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]


def _prints(node: ast.AST) -> bool:
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return False
    return isinstance(node.value.func, ast.Name) and node.value.func.id == "print"
