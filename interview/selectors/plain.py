"""An answer of any form as texts to read and to compare."""

from collections.abc import Iterable
from typing import Any

from interview.models import Release
from interview.models.question import AnswerForm


def texts(release: Release, answer: dict[str, Any]) -> dict[str, str]:
    """The parts of `answer` by their names; code by its files."""
    match release.answer_form:
        case AnswerForm.CODE:
            return dict(answer["files"])
        case AnswerForm.ENTRIES:
            return {"Entries": "\n\n".join(_numbered(entry["text"] for entry in answer["entries"]))}
        case AnswerForm.CHOICE:
            return {
                f"Part {number}": _picks(part, answer["choices"].get(part["id"]))
                for number, part in enumerate(release.choice or [], start=1)
            }
        case AnswerForm.ESTIMATE:
            return {"Estimate": answer["estimate"], "How you got there": answer["working"]}
        case _:
            return {"Your answer": answer["text"]}


def _picks(part: dict[str, Any], picked: Any) -> str:
    if not picked:
        return "Nothing picked"
    options = {option["id"]: option["text"] for option in part["options"]}
    match part["form"]:
        case "single":
            return str(options[picked])
        case "matching":
            targets = {target["id"]: target["text"] for target in part["targets"]}
            return "\n".join(f"{options[left]} → {targets[right]}" for left, right in sorted(picked.items()))
        case "ordering":
            return "\n".join(_numbered(options[name] for name in picked))
        case _:
            return "\n".join(text for name, text in options.items() if name in picked)


def _numbered(lines: Iterable[str]) -> Iterable[str]:
    return (f"{number}. {line}" for number, line in enumerate(lines, start=1))
