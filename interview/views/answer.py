"""Between an answer as it is stored and the fields of a page that hold it."""

import json
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from interview.forms import answer as fields
from interview.forms.draft import DraftForm
from interview.models import Item
from interview.models.question import AnswerForm
from interview.selectors import item as items
from interview.selectors.choice import parts
from interview.selectors.estimate import asked
from interview.services.answer import ENTRIES_LIMIT

MAIN = "solution.py"  # the grader's own name for what it imports


def file_names(item: Item) -> list[str]:
    """The files of a coding answer in the order of the page: the main one first."""
    return sorted(item.release.starter, key=lambda name: (name != MAIN, name))


def code_answer(item: Item, sources: list[str]) -> dict[str, Any]:
    """The texts of the page's editors as an answer; a file that the page did not send stays as it was saved."""
    return {"files": items.answer_of(item)["files"] | dict(zip(file_names(item), sources, strict=False))}


def from_page(item: Item, form: DraftForm, data: QueryDict) -> dict[str, Any]:
    """The answer that the fields of a page without script say; `form` has read the plain ones of `data`."""
    match item.release.answer_form:
        case AnswerForm.CODE:
            return code_answer(item, form.cleaned_data["code"])
        case AnswerForm.ENTRIES:
            return fields.entries(data)
        case AnswerForm.CHOICE:
            return fields.choices(item.release.choice or [], data)
        case AnswerForm.ESTIMATE:
            return {name: form.cleaned_data[name] for name in ("estimate", "working")}
        case _:
            return {"text": form.cleaned_data["text"]}


def on_page(item: Item, answer: dict[str, Any]) -> dict[str, Any]:
    """What the template of the item's answer form needs to show `answer` in its fields."""
    match item.release.answer_form:
        case AnswerForm.CODE:
            return {"files": [_file(item, answer, name) for name in file_names(item)]}
        case AnswerForm.ENTRIES:
            # One empty entry more than there are: without script it is the way to add one.
            blank = [] if len(answer["entries"]) >= ENTRIES_LIMIT else [{"id": "", "text": ""}]
            rows = [*answer["entries"], *blank]
            return {"rows": rows, "entries_limit": ENTRIES_LIMIT, "answer_json": json.dumps(answer)}
        case AnswerForm.CHOICE:
            return {"parts": parts(item, answer), "answer_json": json.dumps(answer)}
        case AnswerForm.ESTIMATE:
            return {"asked": asked(item, answer), "answer_json": json.dumps(answer)}
        case _:
            return {"text": answer["text"]}


def _file(item: Item, answer: dict[str, Any], name: str) -> dict[str, str]:
    number = file_names(item).index(name) + 1
    return {
        "name": name,
        "text": answer["files"][name],
        "starter": item.release.starter[name],
        "panel": f"file-{number}",
        "field": "code" if number == 1 else f"code-{number}",
    }


def after_closing(item: Item) -> str:
    """Where to go when an answer takes no more work. Practice may be paused, or have locked this answer alone."""
    if item.interview.is_practice:
        return reverse("item", args=[item.interview_id, item.position])
    return reverse("interview_closed", args=[item.interview_id])
