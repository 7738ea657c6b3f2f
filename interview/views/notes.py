"""A candidate's own notes as a page, for browsers without script; with it they stand beside each question."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from interview.exceptions import InterviewClosed, InterviewError, StaleRevision
from interview.forms.notes import NotesForm
from interview.models import Interview
from interview.selectors import interview as interviews
from interview.selectors.user import signed_in
from interview.services.notes import save_notes
from interview.views.interview import exam_bar


@require_http_methods(["GET", "HEAD", "POST"])
def notes(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What cannot be saved stays in the page that comes back."""
    whole = interviews.with_items(interviews.of_candidate(signed_in(request)))
    interview = get_object_or_404(whole, pk=pk)
    if not interview.takes_work():
        return redirect("interview", pk)
    form = NotesForm(request.POST)
    if request.method != "POST":
        return _page(request, interview, pad(interview))
    if not form.is_valid():
        messages.error(
            request, "Not saved: the page was incomplete or held characters that cannot be stored."
        )
        return redirect("interview_notes", pk)
    try:
        save_notes(interview, form.cleaned_data["text"], form.cleaned_data["revision"])
    except InterviewClosed as refusal:
        messages.error(request, str(refusal))
        return redirect("interview_closed", pk)
    except InterviewError as refusal:
        messages.error(request, str(refusal))
        newest = refusal.revision if isinstance(refusal, StaleRevision) else form.cleaned_data["revision"]
        return _page(request, interview, {"text": form.cleaned_data["text"], "revision": newest}, 409)
    messages.success(request, "Your notes are saved.")
    return redirect("interview_notes", pk)


def pad(interview: Interview) -> dict[str, Any]:
    """What the fields of one's own notes show."""
    found = interviews.notes_of(interview)
    if found is None:
        return {"text": "", "revision": 0}
    return {"text": found.text, "revision": found.revision, "saved_at": found.saved_at}


def _page(
    request: HttpRequest, interview: Interview, fields: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = exam_bar(interview) | {"notes": fields}
    return render(request, "interview/notes.html", context, status=status)
