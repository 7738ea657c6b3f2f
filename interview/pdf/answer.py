"""What a candidate wrote, with what was said of its places; picks and estimates beside their keys."""

from collections.abc import Iterable, Mapping
from typing import Any

from interview.models import Comment
from interview.pdf.blocks import facts, heading, note, paragraphs, prose, row, rows, sign
from interview.pdf.bounds import MOST_LINES, Cut, cut, cut_lines
from interview.pdf.code import lines_of
from interview.pdf.prose import Block, line
from interview.places import sentences
from interview.selectors.choice import MarkedLine, MarkedPart
from interview.selectors.estimate import Marked
from interview.selectors.report import ItemReport
from interview.templatetags.look import in_place, points

LANGUAGES = {"py": "python", "yaml": "yaml", "yml": "yaml", "json": "json", "md": "markdown", "sh": "bash"}

Said = dict[str, list[str]]


def answer(entry: ItemReport, most: int) -> list[Block]:
    """What counts of a question, at most so many characters of each text."""
    if estimate := entry.estimate:
        return of_estimate(estimate, most)
    if entry.parts:
        unanswered = [] if entry.submission else paragraphs("Not answered.", soft=True)
        return [*unanswered, *of_parts(entry.parts)]
    if not entry.submission:
        return paragraphs("Not answered.", soft=True)
    return written(entry.answer, most, entry.remarks)


def written(answer: Mapping[str, Any], most: int, remarks: Iterable[Comment] = ()) -> list[Block]:
    """An answer as it was written, numbered as the page numbers it."""
    comments = list(remarks)
    if files := answer.get("files"):
        return [_file(name, source, most, _by_place(comments, name)) for name, source in files.items()]
    if entries := answer.get("entries"):
        return [_entries([entry["text"] for entry in entries], most, _by_place(comments))]
    if answer.get("text", "").strip():
        return [_sentences(answer["text"], most, _by_place(comments))]
    return paragraphs("Nothing was written for this question.", soft=True)


def _by_place(remarks: Iterable[Comment], file: str = "") -> Said:
    said: Said = {}
    for remark in remarks:
        if remark.file == file and remark.line:
            said.setdefault(str(remark.line), []).append(remark.body)
    return said


def _file(name: str, source: str, most: int, said: Said) -> Block:
    kept = cut_lines(source, most)
    language = LANGUAGES.get(name.rpartition(".")[2], "")
    # A comment on a line that is cut away still has its words.
    shown = kept.text.count("\n") + 1
    late = [
        f"Line {place}: {body}" for place, bodies in said.items() if int(place) > shown for body in bodies
    ]
    return {
        "kind": "file",
        "name": name,
        "lines": lines_of(kept.text, language),
        "said": said,
        "missing": " ".join([kept.missing, *late]).strip(),
    }


def _sentences(text: str, most: int, said: Said) -> Block:
    kept = cut(text, most)
    found = [(part.text, part.opens_paragraph) for part in sentences(kept.text)]
    return _written("Sentence", found, said, kept)


def _entries(texts: list[str], most: int, said: Said) -> Block:
    kept = [cut(text, max(most // len(texts), 1)) for text in texts]
    missing = " ".join(f"Entry {n}: {one.missing}" for n, one in enumerate(kept, start=1) if one.missing)
    return _written("Entry", [(one.text, True) for one in kept], said, Cut("", missing))


def _written(word: str, found: list[tuple[str, bool]], said: Said, kept: Cut) -> Block:
    shown = found[:MOST_LINES]
    parts = [
        {"number": number, "lines": text.split("\n"), "opens": opens, "said": said.get(str(number), [])}
        for number, (text, opens) in enumerate(shown, start=1)
    ]
    late = [f"{word} {n}: {body}" for n, bodies in said.items() if int(n) > len(shown) for body in bodies]
    left = len(found) - len(shown)
    more = f"{left:,} more lines are on the page of this report." if left else ""
    return {
        "kind": "written",
        "word": word,
        "parts": parts,
        "missing": " ".join([kept.missing, more, *late]).strip(),
    }


def of_parts(parts: list[MarkedPart]) -> list[Block]:
    """Picks beside their key."""
    numbered = enumerate(parts, start=1)
    return [block for number, part in numbered for block in _part(part, number if len(parts) > 1 else None)]


def _part(part: MarkedPart, number: int | None) -> list[Block]:
    which = f"Part {number} · " if number else ""
    return [
        heading(3, f"{which}{points(part.points)} of {_points(part.max_points)}"),
        prose(part.prompt, level=3),
        rows(_line(part.form, option) for option in part.lines),
        prose(part.explain, level=3),
        note(f"{part.message} {part.rule}"),
    ]


def _points(number: float) -> str:
    return f"{points(number)} point{'' if number == 1 else 's'}"


def _line(form: str, option: MarkedLine) -> dict[str, Any]:
    because = [prose(option.because, level=3)] if option.because else []
    shown = {"ordering": _ordered, "matching": _matched}.get(form, _picked)
    signed, pieces = shown(option)
    return row(signed, pieces, more=because)


def _picked(option: MarkedLine) -> tuple[dict[str, str], list[Any]]:
    words = {
        (True, True): ("ok", "Picked, right"),
        (True, False): ("bad", "Picked, wrong"),
        (False, True): ("", "Right, not picked"),
    }
    return sign(*words.get((bool(option.picked), bool(option.right)), ("", "Not picked"))), line(option.text)


def _ordered(option: MarkedLine) -> tuple[dict[str, str], list[Any]]:
    placed = f"Placed {in_place(option.picked)}" if option.picked else "Not placed"
    signed = sign("ok", "Same place") if option.is_right else sign("", placed)
    return signed, [f"{option.right}. ", *line(option.text)]


def _matched(option: MarkedLine) -> tuple[dict[str, str], list[Any]]:
    wrong = sign("bad", "Wrong") if option.picked else sign("", "Not matched")
    yours = [["break"], "Yours: ", *line(option.picked)] if option.picked else []
    right = [] if option.is_right else [["break"], "Right: ", *line(option.right)]
    return (sign("ok", "Right") if option.is_right else wrong), [*line(option.text), *yours, *right]


def of_estimate(marked: Marked, most: int) -> list[Block]:
    """A number beside its value, how it was read, and how it was worked out."""
    read = marked.reading.quantity
    as_read = f", read as {read}" if read and read != marked.estimate else ""
    shown = [
        heading(3, f"{points(marked.points)} of {_points(marked.max_points)}"),
        facts(
            (
                "Answer",
                [["strong", marked.estimate], as_read] if marked.estimate.strip() else ["none"],
            ),
            ("Value", [["strong", marked.value]]),
        ),
        *paragraphs(marked.message),
        prose(marked.explain, level=3),
        note(marked.rule),
    ]
    if marked.working.strip():
        shown += [heading(3, "How it was worked out"), *written(marked.as_text, most)]
    return shown
