"""Filters that show a candidate's answer to those who review it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from grader.groups import Subtotal
from interview.models import Comment, Interview
from interview.models.grading import by_group as groups_of
from interview.places import sentences, visible
from interview.selectors.coverage import Coverage
from interview.templatetags.look import python_block, python_lines

register = template.Library()

ACCEPTED = "AC"

register.filter("visible", visible)


@register.filter
def code_name(interview: Interview) -> str:
    """What reviewers call the candidate before release: four characters of the interview's id, never a name."""
    return interview.pk.hex[:4].upper()


@dataclass(frozen=True)
class Piece:
    """A part of an answer as it is shown, and what was said of it; `number` is what it is called by."""

    number: int
    content: Any
    remarks: list[Comment]


@register.simple_tag
def code_pieces(source: str, file: str, remarks: Iterable[Comment]) -> list[Piece]:
    """A file cut behind every line that has remarks, so that they stand below it."""
    lines, said = python_lines(visible(source)), _by_line(remarks, file)
    cuts = sorted({line for line in said if line <= len(lines)} | {len(lines)})
    pieces = zip([0, *cuts], cuts, strict=False)
    return [Piece(end, python_block(lines[start:end]), said.get(end, [])) for start, end in pieces]


@register.simple_tag
def text_pieces(text: str, remarks: Iterable[Comment]) -> list[Piece]:
    """The sentences of a text."""
    said = _by_line(remarks)
    return [Piece(n, sentence, said.get(n, [])) for n, sentence in enumerate(sentences(text), start=1)]


@register.simple_tag
def entry_pieces(entries: Iterable[Mapping[str, str]], remarks: Iterable[Comment]) -> list[Piece]:
    """The entries of an ordered answer."""
    said = _by_line(remarks)
    return [Piece(n, visible(entry["text"]), said.get(n, [])) for n, entry in enumerate(entries, start=1)]


@register.filter
def under(coverage: Mapping[str, Coverage] | None, criterion: str) -> Coverage | None:
    """Where one criterion might be said; None until it was asked for."""
    return (coverage or {}).get(criterion)


def _by_line(remarks: Iterable[Comment] | str, file: str = "") -> dict[int, list[Comment]]:
    """What was said of each place of a file. A template hands on an empty string where it has no remarks."""
    found: dict[int, list[Comment]] = {}
    for remark in remarks or []:
        if isinstance(remark, Comment) and remark.file == file and remark.line:
            found.setdefault(remark.line, []).append(remark)
    return found


@register.filter
def passed(tests: Iterable[Mapping[str, object]]) -> int:
    """How many of a result's tests were accepted."""
    return sum(test["verdict"] == ACCEPTED for test in tests)


@register.filter
def by_group(result: Mapping[str, Any]) -> Sequence[Subtotal]:
    """The tests of a result's document by group, with what each group comes to."""
    return groups_of(result)
