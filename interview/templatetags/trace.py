"""Where in the candidate's own code an error arose: as a list to read, and as marks for the editor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import template

from grader.frames import Frame

register = template.Library()

#: Characters of a message that a mark in the editor has room for.
LONGEST_MARK = 300


@register.inclusion_tag("components/trace.html")
def trace(frames: Iterable[Frame | Mapping[str, Any]], goes: bool = False) -> dict[str, Any]:
    """The lines that an error came through, outermost first. `goes` where the page has the editor they lead to."""
    return {"frames": list(map(_frame, frames)), "goes": goes}


def _frame(told: Frame | Mapping[str, Any]) -> Frame:
    return told if isinstance(told, Frame) else Frame(**told)


@dataclass(frozen=True)
class Mark:
    """A line of a file that an error arose in, and its first words."""

    file: str
    line: int
    text: str


@register.filter
def marks(result: Mapping[str, Any]) -> list[Mark]:
    """The innermost line of each error of a result, once. Own lines are in no file of the editor."""
    told = [result, *result["tests"]]
    found = ((_frame(part["frames"][-1]), part["message"]) for part in told if part.get("frames"))
    return list(dict.fromkeys(_mark(frame, message) for frame, message in found if not frame.is_own))


def _mark(frame: Frame, message: str) -> Mark:
    return Mark(frame.file, frame.line, message.partition("\n")[0][:LONGEST_MARK])
