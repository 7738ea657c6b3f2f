from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from interview.models.interview import Interview
from interview.models.template import Template


class AppointmentState(models.TextChoices):
    """Where an appointment stands; derived, never stored."""

    SCHEDULED = "scheduled", "Scheduled"
    OPEN = "open", "Can be started"
    STARTED = "started", "Started"
    MISSED = "missed", "Missed"
    CALLED_OFF = "called_off", "Called off"


class Appointment(models.Model):
    """When a candidate may start an interview that an admin asked of them; once, from `opens_at` to `closes_at`.

    The window is for the start alone: the interview has its whole time, however late in the window it began.
    """

    candidate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments"
    )
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="appointments")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    zone = models.CharField(max_length=64, help_text="In which the mail tells the times: Europe/Berlin.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    called_off_at = models.DateTimeField(null=True)
    interview = models.OneToOneField(
        Interview, null=True, on_delete=models.PROTECT, related_name="appointment"
    )

    class Meta:
        ordering = ("-opens_at", "-pk")
        indexes = [
            models.Index(
                name="appointment_waiting",
                fields=["candidate", "closes_at"],
                condition=Q(called_off_at=None, interview=None),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="appointment_closes_after_it_opens", condition=Q(closes_at__gt=F("opens_at"))
            ),
            models.CheckConstraint(
                name="appointment_called_off_is_not_started",
                condition=Q(called_off_at=None) | Q(interview=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} from {self.opens_at:%Y-%m-%d %H:%M}"

    def state(self, now: datetime | None = None) -> AppointmentState:
        moment = now or timezone.now()
        if self.interview_id:
            return AppointmentState.STARTED
        if self.called_off_at:
            return AppointmentState.CALLED_OFF
        if moment >= self.closes_at:
            return AppointmentState.MISSED
        return AppointmentState.SCHEDULED if moment < self.opens_at else AppointmentState.OPEN

    @property
    def window(self) -> tuple[datetime, datetime]:
        """Both ends in its time zone."""
        there = ZoneInfo(self.zone)
        return self.opens_at.astimezone(there), self.closes_at.astimezone(there)
