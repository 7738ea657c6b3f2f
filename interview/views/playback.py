"""What a reviewer can do with an answer beyond reading it: see how it came about, and run its code again."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from interview.exceptions import InterviewError
from interview.models import Grading
from interview.models.question import AnswerForm
from interview.selectors import playback
from interview.selectors import review as reviews
from interview.selectors.user import signed_in
from interview.services.rerun import rerun
from interview.views.http import HtmxRequest
from interview.views.review import desk, desk_context, entry_in
from interview.views.roles import reviewers_only


@reviewers_only
@require_safe
def play(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    """The answer at one point of its timeline, `?at=`, by default the last; only that for htmx."""
    interview, review = desk(request, pk)
    context = desk_context(request, interview, review)
    entry = entry_in(context["report"], position)
    points = playback.points(entry.item)
    number = _number(request.GET.get("at", ""), len(points))
    if points:
        context |= {"point": points[number - 1], "parts": playback.shown(entry.item, points, number)}
    context |= {"entry": entry, "points": points, "marks": [point for point in points if point.is_mark]}
    template = "review/playback.html#moment" if request.htmx else "review/playback.html"
    return render(request, template, context)


def _number(asked: str, count: int) -> int:
    """A place from 1 to `count`; what is no such place is the last."""
    return min(int(asked), count) if asked.isdecimal() and int(asked) else count


@reviewers_only
@require_http_methods(["GET", "HEAD", "POST"])
def run(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    """Run the candidate's code, or an edited copy. The page asks again until the result is there."""
    interview, review = desk(request, pk)
    context = desk_context(request, interview, review)
    entry = entry_in(context["report"], position)
    if entry.item.release.answer_form != AnswerForm.CODE:
        raise Http404
    files = dict(entry.answer["files"])
    if request.method == "POST":
        files = {name: request.POST.get(f"file-{name}", source) for name, source in files.items()}
        seed = entry.grading.seed if entry.grading and request.POST.get("seed") == "same" else None
        try:
            grading = rerun(entry.item, signed_in(request), {"files": files}, seed)
        except InterviewError as refusal:
            messages.error(request, str(refusal))
        else:
            return redirect(f"{reverse('review_run', args=[pk, position])}?of={grading.pk}")
    elif "of" in request.GET:
        context["rerun"] = _own_run(request, entry.item.release_id)
        files = context["rerun"].files
    context |= {"entry": entry, "files": files, "is_edited": files != entry.answer["files"]}
    template = "review/run.html#outcome" if request.htmx else "review/run.html"
    return render(request, template, context)


def _own_run(request: HtmxRequest, release_id: int) -> Grading:
    """A run of this reviewer's own; anything else is not found."""
    try:
        wanted = UUID(request.GET["of"])
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(reviews.own_runs(signed_in(request)), pk=wanted, release=release_id)
