"""Marking oneself while one waits for the review: before the criteria are shown, with them, and when it is finished."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from interview.exceptions import InterviewError, SelfAssessmentClosed, StaleMarks
from interview.forms.self_assessment import SelfAssessmentForm
from interview.models import Interview, SelfAssessment
from interview.selectors import extra_time as extra_times
from interview.selectors import interview as interviews
from interview.selectors import self_assessment as self_assessments
from interview.selectors.user import signed_in
from interview.services import self_assessment as services


@require_http_methods(["GET", "HEAD", "POST"])
def self_assessment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Whatever stands here now. The criteria are asked for by a button, for they have a price: see `before.html`."""
    interview = _own(request, pk)
    if elsewhere := _elsewhere(request, interview):
        return elsewhere
    found = self_assessments.of(interview)
    if found is None:
        return _before(request, interview)
    if request.method == "POST":
        return _saved(request, found, interview)
    if found.finished_at:
        context = {"interview": interview, "assessment": found, "sheets": self_assessments.sheets(interview)}
        return render(request, "self_assessment/finished.html", context)
    return _form(request, found, interview)


@require_POST
def begin(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the criteria from now on."""
    interview = _own(request, pk)
    try:
        services.open_criteria(interview, signed_in(request))
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    return redirect("self_assessment", pk)


def _own(request: HttpRequest, pk: UUID) -> Interview:
    mine = interviews.with_items(interviews.of_candidate(signed_in(request)))
    found = get_object_or_404(mine, pk=pk)
    if not found.allows_self_assessment:
        raise Http404
    return found


def _elsewhere(request: HttpRequest, interview: Interview) -> HttpResponse | None:
    """Where to go instead, or why not now. What was sent too late is told not to be saved."""
    reason = self_assessments.refusal(interview)
    if not reason:
        return None
    if interview.released_at or interview.finalised_at is None:
        if request.method == "POST":
            messages.error(request, reason)
        return redirect("interview", interview.pk)
    context = {
        "interview": interview,
        "reason": reason,
        "running": interviews.barring_practice(signed_in(request)),
    }
    return render(request, "self_assessment/barred.html", context, status=409)


def _before(request: HttpRequest, interview: Interview) -> HttpResponse:
    sheets = self_assessments.sheets(interview)
    context = {"interview": interview, "sheets": sheets, "may_reopen": extra_times.may_reopen(interview)}
    return render(request, "self_assessment/before.html", context)


def _form(request: HttpRequest, found: SelfAssessment, interview: Interview) -> HttpResponse:
    initial = {"revision": found.revision}
    form = SelfAssessmentForm(sheets=self_assessments.sheets(interview), initial=initial)
    return _shown(request, found, interview, form)


def _saved(request: HttpRequest, found: SelfAssessment, interview: Interview) -> HttpResponse:
    """Back to the question whose button was pressed; what cannot be saved stays in the page that comes back."""
    sent, finish = request.POST.copy(), request.POST.get("action") == "finish"
    form = SelfAssessmentForm(sent, sheets=self_assessments.sheets(interview), finish=finish)
    if not form.is_valid():
        return _shown(request, found, interview, form, 422)
    try:
        words = form.cleaned_data
        services.save(found, signed_in(request), form.met(), words["revision"], finish=finish)
    except StaleMarks as stale:
        form.add_error(None, str(stale))
        sent["revision"] = str(stale.revision)  # saving again is a choice, made knowing of the others
        return _shown(request, found, interview, form, 409)
    except SelfAssessmentClosed as refusal:
        messages.error(request, str(refusal))
        return redirect("self_assessment", interview.pk)
    return _back(request, interview, finish)


def _back(request: HttpRequest, interview: Interview, finish: bool) -> HttpResponse:
    url = reverse("self_assessment", args=[interview.pk])
    if finish:
        messages.success(request, "Finished. Your report will show where you and your interviewer differ.")
        return redirect(url)
    at = request.POST.get("at", "")
    return redirect(f"{url}#saved-{int(at)}" if at.isdecimal() else url)


def _shown(
    request: HttpRequest,
    found: SelfAssessment,
    interview: Interview,
    form: SelfAssessmentForm,
    status: int = 200,
) -> HttpResponse:
    context = {"interview": interview, "assessment": found, "form": form, "overtaken": status == 409}
    return render(request, "self_assessment/form.html", context, status=status)
