from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from interview.models.interview import Interview

MINUTES_LIMIT = 240  # of one grant


class ExtraTime(models.Model):
    """Minutes that an admin gave one interview while it ran, or just after its time was up. Never changed."""

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="extra_times")
    minutes = models.PositiveSmallIntegerField()
    reason = models.TextField(help_text="For admins alone.")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    deadline_at = models.DateTimeField(help_text="Which it led to.")
    reopened = models.BooleanField(help_text="Whether the interview was closed and was opened again by it.")

    class Meta:
        ordering = ("-granted_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="extra_time_is_some_minutes", condition=Q(minutes__range=(1, MINUTES_LIMIT))
            ),
            models.CheckConstraint(name="extra_time_has_a_reason", condition=~Q(reason="")),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="extra_time_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.minutes} minutes for {self.interview}"
