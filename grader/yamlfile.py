"""YAML that people write: checked against a schema, every complaint with line and suggestion.

The work is done in `grader.yamlreader`, which needs PyYAML and jsonschema. It is imported with the first file that is
read, so that a machine that has PyTorch and nothing else can judge a question that it is handed.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

#: A file of a question is written by hand; parsing takes about a second for each of these many bytes.
MAX_BYTES = 256 * 1024


def read_yaml(path: str, content: bytes, schema: dict[str, Any]) -> dict[str, Any]:
    """The document, or a QuestionError that lists everything that is wrong with it."""
    from grader import yamlreader

    return yamlreader.read(path, content, schema)


def line_of(content: bytes, path: Sequence[str | int]) -> int:
    """The line (from 1) where the value at `path` begins, for complaints that no schema can make."""
    from grader import yamlreader

    return yamlreader.line_of(content, path)


def suggestion(given: str, known: Sequence[str]) -> str:
    """'did you mean …?' where something known looks like what was given, else nothing."""
    close = get_close_matches(given, known, n=1)
    return f"did you mean '{close[0]}'?" if close else ""
