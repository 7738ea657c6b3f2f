"""Reading one question of the Deep-ML layout, from a folder or a bundle, with the place of everything for messages."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from grader.errors import Problem, QuestionError
from grader.importers.source import read_text, refusal
from grader.yamlfile import line_of

#: File of a folder, and key of a bundle, for each part. Every spelling that is about is taken.
PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "description": (("description.md", "problem.md", "statement.md"), ("description",)),
    "learn": (("learn.md", "Learn.md"), ("learn_section", "learn")),
    "starter": (("starter_code.py", "starter.py"), ("starter_code", "starter")),
    "solution": (("solution.py",), ("solution",)),
    "tests": (("tests.json",), ("test_cases", "tests")),
    "example": (("example.json",), ("example",)),
}
REQUIRED = ("description", "solution", "tests")
#: Parts that a folder below, or a prefix of the keys, gives again for one framework.
VARIED = ("starter", "solution", "tests")


@dataclass(frozen=True)
class Case:
    """A script and what it prints when the answer is right; `line` is where the source has it."""

    script: str
    expected: str
    line: int


@dataclass(frozen=True)
class Sheet:
    """One question as its source has it. `places` says in which file each part stands."""

    title: str
    description: str
    learn: str
    starter: str
    solution: str
    cases: tuple[Case, ...]
    example: Mapping[str, str]
    difficulty: str
    category: str
    credits: str
    places: Mapping[str, str]


def is_bundle(path: Path) -> bool:
    """A JSON file that has test cases in it."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and any(key in document for key in PARTS["tests"][1])


def read_sheet(path: Path, framework: str = "") -> Sheet:
    """Everything of one question; a QuestionError names what is missing or broken, and where."""
    texts, places, meta, where = (
        _from_folder(path, framework) if path.is_dir() else _from_bundle(path, framework)
    )
    missing = [part for part in REQUIRED if part not in texts]
    if missing:
        raise QuestionError([Problem(str(path), 0, *_missing(part, framework, path)) for part in missing])
    title = _text(meta, "title") or _title_of(path)
    return Sheet(
        title=title,
        description=_decoded(texts["description"]),
        learn=_decoded(texts.get("learn", "")),
        starter=texts.get("starter", ""),
        solution=texts["solution"],
        cases=_cases(places["tests"], texts["tests"], where),
        example=_example(places, texts),
        difficulty=_text(meta, "difficulty"),
        category=_text(meta, "category"),
        credits=_credits(meta),
        places={"starter": str(path), **places},
    )


def _missing(part: str, framework: str, path: Path) -> tuple[str, str]:
    files, keys = PARTS[part]
    where = f"{framework}/{files[0]}" if framework and part in VARIED else files[0]
    name = where if path.is_dir() else f"'{framework + '_' if framework and part in VARIED else ''}{keys[0]}'"
    return f"has no {name}", "a question has description.md, solution.py and tests.json"


#: The text in which the tests stand, and the keys that lead to them in it.
Where = tuple[str, list[str | int]]
Parts = tuple[dict[str, str], dict[str, str], Mapping[str, Any], Where]


def _from_folder(path: Path, framework: str) -> Parts:
    texts, places = {}, {}
    for part, (files, _) in PARTS.items():
        base = path / framework if framework and part in VARIED else path
        found = next((base / name for name in files if (base / name).is_file()), None)
        if found is not None:
            texts[part], places[part] = read_text(found), str(found)
    meta = path / "meta.json"
    told = _mapping(meta, read_text(meta)) if meta.is_file() else {}
    return texts, places, told, (texts.get("tests", ""), [])


def _from_bundle(path: Path, framework: str) -> Parts:
    """The same from one file; parts that are not text are written out again, so that both are read alike."""
    whole = read_text(path)
    document = _mapping(path, whole)
    texts: dict[str, str] = {}
    found: dict[str, list[str | int]] = {}
    for part, (_, keys) in PARTS.items():
        prefix = f"{framework}_" if framework and part in VARIED else ""
        key = next((prefix + key for key in keys if document.get(prefix + key)), "")
        if key:
            value, found[part] = document[key], [key]
            texts[part] = value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)
    return texts, dict.fromkeys(texts, str(path)), document, (whole, found.get("tests", []))


def _mapping(path: Path, text: str) -> Mapping[str, Any]:
    document = _json(str(path), text)
    if not isinstance(document, dict):
        raise refusal(path, 1, "must be a JSON object", "keys and values in braces")
    return document


def _json(path: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise refusal(path, error.lineno, f"is not valid JSON: {error.msg}", "mend it there") from error
    except RecursionError as error:
        raise refusal(path, 0, "is nested too deeply", "a question needs four levels") from error


def _cases(path: str, text: str, where: Where) -> tuple[Case, ...]:
    """The tests; every entry that is none is a problem of its own."""
    document = _json(path, text)
    if not isinstance(document, list) or not document:
        raise refusal(path, 1, "must be a list with at least one test", '[{"test": …, "expected_output": …}]')
    problems = []
    cases = []
    for number, entry in enumerate(document):
        line = _line(where, number)
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("test"), str)
            or "expected_output" not in entry
        ):
            message = f"test {number + 1} is not an object with 'test' and 'expected_output'"
            problems.append(Problem(path, line, message, "both are text: a script, and what it prints"))
        else:
            cases.append(Case(entry["test"].replace("\r\n", "\n"), str(entry["expected_output"]), line))
    if problems:
        raise QuestionError(problems)
    return tuple(cases)


def _line(where: Where, number: int) -> int:
    """Where test `number` begins. JSON is read as YAML for its lines; what only JSON allows has none."""
    text, keys = where
    try:
        return line_of(text.encode(), [*keys, number])
    except yaml.YAMLError:
        return 0


def _example(places: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    if "example" not in texts:
        return {}
    document = _json(places["example"], texts["example"])
    entries = document.items() if isinstance(document, dict) else ()
    return {str(key): value for key, value in entries if isinstance(value, str) and value.strip()}


def _credits(meta: Mapping[str, Any]) -> str:
    people = meta.get("contributor")
    names = (
        [_text(person, "name") for person in people if isinstance(person, dict)]
        if isinstance(people, list)
        else []
    )
    made = ", ".join(name for name in names if name)
    number = _text(meta, "id")
    source = f"Deep-ML question {number}" if number else "The Deep-ML layout"
    return f"{source}, by {made}." if made else f"{source}."


def _text(meta: Mapping[str, Any], key: str) -> str:
    value = meta.get(key)
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _title_of(path: Path) -> str:
    words = path.stem.replace("_", " ").replace("-", " ").lstrip("0123456789 ").strip()
    return f"{words[:1].upper()}{words[1:]}" or path.stem


def _decoded(text: str) -> str:
    """The site hands texts over in base64; anything else stays as it is."""
    if len(text) < 16 or any(letter.isspace() for letter in text.strip()):
        return text
    try:
        return base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
