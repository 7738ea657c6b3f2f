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


def main_file(item: Item) -> str:
    """The file that the editor shows."""
    return str(min(item.release.starter))


def code_answer(item: Item, source: str) -> dict[str, Any]:
    """The editor's text as an answer; other files stay as they were saved."""
    return {"files": {**items.answer_of(item)["files"], main_file(item): source}}


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
            name = main_file(item)
            return {"text": answer["files"][name], "file": name, "starter": item.release.starter[name]}
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


def after_closing(item: Item) -> str:
    """Where to go when an answer takes no more work. Practice may be paused, or have locked this answer alone."""
    if item.interview.is_practice:
        return reverse("item", args=[item.interview_id, item.position])
    return reverse("interview_closed", args=[item.interview_id])
