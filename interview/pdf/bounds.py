"""What of a text goes on paper: so much of it, with everything spelled out that would hide or reorder the rest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interview.places import visible

#: Of one text, of one line of code, and of one file.
MOST_CHARACTERS, LONGEST_LINE, MOST_LINES = 30_000, 1_000, 1_000
#: Of all answers of a report together, so that many long ones stay within what one process should set.
ALL_ANSWERS = 150_000
TAB = "    "
#: Longer than this without a space, a word may be broken; typst would let it run off the paper.
ENDLESS = re.compile(r"\S{48}(?=\S)")
ZERO_WIDTH_SPACE = "\u200b"
#: What is a picture already, and no text of anybody's.
DRAWN = {"figures", "svg"}


@dataclass(frozen=True)
class Cut:
    """The beginning of a text, and in words what is missing; empty where nothing is."""

    text: str
    missing: str = ""


def plain(text: str) -> str:
    """The text with line ends of one kind, no tabs, and hidden characters spelled out."""
    return visible("\n".join(text.splitlines()).expandtabs(len(TAB)))


def cut(text: str, most: int = MOST_CHARACTERS) -> Cut:
    """At most so many characters of a text."""
    if len(text) <= most:
        return Cut(plain(text))
    return Cut(plain(text[:most]), f"{len(text) - most:,} more characters are on the page of this report.")


def cut_lines(source: str, most: int = MOST_CHARACTERS) -> Cut:
    """The same of code, and at most so many lines, none of them endless. Lines end where Python's do."""
    whole = source.removesuffix("\n").split("\n")
    lines = [_line(line) for line in whole[:MOST_LINES]]
    kept = _within(lines, most)
    left = len(whole) - len(kept)
    missing = f"{left:,} more line{'s' * (left > 1)} are on the page of this report." if left else ""
    return Cut("\n".join(kept), missing)


def _line(line: str) -> str:
    shown = visible(line.removesuffix("\r").expandtabs(len(TAB)))
    return shown if len(shown) <= LONGEST_LINE else f"{shown[:LONGEST_LINE]} … (cut)"


def _within(lines: list[str], most: int) -> list[str]:
    """As many of the lines as have so many characters together, and one in any case."""
    room = most
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0 and number:
            return lines[:number]
    return lines


def share(answers: int) -> int:
    """How many characters each of so many answers may have."""
    return min(MOST_CHARACTERS, ALL_ANSWERS // max(1, answers))


def settable(part: Any, key: str = "") -> Any:
    """A document with every character spelled out that would hide or reorder others, and with no endless words."""
    match part:
        case _ if key in DRAWN:
            return part
        case str(text):
            return ENDLESS.sub(rf"\g<0>{ZERO_WIDTH_SPACE}", visible(text).replace("\t", TAB))
        case ["figure" | "link" as what, str(address), *rest]:
            return [what, visible(address), *settable(rest)]
        case list(parts):
            return [settable(one) for one in parts]
        case Mapping():
            return {name: settable(value, name) for name, value in part.items()}
    return part
