"""Where the terms of a rubric occur in an answer. It is coverage and no grade: a sentence that denies it matches."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from interview.places import texts
from interview.selectors.report import Entry

MOST_FURTHER = 12  # of the places that are only linked, this many are, for each criterion
AROUND, LONGEST = 60, 320  # characters before the first match, and in all, that are shown of a long place
# What stands around a match. Places never hold these two: `interview.places.visible` spells them out.
OPEN, CLOSE = "\x02", "\x03"
MARKED = re.compile(f"{OPEN}(.*?){CLOSE}", re.DOTALL)
HEADLINE = f'HighlightAll=true, StartSel="{OPEN}", StopSel="{CLOSE}"'

# Of the places that have a term, one is cited: that with most terms of the same criterion, of equals the first. So a
# criterion has at most as many citations as terms, however often an answer repeats them. Criteria, terms and places
# are numbers until the end, for these sort fast.
QUERY = """
WITH place AS MATERIALIZED (
    SELECT number, body, to_tsvector('english', body) AS words
    FROM unnest(%(places)s::text[]) WITH ORDINALITY AS given(body, number)
), term AS MATERIALIZED (
    SELECT criterion, at, websearch_to_tsquery('english', body) AS query
    FROM unnest(%(criteria)s::int[], %(terms)s::text[]) WITH ORDINALITY AS given(criterion, body, at)
), hit AS (
    SELECT term.criterion, term.at, place.number,
           count(*) OVER (PARTITION BY term.criterion, place.number) AS together
    FROM term JOIN place ON place.words @@ term.query
), chosen AS (
    SELECT criterion, at, number,
           number = first_value(number) OVER (PARTITION BY at ORDER BY together DESC, number) AS is_best
    FROM hit
), found AS (
    SELECT criterion, number, array_agg(at) AS terms, bool_or(is_best) AS is_cited
    FROM chosen GROUP BY criterion, number
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY criterion, is_cited ORDER BY number) AS rank FROM found
)
SELECT criterion, number, terms, CASE WHEN is_cited THEN (
    SELECT ts_headline('english', body, string_agg('(' || query::text || ')', ' | ')::tsquery, %(headline)s)
    FROM term WHERE at = ANY (terms)
) END AS headline
FROM ranked JOIN place USING (number)
WHERE is_cited OR rank <= %(further)s
ORDER BY criterion, number
"""


@dataclass(frozen=True)
class Piece:
    """A stretch of a citation, and whether it is what matched. It is untrusted text: templates escape it."""

    text: str
    is_match: bool


@dataclass(frozen=True)
class Citation:
    """A place of the answer, by its number, with what stands there."""

    number: int
    pieces: list[Piece]


@dataclass(frozen=True)
class Coverage:
    """Which terms of one criterion occur in an answer, and where; `further` are places beside those that are cited."""

    found: list[str]
    missing: list[str]
    cited: list[Citation]
    further: list[int]
    has_more: bool  # places beyond these


@dataclass(frozen=True)
class _Hit:
    criterion: int  # its place among those that are asked for, from 0
    number: int
    terms: list[int]  # places among all terms of all criteria, from 1
    headline: str | None


def is_covered(entries: Iterable[Entry], answer: Mapping[str, Any]) -> bool:
    """Whether there is anything to look for, and words in which it could be found."""
    return any(entry.terms for entry in entries) and bool(texts(answer))


def coverage(entries: Iterable[Entry], answer: Mapping[str, Any]) -> dict[str, Coverage]:
    """For each criterion and red flag that names terms, by its id, where they occur. One query, however many."""
    asked = [entry for entry in entries if entry.terms]
    terms = [(at, term) for at, entry in enumerate(asked) for term in entry.terms]
    hits = _hits(terms, texts(answer))
    return {
        entry.id: _coverage(entry.terms, [hit for hit in hits if hit.criterion == at], terms)
        for at, entry in enumerate(asked)
    }


def _hits(terms: Sequence[tuple[int, str]], places: Sequence[str]) -> list[_Hit]:
    """`terms` each with the number of its criterion."""
    if not terms or not places:
        return []
    given: dict[str, Any] = {
        "places": list(places),
        "criteria": [criterion for criterion, _ in terms],
        "terms": [term for _, term in terms],
        "headline": HEADLINE,
        "further": MOST_FURTHER + 1,  # one more tells that there are more
    }
    with connection.cursor() as cursor:
        cursor.execute(QUERY, given)
        return [_Hit(*row) for row in cursor.fetchall()]


def _coverage(terms: Sequence[str], hits: Sequence[_Hit], asked: Sequence[tuple[int, str]]) -> Coverage:
    occurring = {asked[at - 1][1] for hit in hits for at in hit.terms}
    further = [hit.number for hit in hits if hit.headline is None]
    return Coverage(
        found=[term for term in terms if term in occurring],
        missing=[term for term in terms if term not in occurring],
        cited=[Citation(hit.number, _pieces(hit.headline)) for hit in hits if hit.headline is not None],
        further=further[:MOST_FURTHER],
        has_more=len(further) > MOST_FURTHER,
    )


def _pieces(headline: str) -> list[Piece]:
    """The text of a headline without its markers, cut to what stands around the first match."""
    # The pattern has one group, so every second part is what matched.
    parts = MARKED.split(headline)
    pieces = [Piece(text, bool(index % 2)) for index, text in enumerate(parts) if text]
    # From the beginning of a word on, where there is one within reach.
    start = parts[0].rfind(" ", 0, max(0, len(parts[0]) - AROUND)) + 1
    return _window(pieces, start, LONGEST)


def _window(pieces: Sequence[Piece], start: int, length: int) -> list[Piece]:
    """`length` characters from `start` on, with an ellipsis where something is left out."""
    total = sum(len(piece.text) for piece in pieces)
    if total <= length:
        return list(pieces)
    shown, at = [], 0
    for piece in pieces:
        text = piece.text[max(0, start - at) : max(0, start + length - at)]
        at += len(piece.text)
        if text:
            shown.append(Piece(text, piece.is_match))
    opening = [Piece("…", False)] if start else []
    closing = [Piece("…", False)] if start + length < total else []
    return [*opening, *shown, *closing]
