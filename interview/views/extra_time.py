"""Interviews as admins oversee them, and the extra time that they grant to single ones."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from interview.exceptions import InterviewError
from interview.forms.extra_time import ExtraTimeForm, InterviewFilter
from interview.models import ExtraTime, Interview, User
from interview.selectors import extra_time as extra_times
from interview.selectors import interview as interviews
from interview.selectors import user as users
from interview.selectors.user import signed_in
from interview.services.extra_time import grant
from interview.views.roles import managers_only

PAGE_SIZE = 50


@managers_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Interviews that count, whoever takes them."""
    admin, shown = signed_in(request), InterviewFilter(request.GET)
    asked = shown.asked
    page = Paginator(extra_times.overseen(admin, **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": shown,
        "asked": asked,
        "page": page,
        "rows": [(interview, interviews.status(interview)) for interview in page.object_list],
        "person": users.visible_to(admin).filter(pk=asked.get("person", 0)).first(),
    }
    return render(request, "user/interviews.html", context)


@managers_only
@require_http_methods(["GET", "HEAD", "POST"])
def of_interview(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How long one interview has, what was granted to it, and a form for more."""
    admin = signed_in(request)
    interview = get_object_or_404(extra_times.overseen(admin), pk=pk)
    form = ExtraTimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (row := _granted(form, interview, admin)):
        messages.success(request, _told(row))
        return redirect("people_interview", pk)
    context = {
        "interview": interview,
        "status": interviews.status(interview),
        "form": form,
        "refusal": extra_times.refusal(interview),
        "reopens": interview.closed_at is not None,
        "is_own": interview.candidate_id == admin.pk,
        "granted": extra_times.visible_to(admin).filter(interview=interview),
    }
    return render(request, "user/interview.html", context, status=422 if form.errors else 200)


def _granted(form: ExtraTimeForm, interview: Interview, admin: User) -> ExtraTime | None:
    """The grant; None when it was refused, and then the form says why."""
    try:
        return grant(interview, form.cleaned_data["minutes"], form.cleaned_data["reason"], admin)
    except InterviewError as refusal:
        form.add_error(None, str(refusal))
        return None


def _told(row: ExtraTime) -> str:
    minutes = "1 minute" if row.minutes == 1 else f"{row.minutes} minutes"
    again = " The interview is open again, and its clock runs." if row.reopened else ""
    return f"{row.interview.candidate} has {minutes} more.{again}"
