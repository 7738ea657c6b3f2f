"""What can be known of Python text without running it: names, dependencies, signatures."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.errors import Problem, QuestionError

#: A source larger than this is no question; it is refused before it is parsed.
MAX_BYTES = 256 * 1024


def read_text(path: Path) -> str:
    """The file as text, or a QuestionError that says why it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise refusal(path, 0, f"cannot be read: {error.strerror}", "check the path") from error
    if len(content) > MAX_BYTES:
        hint = f"at most {MAX_BYTES // 1024} KiB are taken; leave out what the question does not need"
        raise refusal(path, 0, f"has {len(content) // 1024} KiB", hint)
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise refusal(path, 0, "is not UTF-8 text", "save it as UTF-8") from error


def refusal(path: Path | str, line: int, message: str, hint: str) -> QuestionError:
    """One problem of a source, as the error that every command prints."""
    return QuestionError([Problem(str(path), line, message, hint)])


class Source:
    """A Python file by its top-level statements."""

    def __init__(self, path: Path | str, text: str) -> None:
        """Parse `text`; `path` is for messages. A QuestionError tells the line of a syntax error."""
        self.path, self.text = path, text
        try:
            self.tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError) as error:
            line = getattr(error, "lineno", 0) or 0
            reason = getattr(error, "msg", "") or str(error) or "it is nested too deeply"
            raise refusal(path, line, f"is not valid Python: {reason}", "mend the source") from error
        self._lines = text.splitlines()

    def defined(self) -> dict[str, ast.stmt]:
        """Top-level names and the statement that binds each of them last."""
        return {name: statement for statement in self.tree.body for name in bound_by(statement)}

    def imports(self) -> list[ast.stmt]:
        """Import statements at the top level."""
        return [s for s in self.tree.body if isinstance(s, ast.Import | ast.ImportFrom)]

    def slice(self, roots: Iterable[str]) -> str:
        """The statements that the names `roots` need, directly or through others, as they were written.

        Imports stay, and so do statements that bind nothing, because they may set something up; the docstring of
        the file and its `if __name__ == "__main__"` do not.
        """
        wanted = self._closure(roots)
        kept = [s for s in self.tree.body if self._is_setting_up(s) or bound_by(s) & wanted]
        return "\n".join(self._gaps(kept)).strip() + "\n"

    def statement_text(self, statement: ast.stmt) -> str:
        """A statement as it was written, decorators and the comments right above it included."""
        return "\n".join(self._lines[self._first_line(statement) - 1 : statement.end_lineno])

    def _closure(self, roots: Iterable[str]) -> set[str]:
        binding: dict[str, set[str]] = {}
        for statement in self.tree.body:
            for name in bound_by(statement):
                binding.setdefault(name, set()).update(used_by(statement))
        wanted, waiting = set[str](), list(roots)
        while waiting:
            name = waiting.pop()
            if name not in wanted:
                wanted.add(name)
                waiting += binding.get(name, ())
        return wanted

    def _is_setting_up(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            return True
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            return False
        return not bound_by(statement) and "__name__" not in used_by(statement)

    def _first_line(self, statement: ast.stmt) -> int:
        decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
        while first > 1 and self._lines[first - 2].startswith("#"):
            first -= 1
        return first

    def _gaps(self, statements: list[ast.stmt]) -> Iterator[str]:
        """Texts with the blank lines that style asks for between them."""
        before: ast.stmt | None = None
        for statement in statements:
            if before is not None:
                yield from [""] * _blank_lines(before, statement)
            yield self.statement_text(statement)
            before = statement


def _blank_lines(before: ast.stmt, after: ast.stmt) -> int:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    if isinstance(before, definitions) or isinstance(after, definitions):
        return 2
    imports = (ast.Import, ast.ImportFrom)
    return int(isinstance(before, imports) != isinstance(after, imports))


def bound_by(statement: ast.stmt) -> set[str]:
    """Names that a top-level statement binds in the module."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def used_by(node: ast.AST) -> set[str]:
    """Every plain name that is read somewhere inside."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}


def renamed(text: str, old: str, new: str) -> str:
    """The text with one name replaced wherever it stands as a name: not in strings, comments or after a point."""
    lines = text.splitlines(keepends=True)
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for before, token in reversed(list(zip([None, *tokens], tokens, strict=False))):
        if token.type == tokenize.NAME and token.string == old and (before is None or before.string != "."):
            row, column = token.start[0] - 1, token.start[1]
            lines[row] = lines[row][:column] + new + lines[row][column + len(old) :]
    return "".join(lines)


def signature(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The parameters as text, without annotations, so that it stands alone; defaults only where they are plain."""
    arguments = ast.parse(ast.unparse(function)).body[0].args  # type: ignore[attr-defined]  # it is a function
    every = [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        arguments.vararg,
        arguments.kwarg,
    ]
    for argument in every:
        if argument is not None:
            argument.annotation = None
    arguments.defaults = [_plain_default(default) for default in arguments.defaults]
    arguments.kw_defaults = [d and _plain_default(d) for d in arguments.kw_defaults]
    return ast.unparse(arguments)


def _plain_default(default: ast.expr) -> ast.expr:
    return ast.Constant(value=None) if used_by(default) else default


def method(owner: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """The method of that name, when the class itself defines it."""
    return next((s for s in owner.body if isinstance(s, ast.FunctionDef) and s.name == name), None)


def fenced(text: str, language: str = "") -> str:
    """A code block whose fence no line of the text can close."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def slug_of(name: str) -> str:
    """A folder's name from a file's: `44_MiniGPTBlock` becomes `mini-gpt-block`."""
    words = re.sub(r"^\d+[_\-. ]+(?=.)", "", name)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", words)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "question"
