"""The places of an answer that a reviewer can point at: lines of code, sentences of a text, entries of a list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Controls, zero-width spaces and direction overrides: what makes a text read otherwise than it is.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u2069\ufeff]")
# A sentence ends at . ! or ? before a capital, a quotation or a bracket; "1." at the start of a line only numbers it.
SENTENCE = re.compile(r"(?<!^\w\.)(?<!^\d\d\.)(?<=[.!?])[ \t]+(?=[A-Z(\[“\"‘'])")


@dataclass(frozen=True)
class Sentence:
    text: str
    opens_paragraph: bool


def visible(text: str) -> str:
    """The text with characters that hide or reorder others spelled out, as ⟨U+202E⟩."""
    return HIDDEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


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


def places(answer: Mapping[str, Any]) -> dict[str, int]:
    """How many places the answer has: lines by file, or under no name its sentences or entries."""
    if "files" in answer:
        return {name: len(source.removesuffix("\n").split("\n")) for name, source in answer["files"].items()}
    if "entries" in answer:
        return {"": len(answer["entries"])}
    return {"": len(sentences(answer.get("text", "")))}


def texts(answer: Mapping[str, Any]) -> list[str]:
    """What stands at each numbered place that is words: sentences, or entries. Code has none."""
    if "files" in answer or "choices" in answer:
        return []
    if "entries" in answer:
        return [visible(entry["text"]) for entry in answer["entries"]]
    return [sentence.text for sentence in sentences(answer.get("text", answer.get("working", "")))]


def word_for(answer: Mapping[str, Any]) -> str:
    """What a place of the answer is called."""
    if "files" in answer:
        return "line"
    return "entry" if "entries" in answer else "sentence"
