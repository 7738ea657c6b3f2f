"""What a tests file promises, read without running it, so that its points are known where torch is not."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import Problem, QuestionError
from grader.results import REVEALS, TestResult, Verdict

DECLARERS = ("test", "compare")
DEFAULT_POINTS = 1


@dataclass(frozen=True)
class TestOutline:
    """The declaration of one test. `line` is where its file declares it."""

    # Pytest collects classes by this prefix; this one is data.
    __test__ = False

    name: str
    group: str
    points: float
    visible: bool
    reveal: str
    line: int


def unrun(outline: TestOutline, verdict: Verdict, message: str = "", detail: str = "") -> TestResult:
    """The result of a test that did not come to an end of its own: no points, nothing printed."""
    return TestResult(
        name=outline.name,
        verdict=verdict,
        points=0.0,
        max_points=outline.points,
        group=outline.group,
        visible=outline.visible,
        reveal=outline.reveal,
        message=message,
        detail=detail,
    )


def earned(outline: TestOutline, verdict: Verdict, share: Any) -> float:
    """The share of a test's points that its judge says. One that did not come to an end has none."""
    if type(share) not in (int, float) or not 0 <= share <= 1:
        raise ValueError("no such share")
    # Rounded: 0.6 of 10 points are 6, not 5.999….
    return round(outline.points * share, 6) if verdict in (Verdict.ACCEPTED, Verdict.WRONG_ANSWER) else 0.0


def default_reveal(visible: bool) -> str:
    """A visible test shows everything, a hidden one only its name, unless its author says otherwise."""
    return "expected" if visible else "name"


def read_outline(path: str, content: bytes) -> tuple[TestOutline, ...]:
    """Every `@test(...)` and `compare(...)` at the top level of a tests file, in order.

    What they say about themselves has to be written as plain values: the points of a question
    must be known to programs that will never run it.
    """
    try:
        tree = ast.parse(content, filename=path)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", 0) or 0
        raise QuestionError([Problem(path, line, f"is not valid Python: {error}")]) from error
    outlines = [_outline(path, call) for call in _declarations(tree)]
    _refuse_repeats(path, outlines)
    return tuple(outlines)


def _declarations(tree: ast.Module) -> Iterator[ast.Call]:
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield from (call for call in statement.decorator_list if _declares(call))  # type: ignore[misc]  # narrowed by _declares
        elif isinstance(statement, ast.Expr) and _declares(statement.value):
            yield statement.value  # type: ignore[misc]  # narrowed by _declares


def _declares(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in DECLARERS


def _outline(path: str, call: ast.Call) -> TestOutline:
    given = _plain_values(path, call)
    visible = bool(given.get("visible", False))
    reveal = given.get("reveal", default_reveal(visible))
    if reveal not in REVEALS:
        raise QuestionError(
            [Problem(path, call.lineno, f"reveal cannot be {reveal!r}", f"one of: {', '.join(REVEALS)}")]
        )
    points = float(given.get("points", DEFAULT_POINTS))
    if points < 0:
        raise QuestionError([Problem(path, call.lineno, "points cannot be below zero")])
    return TestOutline(given["name"], str(given.get("group", "")), points, visible, reveal, call.lineno)


def _plain_values(path: str, call: ast.Call) -> Mapping[str, Any]:
    wanted = {"name", "points", "visible", "reveal", "group"}
    nodes: dict[str, ast.expr] = {word.arg: word.value for word in call.keywords if word.arg in wanted}
    if call.args and "name" not in nodes:
        nodes["name"] = call.args[0]
    if "name" not in nodes:
        raise QuestionError(
            [Problem(path, call.lineno, "a test needs a name", "give it as the first argument")]
        )
    return {key: _literal(path, key, node) for key, node in nodes.items()}


def _literal(path: str, key: str, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        problem = Problem(
            path, node.lineno, f"{key} must be written as a plain value", "no names, no expressions"
        )
        raise QuestionError([problem]) from error


def _refuse_repeats(path: str, outlines: list[TestOutline]) -> None:
    seen: set[str] = set()
    for outline in outlines:
        if outline.name in seen:
            raise QuestionError(
                [Problem(path, outline.line, f"a second test is called '{outline.name}'", "rename one")]
            )
        seen.add(outline.name)
