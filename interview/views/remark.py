"""Comments on places of an answer, the shared words for them, and a reviewer's own notes."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from interview.exceptions import InterviewError
from interview.forms.review import NotesForm, RemarkForm
from interview.models import Item, Review
from interview.services import remark as services
from interview.views.http import HtmxRequest
from interview.views.review import UNCLAIMED, desk, entry_of, written
from interview.views.roles import reviewers_only


@reviewers_only
@require_POST
def create(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    """Comment on a place. What cannot be added comes back with the reason."""
    interview, review = desk(request, pk)
    entry, form = entry_of(interview, review, position), RemarkForm(request.POST)
    if not form.is_valid():
        return _answered(request, pk, position, form=form)
    words = form.cleaned_data
    place, share = (words["file"], words["line"]), words["share"]
    try:
        services.remark(_held(review), entry.item, *place, words["body"], share=share)
    except InterviewError as refusal:
        form.add_error(None, str(refusal))
        return _answered(request, pk, position, form=form)
    return _answered(request, pk, position, said="The comment is added.")


@reviewers_only
@require_POST
def delete(request: HtmxRequest, pk: UUID, position: int, comment: int) -> HttpResponse:
    return _done(request, pk, position, services.take_back, comment, "The comment is taken back.")


@reviewers_only
@require_POST
def unshare(request: HtmxRequest, pk: UUID, position: int, shared: int) -> HttpResponse:
    return _done(request, pk, position, services.unshare, shared, "The words are shared no more.")


@reviewers_only
@require_POST
def notes(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """Keep one's own notes: a line saying so for htmx, else back to where one was."""
    interview, review = desk(request, pk)
    form = NotesForm(request.POST)
    try:
        told = "Saved."
        if form.is_valid():
            services.take_notes(_held(review), form.cleaned_data["notes"])
        else:
            told = "Not saved: the notes are too long or hold characters that cannot be stored."
    except InterviewError as refusal:
        told = f"Not saved. {refusal}"
    if request.htmx:
        return render(request, "review/notes.html#state", {"notes_state": told})
    messages.info(request, told)
    here = request.POST.get("back", "")
    is_ours = here.startswith(f"/review/{interview.pk}/") and url_has_allowed_host_and_scheme(here, None)
    return redirect(here if is_ours else reverse("review_item", args=[interview.pk, 1]))


def _held(review: Review | None) -> Review:
    if review is None:
        raise PermissionDenied(UNCLAIMED)
    return review


def _done(
    request: HtmxRequest,
    pk: UUID,
    position: int,
    act: Callable[[Review, Item, int], None],
    which: int,
    said: str,
) -> HttpResponse:
    interview, review = desk(request, pk)
    entry = entry_of(interview, review, position)
    try:
        act(_held(review), entry.item, which)
    except InterviewError as refusal:
        said = str(refusal)
    return _answered(request, pk, position, said=said, kept_open=True)


def _answered(request: HtmxRequest, pk: UUID, position: int, said: str = "", **more: Any) -> HttpResponse:
    """The answer as it is now, for htmx; else back to the page."""
    if not request.htmx:
        form = more.get("form")
        errors = [str(text) for texts in form.errors.values() for text in texts] if form else []
        messages.info(request, " ".join([*errors, said]).strip())
        return redirect("review_item", pk, position)
    interview, review = desk(request, pk)
    context = written(interview, review, entry_of(interview, review, position))
    if form := more.pop("form", None):
        context["remark_form"] = form
    return render(request, "review/written.html", context | more | {"said": said})
