"""Between an answer as it is stored and the one field of a page that holds it."""

from typing import Any

from interview.models import Item
from interview.selectors import item as items


def main_file(item: Item) -> str:
    """The file that the editor shows."""
    return str(min(item.release.starter))


def as_answer(item: Item, text: str) -> dict[str, Any]:
    """The field's text as the answer that its question takes; other files stay as they were saved."""
    if not item.release.is_judged:
        return {"text": text}
    return {"files": {**items.answer_of(item)["files"], main_file(item): text}}


def field_text(item: Item, answer: dict[str, Any]) -> str:
    return str(answer["files"][main_file(item)] if item.release.is_judged else answer["text"])
