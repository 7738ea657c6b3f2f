"""Appointments: what waits to be started, whose, and until when."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from interview.models import Appointment, Template, User


def visible_to(user: User) -> QuerySet[Appointment]:
    """Appointments as those see them who make them; everybody else meets their own."""
    return Appointment.objects.all() if user.manages else Appointment.objects.none()


def of_candidate(candidate: User) -> QuerySet[Appointment]:
    """Newest first, ready to tell their state."""
    return Appointment.objects.filter(candidate=candidate).select_related("template", "made_by")


def waiting(candidate: User, now: datetime | None = None) -> QuerySet[Appointment]:
    """Those that can still be started, now or later; the next one first."""
    return (
        of_candidate(candidate)
        .filter(called_off_at=None, interview=None, closes_at__gt=now or timezone.now())
        .order_by("opens_at", "pk")
    )


def waiting_for(candidate: User, template: Template, now: datetime | None = None) -> Appointment | None:
    """The next one of this template."""
    return waiting(candidate, now).filter(template=template).first()
