"""Do the tolerances of a question hold whichever precision was computed in?

What passes is run a second time with everything inside in float64 and only its results rounded back. It is right more
exactly than anybody has to be; a test that turns it away takes the rounding of its own reference for the truth.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from grader.errors import Problem
from grader.outline import TestOutline
from grader.question import Question
from grader.results import Result, Verdict

TESTS = "grading/tests.py"

#: Put behind the source of a submission. Its names are unlikely ones: the file is the author's.
_WRAPPER = """

import functools as _functools
import torch as _torch


def _forward_pass_map(change, value):
    if isinstance(value, _torch.Tensor):
        return change(value) if value.is_floating_point() else value
    if type(value) in (list, tuple):
        return type(value)(_forward_pass_map(change, entry) for entry in value)
    if type(value) is dict:
        return {key: _forward_pass_map(change, entry) for key, entry in value.items()}
    return value


def _forward_pass_in_double(function):
    @_functools.wraps(function)
    def run(*arguments, **words):
        pairs = []

        def widen(tensor):
            pairs.append((tensor, tensor.double()))
            return pairs[-1][1]

        given = _forward_pass_map(widen, [list(arguments), dict(words)])
        before = [wide._version for _, wide in pairs]
        result = function(*given[0], **given[1])
        with _torch.no_grad():
            for (tensor, wide), version in zip(pairs, before):
                if wide is not tensor and wide._version != version:
                    tensor.copy_(wide)
        if not pairs:
            return result
        dtype = _functools.reduce(_torch.promote_types, [tensor.dtype for tensor, _ in pairs])
        return _forward_pass_map(
            lambda tensor: tensor.to(dtype) if tensor.dtype == _torch.float64 else tensor, result
        )

    return run


"""


def compared(question: Question) -> tuple[TestOutline, ...]:
    """The tests that hold values against values: those that `compare` declares, and those that call `close`."""
    tree = ast.parse(question.files.get(TESTS, b""))
    lines = {line for statement in tree.body for line in _lines_of_comparisons(statement)}
    return tuple(test for test in question.tests if test.line in lines)


def _lines_of_comparisons(statement: ast.stmt) -> Iterator[int]:
    """Where a test that compares is declared, as its outline says it."""
    match statement:
        case ast.Expr(ast.Call(ast.Name("compare"))):
            yield statement.lineno
        case ast.FunctionDef() if any(_is_close(node) for node in ast.walk(statement)):
            yield from (decorator.lineno for decorator in statement.decorator_list)


def _is_close(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "close"


def widened(question: Question, source: str) -> str:
    """`source` with its entry points computing in float64; empty where there are none, or one is no plain function."""
    functions = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    if not question.entry_points or not set(question.entry_points) <= functions:
        return ""
    wrapped = (f"{name} = _forward_pass_in_double({name})\n" for name in question.entry_points)
    return source + _WRAPPER + "".join(wrapped)


def precision_problems(question: Question, path: str, results: Sequence[Result]) -> Iterator[Problem]:
    """Comparisons that the float64 run of the submission at `path` does not pass, each once.

    A test that hands over more than tensors, a model say, stops with an error; it cannot be held in this way.
    """
    lines = {test.name: test.line for test in compared(question)}
    told: set[str] = set()
    for result in results:
        for test in result.tests:
            if test.name in lines and test.name not in told and test.verdict is Verdict.WRONG_ANSWER:
                told.add(test.name)
                message = f"'{test.name}' turns {path} away when it computes in float64: {test.message}"
                yield Problem(TESTS, lines[test.name], message, "widen the tolerance, or compare in float64")
