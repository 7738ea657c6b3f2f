"""The form that an answer has for each kind of question, checked before anything is stored."""

from typing import Any

from interview.exceptions import InvalidAnswer
from interview.models import Release

TEXT_LIMIT = 50_000  # characters
SOURCE_LIMIT = 256 * 1024  # bytes of UTF-8, the grader's own bound


def validated(release: Release, answer: Any) -> dict[str, Any]:
    """`answer` as it may be stored: `{"text": …}`, or `{"files": {name: source}}` for code.

    Raises InvalidAnswer, whose message says what is wrong with it.
    """
    if not isinstance(answer, dict):
        raise InvalidAnswer("An answer is an object with “text” or “files”; nothing was saved.")
    return _code(release, answer) if release.is_judged else _text(answer)


def _text(answer: dict[str, Any]) -> dict[str, Any]:
    text = answer.get("text")
    if set(answer) != {"text"} or not isinstance(text, str):
        raise InvalidAnswer("This question takes one text, as {“text”: “…”}; nothing was saved.")
    if len(text) > TEXT_LIMIT:
        raise InvalidAnswer(
            f"The answer has {len(text):,} characters and {TEXT_LIMIT:,} fit. "
            "Shorten it; what was saved before is kept."
        )
    return {"text": _without_nul(text)}


def _code(release: Release, answer: dict[str, Any]) -> dict[str, Any]:
    files = answer.get("files")
    expected = sorted(release.starter)
    if set(answer) != {"files"} or not isinstance(files, dict) or sorted(files) != expected:
        raise InvalidAnswer(f"This question takes the files {', '.join(expected)}; nothing was saved.")
    return {"files": {name: _source(name, text) for name, text in files.items()}}


def _source(name: str, text: Any) -> str:
    if not isinstance(text, str):
        raise InvalidAnswer(f"{name} is not text; nothing was saved.")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > SOURCE_LIMIT:
        raise InvalidAnswer(
            f"{name} has {size // 1024} KiB and {SOURCE_LIMIT // 1024} KiB fit. "
            "Shorten it; what was saved before is kept."
        )
    return _without_nul(text)


def _without_nul(text: str) -> str:
    """Text as a person's editor would have it: one kind of line end, and nothing that JSONB refuses."""
    clean = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in clean:
        raise InvalidAnswer(
            "The text contains a NUL character, which cannot be stored. Remove it and save again."
        )
    try:
        clean.encode()
    except UnicodeEncodeError:
        raise InvalidAnswer("The text is not valid Unicode (a lone surrogate); nothing was saved.") from None
    return clean
