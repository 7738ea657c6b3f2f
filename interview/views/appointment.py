"""Appointments as admins make and call them off. Their candidate meets them where interviews are started."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from interview.exceptions import InterviewError, InvalidAppointment
from interview.forms.appointment import AppointmentForm
from interview.models import Appointment, User
from interview.models.interview import Mode
from interview.selectors import appointment as appointments
from interview.selectors import template as templates
from interview.selectors import user as users
from interview.selectors.user import signed_in
from interview.services import appointment as services
from interview.views.http import origin
from interview.views.roles import managers_only


@managers_only
@require_http_methods(["GET", "HEAD", "POST"])
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose an interview and a time for one person, and mail it."""
    person = get_object_or_404(users.visible_to(signed_in(request)), pk=pk)
    data = request.POST if request.method == "POST" else None
    form = AppointmentForm(data, templates=templates.offered(Mode.STRICT))
    if data is not None and form.is_valid() and _scheduled(request, person, form):
        return redirect("person", pk)
    context = {"person": person, "form": form}
    return render(request, "appointment/schedule.html", context, status=422 if form.errors else 200)


def _scheduled(request: HttpRequest, person: User, form: AppointmentForm) -> Appointment | None:
    """The appointment; None when it was refused, and then the form says why."""
    words = form.cleaned_data
    try:
        made, trouble = services.schedule(
            person, words["template"], form.window, words["zone"], signed_in(request), origin(request)
        )
    except InvalidAppointment as refusal:
        form.add_error(refusal.field or None, str(refusal))
        return None
    _tell(request, f"“{made.template}” is scheduled for {person.display_name}.", trouble)
    return made


@managers_only
@require_POST
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(appointments.visible_to(signed_in(request)).select_related(), pk=pk)
    try:
        trouble = services.call_off(found, signed_in(request), origin(request))
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    else:
        _tell(request, f"“{found.template}” is called off.", trouble)
    return redirect("person", found.candidate_id)


def _tell(request: HttpRequest, done: str, trouble: str) -> None:
    if trouble:
        messages.warning(request, f"{done} The mail was not sent: {trouble}. Tell them yourself.")
    else:
        messages.success(request, done)
