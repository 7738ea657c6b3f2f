"""The schemas that ship: valid themselves, used by the loader, and what every complaint says."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from grader.errors import QuestionError
from grader.schemas import schema
from grader.yamlfile import MAX_BYTES, read_yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "grader" / "schemas"
NAMES = sorted(path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.schema.json"))

RANGE = {"properties": {"n": {"type": "number", "minimum": 1, "maximum": 9}}}
CLOSED = {"additionalProperties": False, "properties": {"title": {}, "minutes": {}}}


def complaint(text: str, **wanted: object) -> str:
    """The one problem of a document; `wanted` is the schema beside `type: object`."""
    with pytest.raises(QuestionError) as caught:
        read_yaml("a.yaml", text.encode(), {"type": "object", **wanted})
    (problem,) = caught.value.problems
    return str(problem)


def of_a(value: object, text: str) -> str:
    return complaint(text, properties={"a": value})


def every_object(node: object) -> list[dict[str, object]]:
    """All parts of a schema that describe keys."""
    if isinstance(node, list):
        return [found for part in node for found in every_object(part)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("type") == "object" else []
    # What stands behind `if` only asks; `then` says what has to hold.
    parts = [part for key, part in node.items() if key != "if"]
    return own + [found for part in parts for found in every_object(part)]


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name: str):
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_allows_no_key_that_it_does_not_name(name: str):
    assert [
        part for part in every_object(schema(name)) if part.get("additionalProperties") is not False
    ] == []


@pytest.mark.parametrize("name", ["areas", "templates"])
def test_the_bank_that_ships_fits_its_schema(name: str):
    path = ROOT / "bank" / f"{name}.yaml"
    assert read_yaml(path.name, path.read_bytes(), schema(name)) == yaml.safe_load(path.read_bytes())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("titel: x", "a.yaml:1: unknown key 'titel' (did you mean 'title'?)"),
        ("title: x\nzzz: 1", "a.yaml:2: unknown key 'zzz' (known keys: minutes, title)"),
        ("title: x\n3: 1", "a.yaml:2: unknown key '3' (known keys: minutes, title)"),
    ],
)
def test_an_unknown_key_is_named_with_its_line_and_what_was_meant(text: str, expected: str):
    assert complaint(text, **CLOSED) == expected


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ({"type": "string"}, "a: 1", "must be text, not 1 (put it in quotation marks)"),
        ({"type": "string"}, "a:", "must be text, not empty (put it in quotation marks)"),
        ({"type": "array"}, "a: x", "must be a list, not 'x' (write a list: [first, second])"),
        ({"type": "object"}, "a: [x]", "must be keys, not a list (write keys below it, indented)"),
        ({"type": "boolean"}, "a: 1", "must be true or false, not 1 (write true or false)"),
        (
            {"type": "number"},
            "a: 1e-5",
            "must be a number, not '1e-5' (write 1.0e-05, with a point and a sign, so that YAML reads a number)",
        ),
        ({"const": 1}, "a: 2", "must be 1, not 2 (write 1)"),
        ({"enum": ["mid", "senior"]}, "a: senor", "cannot be 'senor' (did you mean 'senior'?)"),
        ({"enum": ["mid", "senior"]}, "a: x", "cannot be 'x' (one of: mid, senior)"),
        ({"exclusiveMinimum": 0}, "a: 0", "cannot be 0 (above 0)"),
        ({"exclusiveMaximum": 0, "minimum": -9}, "a: 1", "cannot be 1 (at least -9 and below 0)"),
        ({"minLength": 1}, "a: ''", "is empty (write it, or remove the key where it is not needed)"),
        ({"maxLength": 3}, "a: abcd", "has 4 characters (at most 3)"),
        ({"minItems": 2}, "a: [1]", "has 1 entries (at least 2)"),
        ({"uniqueItems": True}, "a: [x, x]", "names something twice (keep one of them)"),
        ({"pattern": "^x$", "description": "one x"}, "a: y", "cannot be 'y' (one x)"),
        ({"pattern": "^x$"}, f"a: {'y' * 80}", f"cannot be '{'y' * 59}…"),
    ],
)
def test_a_bad_value_is_named_with_what_would_be_right(value: object, text: str, expected: str):
    assert of_a(value, text) == f"a.yaml:1: 'a' {expected}"


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf"])
def test_a_number_that_is_not_finite_is_refused(number: str):
    assert "a.yaml:2: 'n' is not a finite number (write one)" in complaint_all(f"x: 1\nn: {number}")


def complaint_all(text: str) -> str:
    with pytest.raises(QuestionError) as caught:
        read_yaml("a.yaml", text.encode(), {"type": "object", **RANGE})
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [", "a.yaml:1: is not valid YAML"),
        ("a:\n\t- b", "indent with spaces"),
        ("a: b: c", "put a text with a colon in quotation marks"),
        ("a: \x00", "remove the control character"),
        (
            "a: &b [1]\nc: *b",
            "a.yaml:2: is not valid YAML: an alias (*) is not accepted here (write out what it",
        ),
        ("? [a]\n: b", "is not valid YAML"),
        ("a: 2001-99-99", "is not valid YAML"),
        ("", "a.yaml:1: the file must be keys, not empty"),
        ("- a", "a.yaml:1: the file must be keys, not a list"),
    ],
)
def test_yaml_that_cannot_be_read_is_told_with_its_line(text: str, expected: str):
    assert expected in complaint(text)


def test_yaml_that_would_unfold_into_a_bomb_is_refused_before_it_does():
    layers = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert "an alias (*) is not accepted here" in complaint("\n".join(layers))


def test_yaml_nested_without_end_is_refused():
    assert complaint("a: " + "[" * 5000) == (
        "a.yaml: is nested too deeply to be read (no file here needs more than ten levels)"
    )


def test_yaml_of_a_size_that_nobody_writes_is_refused():
    assert complaint("a: " + "x" * MAX_BYTES) == "a.yaml: has 256 KiB (at most 256 KiB are read)"
