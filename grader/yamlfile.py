"""Reading YAML that people write: checked against a schema, every complaint with line and suggestion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import jsonschema
import yaml

from grader.errors import Problem, QuestionError

#: A jsonschema.ValidationError. Its stubs allow every field to be unset, which none is after a validation.
Violation = Any

TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "keys",
    "boolean": "true or false",
}


def read_yaml(path: str, content: bytes, schema: dict[str, Any]) -> dict[str, Any]:
    """The document, or a QuestionError that lists everything that is wrong with it."""
    try:
        node = yaml.compose(content, Loader=yaml.SafeLoader)
        document = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, UnicodeError) as error:
        raise QuestionError([_syntax_problem(path, error)]) from error
    problems = [*_duplicates(path, node), *_violations(path, node, document, schema)]
    if problems:
        raise QuestionError(sorted(problems, key=lambda problem: problem.line))
    assert isinstance(document, dict)  # noqa: S101 - for the type checker: every schema asks for a mapping
    return document


def line_of(content: bytes, path: Sequence[str | int]) -> int:
    """The line (from 1) where the value at `path` begins, for complaints that no schema can make."""
    return _line(_at(yaml.compose(content, Loader=yaml.SafeLoader), path))


def _syntax_problem(path: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error)
    return Problem(path, mark.line + 1 if mark else 1, f"is not valid YAML: {what}")


def _duplicates(path: str, node: yaml.Node | None) -> Iterator[Problem]:
    """YAML keeps the last of two equal keys without a word; an author would search for an hour."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield Problem(
                    path, key.start_mark.line + 1, f"'{key.value}' is given twice", "keep one of them"
                )
            seen.add(key.value)
            yield from _duplicates(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicates(path, item)


def _violations(
    path: str, node: yaml.Node | None, document: Any, schema: dict[str, Any]
) -> Iterator[Problem]:
    for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
        yield from _explain(path, node, error)


def _explain(path: str, root: yaml.Node | None, error: Violation) -> Iterator[Problem]:
    node = _at(root, list(error.absolute_path))
    if error.validator == "additionalProperties":
        yield from _unknown_keys(path, node, error)
        return
    yield Problem(path, _line(node), _complaint(error), _hint(error))


def _unknown_keys(path: str, node: yaml.Node | None, error: Violation) -> Iterator[Problem]:
    known = list(error.schema["properties"])
    for key in sorted(set(error.instance) - set(known), key=str):
        close = get_close_matches(str(key), known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"known keys: {', '.join(sorted(known))}"
        yield Problem(path, _key_line(node, key), f"unknown key '{key}'", hint)


def _complaint(error: Violation) -> str:
    name = f"'{_dotted(error.absolute_path)}'" if error.absolute_path else "the file"
    match error.validator:
        case "required":
            absent = [key for key in error.validator_value if key not in error.instance]
            return f"{name} lacks {', '.join(repr(key) for key in absent)}"
        case "type":
            return f"{name} must be {TYPE_NAMES.get(str(error.validator_value), error.validator_value)}"
        case "enum":
            return f"{name} cannot be {error.instance!r}"
        case "const":
            return f"{name} must be {error.validator_value!r}, not {error.instance!r}"
        case _:
            return f"{name}: {error.message}"


def _hint(error: Violation) -> str:
    if error.validator == "enum":
        close = get_close_matches(str(error.instance), [str(value) for value in error.validator_value], n=1)
        choices = ", ".join(str(value) for value in error.validator_value)
        return f"did you mean '{close[0]}'?" if close else f"one of: {choices}"
    if error.validator == "required":
        return "add it"
    return str(error.schema.get("description", ""))


def _dotted(parts: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in parts)


def _at(node: yaml.Node | None, path: Sequence[str | int]) -> yaml.Node | None:
    """The node that a JSON path leads to, or the nearest one above it."""
    for step in path:
        below = _child(node, step)
        if below is None:
            return node
        node = below
    return node


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        item: yaml.Node = node.value[step]
        return item
    return None


def _key_line(node: yaml.Node | None, name: object) -> int:
    if isinstance(node, yaml.MappingNode):
        return next((key.start_mark.line + 1 for key, _ in node.value if key.value == str(name)), _line(node))
    return _line(node)


def _line(node: yaml.Node | None) -> int:
    return node.start_mark.line + 1 if node is not None else 1
