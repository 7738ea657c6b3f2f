import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from interview.models.item import Item


class SubmissionKind(models.TextChoices):
    RUN = "run", "Run"
    SUBMIT = "submit", "Submit"
    FINAL = "final", "Final"


class Submission(models.Model):
    """An answer as it was handed over, unchangeable; only which grading speaks for it may move."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="submissions")
    kind = models.CharField(max_length=8, choices=SubmissionKind)
    answer = models.JSONField()
    created_at = models.DateTimeField()
    current_grading = models.ForeignKey(
        "interview.Grading", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("created_at",)
        indexes = [models.Index(name="submission_latest", fields=["item", "-created_at"])]
        constraints = [
            models.CheckConstraint(
                name="submission_kind_is_known", condition=models.Q(kind__in=SubmissionKind.values)
            ),
            models.UniqueConstraint(
                name="submission_one_final",
                fields=["item"],
                condition=models.Q(kind=SubmissionKind.FINAL),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(name="submission_never_changes", exclude=["current_grading"])
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.kind}"
