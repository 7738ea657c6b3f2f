"""The blocks that a document is made of, each as blocks.typ sets it. Every text in them is shown as it is."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.formats import date_format

from interview.pdf import prose as markdown
from interview.pdf.bounds import cut
from interview.pdf.prose import Block, Piece
from interview.templatetags.look import points

#: Of a sentence that a machine said.
MOST_SAID = 4_000


def heading(level: int, words: str) -> Block:
    """1 is a part of the report, 2 a part of a question; what Markdown brings along comes below."""
    return {"kind": "heading", "level": level, "text": words}


def text(*pieces: Piece, soft: bool = False) -> Block:
    return {"kind": "text", "pieces": list(pieces), "soft": soft}


def note(words: str) -> Block:
    return {"kind": "note", "text": words}


def missing(words: str) -> list[Block]:
    return [{"kind": "missing", "text": words}] if words else []


def paragraphs(words: str, *, soft: bool = False) -> list[Block]:
    """What a person typed into a field, line by line."""
    kept = cut(words)
    return [text(*broken(kept.text), soft=soft), *missing(kept.missing)]


def broken(words: str) -> list[Piece]:
    """The lines of a text, with a break between them."""
    lines = words.split("\n")
    return [piece for line in lines for piece in (["break"], line)][1:]


def said(words: str) -> list[Piece]:
    """A message with its `names` as code."""
    parts = re.split(r"`([^`\n]+)`", cut(words[:1].upper() + words[1:], MOST_SAID).text)
    pieces = [[["code", part]] if index % 2 else broken(part) for index, part in enumerate(parts)]
    return [piece for group in pieces for piece in group]


def prose(markdown_text: str, figures: Iterable[str] = (), base: str = "", level: int = 2) -> Block:
    """Markdown under a heading of `level`."""
    blocks = markdown.blocks(markdown_text, set(figures), base)
    return {"kind": "prose", "level": level, "blocks": blocks}


def facts(*rows: tuple[str, Sequence[Piece]]) -> Block:
    return {"kind": "facts", "rows": [[label, list(pieces)] for label, pieces in rows]}


def column(head: str, *, right: bool = False, wide: bool = False) -> dict[str, Any]:
    return {"head": head, "right": right, "wide": wide}


def table(columns: Sequence[dict[str, Any]], rows: Iterable[Sequence[Any]]) -> Block:
    """A cell is pieces, a sign, or a `share` from 0 to 1 that is drawn."""
    return {"kind": "table", "columns": list(columns), "rows": [list(row) for row in rows]}


def sign(tone: str, word: str) -> dict[str, str]:
    """A word with the colour of what it means: ok, bad, limit, ours, or none."""
    return {"tone": tone, "word": word}


def row(
    signed: dict[str, str], pieces: list[Piece], earned: str = "", more: Iterable[Block] = ()
) -> dict[str, Any]:
    """A line of a list that is marked: the sign, what it is about, what it earned, and what is said of it below."""
    return {**signed, "pieces": pieces, "points": earned, "more": list(more)}


def rows(listed: Iterable[dict[str, Any]]) -> Block:
    return {"kind": "rows", "rows": list(listed)}


def console(words: str) -> list[Block]:
    kept = cut(words, MOST_SAID)
    return [{"kind": "console", "lines": kept.text.split("\n")}, *missing(kept.missing)]


def bullets(lines: Iterable[str]) -> Block:
    items = [[{"kind": "paragraph", "pieces": [line]}] for line in lines]
    return {"kind": "prose", "level": 1, "blocks": [{"kind": "list", "start": None, "items": items}]}


def share_of(earned: float, most: float) -> str:
    """6.5 of 8."""
    return f"{points(earned)} of {points(most)}"


def moment(time: datetime) -> str:
    """3 March 2026, 12:04 UTC: paper has no reader whose zone could be asked."""
    return f"{date_format(time.astimezone(UTC), 'j F Y, H:i')} UTC"
