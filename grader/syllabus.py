"""What a bank says of the syllabus, and whether a question in it agrees."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from grader.errors import Problem
from grader.schemas import schema
from grader.yamlfile import line_of, read_yaml, suggestion

if TYPE_CHECKING:
    from grader.question import Question

FILE = "areas.yaml"
FRONT = "question.yaml"


@lru_cache(maxsize=8)
def _topics(path: str, content: bytes) -> dict[str, str]:
    """The ids of the topics and their titles; read once for all questions of a bank."""
    return {topic["id"]: topic["title"] for topic in read_yaml(path, content, schema("areas"))["topics"]}


def syllabus_problems(question: Question, root: Path) -> Iterator[Problem]:
    """Where the folder `root` lies in a bank: an area that is not that of its folder, and topics that are none."""
    syllabus = root.resolve().parent.parent / FILE
    if not syllabus.is_file():
        return
    content, area = question.files[FRONT], root.resolve().parent.name
    if question.area != area:
        hint = f"write area: {area}, or move the folder"
        line = line_of(content, ["area"])
        yield Problem(FRONT, line, f"'area' is {question.area}, and the folder lies in {area}/", hint)
    topics = _topics(str(syllabus), syllabus.read_bytes())
    for index, topic in enumerate(question.covers):
        # A bank that lists no topics has nothing to hold a question to.
        if topics and topic not in topics:
            line = line_of(content, ["covers", index])
            hint = suggestion(topic, list(topics)) or f"the topics are listed in {FILE}"
            yield Problem(FRONT, line, f"'{topic}' is no topic of {FILE}", hint)
