import uuid
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from interview.models.question import Question
from interview.models.release import Device, decode_files


class CheckState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


UNFINISHED = Q(state__in=[CheckState.QUEUED, CheckState.RUNNING])


class Check(models.Model):
    """One attempt to prove that the files of a question can be published.

    A worker claims it as it claims a grading: by a conditional UPDATE that raises `fence`; what carries an old fence is
    refused. A change of the files takes nothing back: what was checked is kept in `files`, and named by `content_hash`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="checks")
    content_hash = models.CharField(max_length=64)
    files = models.JSONField(help_text="Path to content, as `encode_files` makes it.")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=16, choices=CheckState, default=CheckState.QUEUED)
    ok = models.BooleanField(null=True, help_text="Whether everything held; known when it is done.")
    report = models.JSONField(null=True, help_text="What `grader.proof.Report.to_dict` says.")
    progress = models.JSONField(null=True, help_text="`done`, `total` and `label` of the latest step.")
    device = models.CharField(
        max_length=8, choices=Device, default=Device.CPU, db_default=Device.CPU, help_text="What it runs on."
    )
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    waits_because = models.TextField(blank=True, help_text="Why no worker could take it when one last tried.")
    # The database's clock stamps every step: with several hosts, theirs would disagree with the order.
    queued_at = models.DateTimeField(db_default=Now())
    rung_at = models.DateTimeField(db_default=Now(), help_text="When a worker was last told of it.")
    lease_until = models.DateTimeField(
        null=True, help_text="Renewed while it runs; past it the worker is gone."
    )
    started_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-queued_at",)
        indexes = [
            models.Index(name="check_unfinished", fields=["state", "queued_at"], condition=UNFINISHED),
            models.Index(name="check_of_content", fields=["question", "content_hash"]),
        ]
        constraints = [
            models.UniqueConstraint(name="check_one_at_a_time", fields=["question"], condition=UNFINISHED),
            models.CheckConstraint(name="check_state_is_known", condition=Q(state__in=CheckState.values)),
            models.CheckConstraint(
                name="check_report_exactly_when_done",
                condition=Q(
                    state=CheckState.DONE, ok__isnull=False, report__isnull=False, recorded_at__isnull=False
                )
                | (~Q(state=CheckState.DONE) & Q(ok=None, report=None, recorded_at=None)),
            ),
            models.CheckConstraint(
                name="check_started_when_running",
                condition=~Q(state=CheckState.RUNNING)
                | Q(started_at__isnull=False, lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="check_times_in_order",
                condition=(Q(started_at=None) | Q(started_at__gte=F("queued_at")))
                & (Q(recorded_at=None) | Q(recorded_at__gte=F("queued_at"))),
            ),
        ]

    def __str__(self) -> str:
        return f"check of {self.question} ({self.state})"

    @property
    def is_finished(self) -> bool:
        return self.state in {CheckState.DONE, CheckState.CANCELLED}

    @property
    def file_contents(self) -> dict[str, bytes]:
        return decode_files(self.files)

    @property
    def percent(self) -> int:
        """How far it has come, from 0 to 100."""
        if self.state == CheckState.DONE:
            return 100
        step: dict[str, Any] = self.progress or {}
        return 100 * step["done"] // step["total"] if step.get("total") else 0


# A row in this table is what publishing asks for, so it must not be had without a green check.
CHECK_WAS_GREEN = """
IF NEW.found_by_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM interview_check AS c
    WHERE c.id = NEW.found_by_id AND c.state = 'done' AND c.ok AND c.content_hash = NEW.content_hash
) THEN
    RAISE EXCEPTION 'A proof needs a finished check of these very files that found everything in order.';
END IF;
RETURN NEW;
"""


class Proof(models.Model):
    """That these files can be published: a check found so here or, without one, where the bank that ships was made."""

    content_hash = models.CharField(primary_key=True, max_length=64)
    found_by = models.OneToOneField(Check, null=True, on_delete=models.PROTECT, related_name="proof")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proof_names_a_content", condition=Q(content_hash__regex="^[0-9a-f]{64}$")
            )
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="proof_never_changes", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="proof_of_a_green_check",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=CHECK_WAS_GREEN,
            ),
        ]

    def __str__(self) -> str:
        return f"proof of {self.content_hash[:12]}"
