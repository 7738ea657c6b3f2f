"""Appointments: made and called off by an admin, mailed to their candidate, used up by a start."""

from datetime import datetime

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from interview.exceptions import InvalidAppointment, NotAllowed, NotOffered
from interview.models import Appointment, Interview, Template, User
from interview.models.template import TemplateState
from interview.selectors import appointment as appointments
from interview.services.mail import send

ADMINS_ONLY = "Only an admin may make or call off appointments."


def schedule(
    candidate: User,
    template: Template,
    window: tuple[datetime, datetime],
    zone: str,
    by: User,
    origin: str,
    now: datetime | None = None,
) -> tuple[Appointment, str]:
    """Store the appointment and mail it. Returns it with why the mail could not be sent, empty when it was.

    `window` is when the start is possible; `origin` is like https://example.org. Raises NotAllowed or
    InvalidAppointment.
    """
    if not by.manages:
        raise NotAllowed(ADMINS_ONLY)
    # Durable: stored before the mail leaves, whoever calls this.
    with transaction.atomic(durable=True):
        # Two admins at once: the second one sees what the first one made.
        person = User.objects.select_for_update(no_key=True).get(pk=candidate.pk)
        _refuse(person, template, window, now or timezone.now())
        made = Appointment.objects.create(
            candidate=person,
            template=template,
            opens_at=window[0],
            closes_at=window[1],
            zone=zone,
            made_by=by,
        )
    return made, _mailed(made, by, origin, "scheduled")


def _refuse(candidate: User, template: Template, window: tuple[datetime, datetime], now: datetime) -> None:
    opens, closes = window
    if closes <= opens:
        raise InvalidAppointment("closes", "It ends before it begins. Choose a later end.")
    if closes <= now:
        raise InvalidAppointment("closes", "This is over already. Choose a time to come.")
    if not candidate.is_active:
        raise InvalidAppointment("template", f"{candidate} is deactivated and could not sign in.")
    if template.state != TemplateState.ACTIVE or not template.counts:
        raise InvalidAppointment("template", f"“{template}” is not offered as an interview that counts.")
    if appointments.waiting_for(candidate, template, now):
        raise InvalidAppointment(
            "template", f"{candidate} has an appointment for “{template}” already. Call it off first."
        )


def call_off(appointment: Appointment, by: User, origin: str, now: datetime | None = None) -> str:
    """Take it back and mail that. Returns why the mail could not be sent.

    Raises NotAllowed, or InvalidAppointment once it was started.
    """
    if not by.manages:
        raise NotAllowed(ADMINS_ONLY)
    moment = now or timezone.now()
    still = Appointment.objects.filter(pk=appointment.pk, interview=None, called_off_at=None)
    if not still.update(called_off_at=moment):
        raise InvalidAppointment("", "Nothing was called off: it was started, or called off already.")
    if moment >= appointment.closes_at:
        return ""
    return _mailed(appointment, by, origin, "called_off")


def use(candidate: User, template: Template, interview: Interview, now: datetime) -> None:
    """Note the interview that was started by an appointment. Call it in the start's transaction.

    Raises NotOffered where one is needed and was called off this instant.
    """
    ready = appointments.waiting(candidate, now).filter(template=template, opens_at__lte=now)
    found = ready.select_for_update(of=("self",)).first()
    if found is None and template.by_appointment:
        raise NotOffered(f"“{template}” was called off a moment ago. Nothing was started; ask an admin.")
    if found:
        found.interview = interview
        found.save(update_fields=["interview"])


def _mailed(appointment: Appointment, by: User, origin: str, what: str) -> str:
    opens, closes = appointment.window
    words = {
        "appointment": appointment,
        "opens": opens,
        "closes": closes,
        "by": by,
        "link": origin.rstrip("/") + reverse("interview_start", args=[appointment.template.slug]),
    }
    mail = EmailMessage(
        render_to_string(f"mail/{what}_subject.txt", words).strip(),
        render_to_string(f"mail/{what}.txt", words),
        to=[appointment.candidate.email],
    )
    return send([mail])[0]
