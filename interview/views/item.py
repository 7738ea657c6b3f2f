"""One question of a running interview: its answer in the form that its kind asks for, and the results of code."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from interview.exceptions import (
    AnswerLocked,
    InterviewClosed,
    InterviewError,
    QuestionAhead,
    QuestionPassed,
    StaleRevision,
)
from interview.forms.draft import DraftForm
from interview.models import Interview, Item
from interview.models.question import AnswerForm
from interview.selectors import estimate as estimates
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import practice as practices
from interview.selectors import stage as stages
from interview.selectors.stage import Standing
from interview.selectors.user import signed_in
from interview.services import item as services
from interview.services.answer import ESTIMATE_LIMIT
from interview.services.draft import save_draft
from interview.views import practice, stage
from interview.views.answer import after_closing, from_page, on_page
from interview.views.http import HtmxRequest
from interview.views.interview import exam_bar
from interview.views.notes import pad
from interview.views.submission import awaited_context, result_context


@require_safe
def item(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    if page := practice.instead(request, found):
        return page
    if request.htmx:
        return render(request, "item/result.html", awaited_context(found))
    if not found.interview.is_open():
        return redirect("interview_closed", pk)
    if page := stage.elsewhere(request, found):
        return page
    return _page(request, found, items.answer_of(found))


@require_safe
def reading(request: HttpRequest, pk: UUID, position: int) -> HttpResponse:
    """How an estimate is understood while it is typed. Nothing is saved, and nothing told of its value."""
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    typed = request.GET.get("estimate", "")[:ESTIMATE_LIMIT]
    asked = estimates.asked(found, {"estimate": typed, "working": ""})
    if asked is None:
        raise Http404
    return render(request, "item/estimate.html#reading", {"asked": asked})


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
    answer = from_page(found, form, request.POST)
    try:
        save_draft(found, answer, form.cleaned_data["revision"])
    except (InterviewClosed, AnswerLocked) as refusal:
        messages.error(request, str(refusal))
        return redirect(after_closing(found))
    except (QuestionPassed, QuestionAhead) as refusal:
        messages.error(request, str(refusal))
        return redirect("item", pk, position)
    except InterviewError as refusal:
        return _refused(request, found, answer, refusal)
    messages.success(request, "Saved.")
    return redirect(reverse("item", args=[pk, position]) + _place(request))


@require_POST
def flag(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    """Flag the question for later, or take the flag off: the button and the bar for htmx, else back to the page."""
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    try:
        services.flag(found, request.POST.get("on") == "1")
    except InterviewError as refusal:
        messages.error(request, str(refusal))
        return HttpResponseClientRefresh() if request.htmx else redirect("item", pk, position)
    if not request.htmx:
        return redirect("item", pk, position)
    interview = interviews.with_items(interviews.of_candidate(signed_in(request))).get(pk=pk)
    return render(request, "item/flagged.html", {"item": found, **exam_bar(interview, found)})


def _place(request: HttpRequest) -> str:
    """Where on the page the pressed button was, so that a page without script opens there again."""
    words = request.POST.get("press", "").split(":")
    return f"#at-{words[1]}" if len(words) > 1 and words[1].replace("-", "").isalnum() else ""


def _refused(
    request: HttpRequest, found: Item, answer: dict[str, Any], refusal: InterviewError
) -> HttpResponse:
    messages.error(request, str(refusal))
    if not isinstance(refusal, StaleRevision):
        return _page(request, found, answer, status=409)
    messages.info(request, "Below is your own version. Saving again puts it over the newer one.")
    return _page(request, found, answer, refusal.revision, status=409)


def _page(
    request: HttpRequest,
    found: Item,
    answer: dict[str, Any],
    revision: int | None = None,
    status: int = 200,
) -> HttpResponse:
    """The question with `answer` in its fields, as saved from `revision` (by default the one stored)."""
    whole = interviews.with_items(interviews.of_candidate(signed_in(request)))
    interview = get_object_or_404(whole, pk=found.interview_id)
    draft = items.draft_of(found)
    stored = draft.revision if draft else 0
    context = exam_bar(interview, found) | _neighbours(interview, found)
    context |= {"item": found, "release": found.release, "draft": draft} | on_page(found, answer)
    context["help"] = practices.help_with(found) if interview.is_practice else None
    context["notes"] = pad(interview)
    context["revision"] = stored if revision is None else revision
    if found.release.answer_form == AnswerForm.CODE:
        context |= result_context(found) | own_lines(request, found)
        judged = context["submission"]
        context["judged_as_shown"] = judged is not None and judged.answer["files"] == answer["files"]
    return render(request, f"item/{found.release.answer_form.value}.html", context, status=status)


def own_lines(request: HttpRequest, found: Item) -> dict[str, Any]:
    """The panel of Run my code: what was run last, and whether it was left open."""
    return {"own_run": items.latest_own_run(found), "own_open": request.COOKIES.get("own-lines") == "open"}


def _neighbours(interview: Interview, found: Item) -> dict[str, int | bool | None]:
    """The questions beside it that are open; `onward` where the next one opens only when this is left for good."""
    here = stages.present(interview)
    is_open = {item.position: here.standing(item.position) == Standing.HERE for item in interview.items.all()}
    before, after = found.position - 1, found.position + 1
    return {
        "previous": before if is_open.get(before) else None,
        "next": after if is_open.get(after) else None,
        "onward": here.leads_on(found.position),
        "follows": after in here.waiting,
        "count": len(is_open),
    }
