"""How `grader.yamlfile` reads and checks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jsonschema
import yaml

from grader.errors import Problem, QuestionError
from grader.yamlfile import MAX_BYTES, suggestion

#: A jsonschema.ValidationError. Its stubs allow every field to be unset, which none is after a validation.
Violation = Any

#: This many characters of a wrong value stand in the complaint about it.
SHOWN = 60

TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "keys",
    "boolean": "true or false",
}


class _Loader(yaml.SafeLoader):
    """Plain YAML. Aliases are refused: ten lines of them unfold into a document that no memory holds."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem=_ALIAS, problem_mark=self.peek_event().start_mark)  # type: ignore[no-untyped-call]  # its stubs lack it
        return super().compose_node(parent, index)


_ALIAS = "an alias (*) is not accepted here"

#: Part of what the parser complains of, and what usually mends it.
_SYNTAX_HINTS = {
    _ALIAS: "write out what it stands for",
    "cannot start any token": "indent with spaces, and put text that begins with a sign in quotation marks",
    "mapping values are not allowed": "put a text with a colon in quotation marks",
    "could not find expected ':'": "a key is followed by a colon and a space",
    "special characters are not allowed": "remove the control character",
}


def read(path: str, content: bytes, schema: dict[str, Any]) -> dict[str, Any]:
    """See `grader.yamlfile.read_yaml`."""
    if len(content) > MAX_BYTES:
        size, limit = len(content) // 1024, MAX_BYTES // 1024
        raise QuestionError([Problem(path, 0, f"has {size} KiB", f"at most {limit} KiB are read")])
    try:
        loader = _Loader(content)
        node = loader.get_single_node()
        document = loader.construct_document(node) if node else None
    except (yaml.YAMLError, ValueError, UnicodeError) as error:
        raise QuestionError([_syntax_problem(path, error)]) from error
    except RecursionError as error:
        problem = Problem(
            path, 0, "is nested too deeply to be read", "no file here needs more than ten levels"
        )
        raise QuestionError([problem]) from error
    problems = [
        *_duplicates(path, node),
        *_violations(path, node, document, schema),
        *_not_finite(path, node, document),
    ]
    if problems:
        raise QuestionError(sorted(problems, key=lambda problem: problem.line))
    assert isinstance(document, dict)  # noqa: S101 - for the type checker: every schema asks for a mapping
    return document


def line_of(content: bytes, path: Sequence[str | int]) -> int:
    """See `grader.yamlfile.line_of`."""
    return _line(_at(yaml.compose(content, Loader=yaml.SafeLoader), path))


def _syntax_problem(path: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error)
    hint = next((advice for part, advice in _SYNTAX_HINTS.items() if part in what), "")
    return Problem(path, mark.line + 1 if mark else 1, f"is not valid YAML: {what}", hint)


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


def _not_finite(path: str, root: yaml.Node | None, document: Any) -> Iterator[Problem]:
    """Every comparison with NaN is false, so it would pass whatever range a schema gives."""
    for place, value in _leaves(document):
        if isinstance(value, float) and not math.isfinite(value):
            yield Problem(
                path, _line(_at(root, place)), f"'{_dotted(place)}' is not a finite number", "write one"
            )


def _leaves(document: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _leaves(value, (*place, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from _leaves(value, (*place, index))
    else:
        yield place, document


def _unknown_keys(path: str, node: yaml.Node | None, error: Violation) -> Iterator[Problem]:
    known = list(error.schema.get("properties", ()))
    patterns = list(error.schema.get("patternProperties", ()))
    unknown = [key for key in error.instance if key not in known and not _matches(patterns, key)]
    for key in sorted(unknown, key=str):
        yield Problem(path, _key_line(node, key), f"unknown key '{key}'", _key_hint(key, known, error))


def _matches(patterns: Sequence[str], key: object) -> bool:
    return any(re.search(pattern, str(key)) for pattern in patterns)


def _key_hint(key: object, known: list[str], error: Violation) -> str:
    if not known:
        return str(error.schema.get("description", ""))
    return suggestion(str(key), known) or f"known keys: {', '.join(sorted(known))}"


def _complaint(error: Violation) -> str:
    name = f"'{_dotted(error.absolute_path)}'" if error.absolute_path else "the file"
    if error.validator == "required":
        absent = [key for key in error.validator_value if key not in error.instance]
        return f"{name} lacks {', '.join(repr(key) for key in absent)}"
    if error.validator == "type":
        wanted = TYPE_NAMES.get(str(error.validator_value), error.validator_value)
        return f"{name} must be {wanted}, not {_shown(error.instance)}"
    words = _COMPLAINTS.get(str(error.validator), "cannot be {value}")
    size = len(error.instance) if isinstance(error.instance, str | list | dict) else 0
    return f"{name} {words.format(value=_shown(error.instance), size=size, bound=error.validator_value)}"


_COMPLAINTS = {
    "const": "must be {bound}, not {value}",
    "minLength": "is empty",
    "maxLength": "has {size} characters",
    "minItems": "has {size} entries",
    "maxItems": "has {size} entries",
    "uniqueItems": "names something twice",
    "minProperties": "is empty",
    "maxProperties": "has {size} keys",
}


def _shown(value: Any) -> str:
    """A value as its author would recognise it, in short."""
    if value is None:
        return "empty"
    if isinstance(value, dict | list):
        return "keys" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _hint(error: Violation) -> str:
    given = _HINTS.get(str(error.validator))
    return given(error) if given else str(error.schema.get("description", ""))


def _enum_hint(error: Violation) -> str:
    known = [str(value) for value in error.validator_value]
    return suggestion(str(error.instance), known) or f"one of: {', '.join(known)}"


def _type_hint(error: Violation) -> str:
    wanted, given = error.validator_value, error.instance
    if wanted in ("number", "integer") and isinstance(given, str) and _EXPONENT.fullmatch(given):
        # YAML reads 1e-5 as text: its numbers with an exponent have a point and a sign.
        return f"write {float(given):.1e}, with a point and a sign, so that YAML reads a number"
    return _TYPE_HINTS.get(str(wanted), "")


_EXPONENT = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")
_TYPE_HINTS = {
    "string": "put it in quotation marks",
    "array": "write a list: [first, second]",
    "object": "write keys below it, indented",
    "boolean": "write true or false",
}


def _range_hint(error: Violation) -> str:
    schema = error.schema
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"between {low} and {high}"
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    bounds = {"at least": low, "above": above, "at most": high, "below": below}
    return " and ".join(f"{word} {bound}" for word, bound in bounds.items() if bound is not None)


_HINTS: dict[str, Callable[[Violation], str]] = {
    "enum": _enum_hint,
    "required": lambda error: "add it",
    "type": _type_hint,
    "const": lambda error: f"write {error.validator_value}",
    "minimum": _range_hint,
    "maximum": _range_hint,
    "exclusiveMinimum": _range_hint,
    "exclusiveMaximum": _range_hint,
    "minLength": lambda error: "write it, or remove the key where it is not needed",
    "maxLength": lambda error: f"at most {error.validator_value}",
    "minItems": lambda error: f"at least {error.validator_value}",
    "maxItems": lambda error: f"at most {error.validator_value}",
    "uniqueItems": lambda error: "keep one of them",
    "minProperties": lambda error: str(error.schema.get("description", "")) or "write at least one",
    "maxProperties": lambda error: (
        str(error.schema.get("description", "")) or f"at most {error.validator_value}"
    ),
}


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
