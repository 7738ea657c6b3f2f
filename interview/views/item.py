"""One question of a running interview: the text answer, and the coding workspace with its results."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from interview.exceptions import InterviewClosed, InterviewError, StaleRevision
from interview.forms.draft import DraftForm
from interview.models import Interview, Item
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors.user import signed_in
from interview.services.draft import save_draft
from interview.views.answer import as_answer, field_text, main_file
from interview.views.http import HtmxRequest
from interview.views.interview import exam_bar
from interview.views.submission import result_context


@require_safe
def item(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    if request.htmx:
        return render(request, "item/code.html#result", result_context(found))
    if not found.interview.is_open():
        return redirect("interview_closed", pk)
    return _page(request, found, field_text(found, items.answer_of(found)))


@require_POST
def save(request: HttpRequest, pk: UUID, position: int) -> HttpResponse:
    """Save without script. What cannot be saved stays in the page that comes back."""
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    form = DraftForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, "Not saved: the page was incomplete or held characters that cannot be stored."
        )
        return redirect("item", pk, position)
    try:
        save_draft(found, as_answer(found, form.answer), form.cleaned_data["revision"])
    except InterviewClosed as refusal:
        messages.error(request, str(refusal))
        return redirect("interview_closed", pk)
    except InterviewError as refusal:
        return _refused(request, found, form.answer, refusal)
    messages.success(request, "Saved.")
    return redirect("item", pk, position)


def _refused(request: HttpRequest, found: Item, text: str, refusal: InterviewError) -> HttpResponse:
    messages.error(request, str(refusal))
    if not isinstance(refusal, StaleRevision):
        return _page(request, found, text, status=409)
    messages.info(request, "Below is your own text. Saving again puts it over the newer version.")
    return _page(request, found, text, refusal.revision, status=409)


def _page(
    request: HttpRequest, found: Item, text: str, revision: int | None = None, status: int = 200
) -> HttpResponse:
    """The question with `text` in its field, as saved from `revision` (by default the one stored)."""
    whole = interviews.with_items(interviews.of_candidate(signed_in(request)))
    interview = get_object_or_404(whole, pk=found.interview_id)
    draft = items.draft_of(found)
    stored = draft.revision if draft else 0
    context = exam_bar(interview, found) | _neighbours(interview, found)
    context |= {"item": found, "release": found.release, "draft": draft, "text": text}
    context["revision"] = stored if revision is None else revision
    if not found.release.is_judged:
        return render(request, "item/text.html", context, status=status)
    name = main_file(found)
    context |= {"file": name, "starter": found.release.starter[name]}
    return render(request, "item/code.html", context | result_context(found), status=status)


def _neighbours(interview: Interview, found: Item) -> dict[str, int | None]:
    last = len(interview.items.all())
    return {
        "previous": found.position - 1 if found.position > 1 else None,
        "next": found.position + 1 if found.position < last else None,
        "count": last,
    }
