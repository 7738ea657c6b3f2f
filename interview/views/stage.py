"""One-way sections as a candidate meets them: going on, and questions that are not open."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from interview.exceptions import InterviewClosed, InterviewError
from interview.models import Interview, Item
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import stage as stages
from interview.selectors.stage import Standing
from interview.selectors.user import signed_in
from interview.services import stage as services
from interview.views.interview import exam_bar


@require_http_methods(["GET", "HEAD", "POST"])
def go_on(request: HttpRequest, pk: UUID, position: int) -> HttpResponse:
    """Ask once more, then lock the stage that this question is in."""
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    if not found.interview.is_open():
        return redirect("interview_closed", pk)
    if request.method != "POST":
        return elsewhere(request, found) or _ask(request, found)
    try:
        return redirect("item", pk, services.go_on(found))
    except InterviewClosed as refusal:
        messages.error(request, str(refusal))
        return redirect("item", pk, position)
    except InterviewError as refusal:
        messages.info(request, str(refusal))
        return redirect("interview", pk)


def _ask(request: HttpRequest, found: Item) -> HttpResponse:
    interview = _whole(found.interview)
    stage = stages.present(interview)
    follows = found.position + 1 in stage.waiting
    if stage.last is None and not follows:
        return redirect("interview_finish", interview.pk)
    opens = found.position + 1 if follows else (stage.last or 0) + 1
    context = {
        "item": found,
        "opens": opens,
        "follows": follows,
        "leaves": [
            {"item": item, "state": items.state(item), "draft": items.draft_of(item)}
            for item in interview.items.all()
            if (item == found if follows else stage.standing(item.position) == Standing.HERE)
        ],
        "entered": None if follows else _entered(interview, opens),
        **exam_bar(interview, found),
    }
    return render(request, "item/go_on.html", context)


def _entered(interview: Interview, position: int) -> dict[str, Any] | None:
    """The section that begins at `position`, where one does that has a clock."""
    section = stages.section_of(interview, position)
    if section == stages.section_of(interview, position - 1) or not interview.timed:
        return None
    one_way = stages.is_one_way(interview, section)
    return {
        "title": interview.plan["sections"][section]["title"],
        "minutes": stages.minutes_of(interview, section) // timedelta(minutes=1) if one_way else None,
    }


def elsewhere(request: HttpRequest, found: Item) -> HttpResponse | None:
    """The page that stands where the question would, when one-way sections close it; None when it is open."""
    standing = stages.present(found.interview).standing(found.position)
    if standing == Standing.HERE:
        return None
    context = {"item": found, "standing": standing, "draft": items.draft_of(found)}
    context |= exam_bar(_whole(found.interview), found)
    return render(request, "item/elsewhere.html", context, status=409)


def _whole(interview: Interview) -> Interview:
    return interviews.with_items(Interview.objects.filter(pk=interview.pk)).get()
