"""Earlier versions of an answer: the list, one of them beside the present, and the way back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from interview.diff import FileDiff, compare
from interview.exceptions import InterviewError
from interview.models import Item, Snapshot
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import snapshot as snapshots
from interview.selectors.plain import texts
from interview.selectors.user import signed_in
from interview.services import draft as drafts
from interview.views import practice, stage
from interview.views.interview import exam_bar

PAGE_SIZE = 50


@require_safe
def timeline(request: HttpRequest, pk: UUID, position: int) -> HttpResponse:
    """What was kept of an answer, newest first; `?marks=1` leaves out what was kept while writing."""
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    if other := instead(request, found):
        return other
    marks = "marks" in request.GET
    points = snapshots.marked(found) if marks else snapshots.of(found)
    page = Paginator(points, PAGE_SIZE).get_page(request.GET.get("page"))
    context = past_context(request, found) | {"page": page, "marks": marks}
    return render(request, "item/timeline.html", context)


@require_safe
def version(request: HttpRequest, pk: UUID, position: int, point: int) -> HttpResponse:
    """One earlier state: what restoring it would change, and the whole of it."""
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    if other := instead(request, found):
        return other
    snapshot = _point(request, found, point)
    context = past_context(request, found) | whole(found, snapshot.answer) | {"snapshot": snapshot}
    return render(request, "item/version.html", context)


@require_POST
def restore(request: HttpRequest, pk: UUID, position: int, point: int) -> HttpResponse:
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    return put_back(request, found, _point(request, found, point).answer)


def put_back(request: HttpRequest, found: Item, answer: dict[str, Any]) -> HttpResponse:
    """Restore `answer`, and back to the question with what came of it."""
    try:
        drafts.restore(found, answer)
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Restored. What it replaced is among the earlier versions.")
    return redirect("item", found.interview_id, found.position)


def instead(request: HttpRequest, found: Item) -> HttpResponse | None:
    """What is shown while this answer takes no changes."""
    if page := practice.instead(request, found):
        return page
    if not found.interview.is_open():
        return redirect("interview_closed", found.interview_id)
    return stage.elsewhere(request, found)


def _point(request: HttpRequest, found: Item, point: int) -> Snapshot:
    return get_object_or_404(snapshots.of_candidate(signed_in(request)), pk=point, item=found)


def whole(found: Item, answer: dict[str, Any]) -> dict[str, Any]:
    """An earlier answer by its parts, and what restoring it would change."""
    return {"texts": texts(found.release, answer), "diffs": changes(found, items.answer_of(found), answer)}


def changes(found: Item, before: dict[str, Any], after: dict[str, Any]) -> list[FileDiff]:
    """The parts of two answers to the same question that differ, line by line."""
    old, new = (_bytes(texts(found.release, answer)) for answer in (before, after))
    return compare(old, new)


def past_context(request: HttpRequest, found: Item) -> dict[str, Any]:
    own = interviews.with_items(interviews.of_candidate(signed_in(request)))
    interview = get_object_or_404(own, pk=found.interview_id)
    draft = items.draft_of(found)
    said = {"item": found, "release": found.release, "draft": draft, "takes_changes": True}
    return said | exam_bar(interview, found)


def _bytes(parts: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in parts.items()}
