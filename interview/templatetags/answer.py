"""Filters that show a candidate's answer to those who review it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template

from grader.groups import Subtotal
from interview.models import Interview
from interview.models.grading import by_group as groups_of

register = template.Library()

ACCEPTED = "AC"

# Controls, zero-width spaces and direction overrides: what makes a text read otherwise than it is.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u2069\ufeff]")
# A sentence ends at . ! or ? before a capital, a quotation or a bracket; "1." at the start of a line only numbers it.
SENTENCE = re.compile(r"(?<!^\w\.)(?<!^\d\d\.)(?<=[.!?])[ \t]+(?=[A-Z(\[“\"‘'])")


@dataclass(frozen=True)
class Sentence:
    text: str
    opens_paragraph: bool


@register.filter
def code_name(interview: Interview) -> str:
    """What reviewers call the candidate before release: four characters of the interview's id, never a name."""
    return interview.pk.hex[:4].upper()


@register.filter
def visible(text: str) -> str:
    """The text with characters that hide or reorder others spelled out, as ⟨U+202E⟩."""
    return HIDDEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


@register.filter
def sentences(text: str) -> list[Sentence]:
    """The answer in pieces that a reviewer can point at: its lines, and the sentences of each."""
    found: list[Sentence] = []
    opens = True
    for line in visible(text).splitlines():
        for part in _split(line.rstrip()):
            found.append(Sentence(part, opens))
            opens = False
        opens = opens or not line.strip()
    return found


def _split(line: str) -> list[str]:
    return [part for part in SENTENCE.split(line) if part.strip()]


@register.filter
def passed(tests: Iterable[Mapping[str, object]]) -> int:
    """How many of a result's tests were accepted."""
    return sum(test["verdict"] == ACCEPTED for test in tests)


@register.filter
def by_group(result: Mapping[str, Any]) -> Sequence[Subtotal]:
    """The tests of a result's document by group, with what each group comes to."""
    return groups_of(result)
