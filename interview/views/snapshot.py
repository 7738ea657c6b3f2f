"""Earlier versions of an answer: the list, one of them beside the present, and the way back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from interview.diff import compare
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
    if instead := _instead(request, found):
        return instead
    marks = "marks" in request.GET
    points = snapshots.marked(found) if marks else snapshots.of(found)
    page = Paginator(points, PAGE_SIZE).get_page(request.GET.get("page"))
    context = _context(request, found) | {"page": page, "marks": marks}
    return render(request, "item/timeline.html", context)


@require_safe
def version(request: HttpRequest, pk: UUID, position: int, point: int) -> HttpResponse:
    """One earlier state: what restoring it would change, and the whole of it."""
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    if instead := _instead(request, found):
        return instead
    snapshot = _point(request, found, point)
    then, present = (texts(found.release, answer) for answer in (snapshot.answer, items.answer_of(found)))
    context = _context(request, found) | {
        "snapshot": snapshot,
        "texts": then,
        "diffs": compare(_bytes(present), _bytes(then)),
    }
    return render(request, "item/version.html", context)


@require_POST
def restore(request: HttpRequest, pk: UUID, position: int, point: int) -> HttpResponse:
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    try:
        drafts.restore(_point(request, found, point))
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Restored. What it replaced is among the earlier versions.")
    return redirect("item", pk, position)


def _instead(request: HttpRequest, found: Item) -> HttpResponse | None:
    """What is shown while this answer takes no changes."""
    if page := practice.instead(request, found):
        return page
    if not found.interview.is_open():
        return redirect("interview_closed", found.interview_id)
    return stage.elsewhere(request, found)


def _point(request: HttpRequest, found: Item, point: int) -> Snapshot:
    return get_object_or_404(snapshots.of_candidate(signed_in(request)), pk=point, item=found)


def _context(request: HttpRequest, found: Item) -> dict[str, Any]:
    whole = interviews.with_items(interviews.of_candidate(signed_in(request)))
    interview = get_object_or_404(whole, pk=found.interview_id)
    draft = items.draft_of(found)
    return {"item": found, "release": found.release, "draft": draft, **exam_bar(interview, found)}


def _bytes(parts: dict[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in parts.items()}
