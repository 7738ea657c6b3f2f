from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from interview.models.interview import Interview
from interview.models.item import Item


class EventKind(models.TextChoices):
    STARTED = "started", "Started"
    SUBMITTED_CODE = "submitted_code", "Submitted code"
    RAN_CODE = "ran_code", "Ran code"
    RAN_OWN_CODE = "ran_own_code", "Ran code without tests"
    WITHDREW_CODE = "withdrew_code", "Took a submission back"
    HANDED_IN = "handed_in", "Handed in"
    TIME_UP = "time_up", "Time was up"
    CLAIMED = "claimed", "Review claimed"
    RELEASED = "released", "Released"
    PAUSED = "paused", "Paused"
    RESUMED = "resumed", "Resumed"
    OPENED_HINT = "opened_hint", "Opened a hint"
    REVEALED = "revealed", "Model answer shown"
    TOOK_UP_AGAIN = "took_up_again", "Took up again after finishing"
    WENT_ON = "went_on", "Went on, one way"
    SECTION_TIME_UP = "section_time_up", "Time of a section was up"
    GRANTED_TIME = "granted_time", "Extra time was granted"
    REOPENED = "reopened", "Opened again"
    ASKED_AGAIN = "asked_again", "Asked for a second look"
    LOOKED_AGAIN = "looked_again", "Second look answered"
    HANDED_OVER = "handed_over", "Marks handed over"
    ASKED_SECOND_OPINION = "asked_second", "Second opinion asked for"
    RECOMPUTED = "recomputed", "Marked by a newer rubric"
    SENT_BACK = "sent_back", "Sent back for a newer rubric"


class Event(models.Model):
    """What happened in an interview, in order; append-only."""

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="events")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="events")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=EventKind)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at", "id")
        triggers: ClassVar = [
            pgtrigger.Protect(name="event_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%H:%M:%S}"
