"""The form that an answer has for each kind of question, checked before anything is stored."""

import re
from typing import Any

from interview.exceptions import InvalidAnswer
from interview.models import Release
from interview.models.question import AnswerForm

TEXT_LIMIT = 50_000  # characters
ESTIMATE_LIMIT = 100  # characters, the grader's own bound for a number with its unit
SOURCE_LIMIT = 256 * 1024  # bytes of UTF-8, the grader's own bound
ENTRIES_LIMIT = 40
ENTRY_LIMIT = 5_000  # characters
ENTRY_ID = re.compile(r"[a-z0-9-]{1,36}")

Part = dict[str, Any]


def validated(release: Release, answer: Any) -> dict[str, Any]:
    """`answer` as it may be stored, in the form that the question's kind asks for.

    `{"text": …}`; `{"files": {name: source}}` for code; `{"entries": [{"id": …, "text": …}, …]}` in the candidate's
    order, empty ones left out; `{"choices": {part: option | [options] | {option: target}}}`, parts may be absent;
    `{"estimate": …, "working": …}`, both text: what cannot be read as a number is kept as it was typed.
    Raises InvalidAnswer, whose message says what is wrong with it.
    """
    form = release.answer_form
    if not isinstance(answer, dict):
        raise InvalidAnswer(f"An answer is an object with “{_KEYS[form]}”; nothing was saved.")
    match form:
        case AnswerForm.CODE:
            return _code(release, answer)
        case AnswerForm.ENTRIES:
            return _entries(answer)
        case AnswerForm.CHOICE:
            return _choices(release, answer)
        case AnswerForm.ESTIMATE:
            return _estimate(answer)
        case _:
            return _text(answer)


_KEYS = {
    AnswerForm.CODE: "files",
    AnswerForm.TEXT: "text",
    AnswerForm.ENTRIES: "entries",
    AnswerForm.CHOICE: "choices",
    AnswerForm.ESTIMATE: "estimate",
}


def _text(answer: dict[str, Any]) -> dict[str, Any]:
    text = answer.get("text")
    if set(answer) != {"text"} or not isinstance(text, str):
        raise InvalidAnswer("This question takes one text, as {“text”: “…”}; nothing was saved.")
    if len(text) > TEXT_LIMIT:
        raise InvalidAnswer(
            f"The answer has {len(text):,} characters and {TEXT_LIMIT:,} fit. "
            "Shorten it; what was saved before is kept."
        )
    return {"text": storable(text)}


def _estimate(answer: dict[str, Any]) -> dict[str, str]:
    estimate, working = answer.get("estimate"), answer.get("working")
    if (
        set(answer) != {"estimate", "working"}
        or not isinstance(estimate, str)
        or not isinstance(working, str)
    ):
        raise InvalidAnswer(
            "This question takes a number and how you got there, as {“estimate”: “…”, “working”: “…”}; "
            "nothing was saved."
        )
    if len(estimate) > ESTIMATE_LIMIT:
        raise InvalidAnswer(
            f"The estimate has {len(estimate):,} characters and {ESTIMATE_LIMIT} fit. Write one number with its unit; "
            "how you got there has a field of its own. What was saved before is kept."
        )
    return {"estimate": storable(estimate), **_working(working)}


def _working(text: str) -> dict[str, str]:
    return {"working": _text({"text": text})["text"]}


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
    return storable(text)


def _entries(answer: dict[str, Any]) -> dict[str, Any]:
    entries = answer.get("entries")
    if set(answer) != {"entries"} or not isinstance(entries, list):
        raise InvalidAnswer(
            "This question takes a list, as {“entries”: [{“id”: “…”, “text”: “…”}]}; nothing was saved."
        )
    written = [
        entry
        for number, given in enumerate(entries, start=1)
        if (entry := _entry(number, given))["text"].strip()
    ]
    if len(written) > ENTRIES_LIMIT:
        raise InvalidAnswer(
            f"The answer has {len(written)} entries and {ENTRIES_LIMIT} fit. "
            "Join some of them; what was saved before is kept."
        )
    ids = [entry["id"] for entry in written]
    for name in ids:
        if ids.count(name) > 1:
            raise InvalidAnswer(f"Two entries have the id “{name}”; each needs its own. Nothing was saved.")
    return {"entries": written}


def _entry(number: int, entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict) or set(entry) != {"id", "text"} or not isinstance(entry["text"], str):
        raise InvalidAnswer(f"Entry {number} is not {{“id”: “…”, “text”: “…”}}; nothing was saved.")
    if not isinstance(entry["id"], str) or not ENTRY_ID.fullmatch(entry["id"]):
        raise InvalidAnswer(
            f"The id of entry {number} is not 1 to 36 small letters, digits and hyphens; nothing was saved."
        )
    if len(entry["text"]) > ENTRY_LIMIT:
        raise InvalidAnswer(
            f"Entry {number} has {len(entry['text']):,} characters and {ENTRY_LIMIT:,} fit. "
            "Shorten or divide it; what was saved before is kept."
        )
    return {"id": entry["id"], "text": storable(entry["text"])}


def _choices(release: Release, answer: dict[str, Any]) -> dict[str, Any]:
    choices = answer.get("choices")
    if set(answer) != {"choices"} or not isinstance(choices, dict):
        raise InvalidAnswer("This question takes picks, as {“choices”: {part: …}}; nothing was saved.")
    parts = {part["id"]: part for part in release.choice or []}
    for name in choices:
        if name not in parts:
            raise InvalidAnswer(
                f"The question has no part “{name[:60]}”; nothing was saved. Reload the page."
            )
    picked = {name: _PICKS[parts[name]["form"]](parts[name], pick) for name, pick in choices.items()}
    return {"choices": {name: pick for name, pick in picked.items() if pick}}


def _single(part: Part, pick: Any) -> str:
    _refuse_unknown(part, "options", [pick])
    return str(pick)


def _multiple(part: Part, pick: Any) -> list[str]:
    if not isinstance(pick, list):
        raise InvalidAnswer(f"Part “{part['id']}” takes a list of options; nothing was saved.")
    _refuse_unknown(part, "options", pick)
    if len(set(pick)) < len(pick):
        raise InvalidAnswer(f"Part “{part['id']}” names an option twice; nothing was saved.")
    return pick


def _ordering(part: Part, pick: Any) -> list[str]:
    order = _multiple(part, pick)
    if len(order) != len(part["options"]):
        raise InvalidAnswer(f"Part “{part['id']}” takes all of its options in an order; nothing was saved.")
    return order


def _matching(part: Part, pick: Any) -> dict[str, str]:
    if not isinstance(pick, dict):
        raise InvalidAnswer(f"Part “{part['id']}” takes a target for each option; nothing was saved.")
    _refuse_unknown(part, "options", list(pick))
    _refuse_unknown(part, "targets", list(pick.values()))
    return pick


_PICKS = {"single": _single, "multiple": _multiple, "ordering": _ordering, "matching": _matching}


def _refuse_unknown(part: Part, side: str, named: list[Any]) -> None:
    known = {entry["id"] for entry in part[side]}
    for name in named:
        if not isinstance(name, str) or name not in known:
            raise InvalidAnswer(
                f"Part “{part['id']}” has nothing called “{str(name)[:60]}” among its {side}; nothing was saved. "
                "Reload the page."
            )


def storable(text: str) -> str:
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
