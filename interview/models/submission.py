import uuid
from typing import ClassVar

import pgtrigger
from django.db import models

from interview.models.item import Item


class SubmissionKind(models.TextChoices):
    RUN = "run", "Run"
    SUBMIT = "submit", "Submit"
    FINAL = "final", "Final"
    RUN_MY_CODE = "run_my_code", "Run my code"


#: Those that try something out: they never count.
RUNS = (SubmissionKind.RUN, SubmissionKind.RUN_MY_CODE)


class Submission(models.Model):
    """An answer as it was handed over, unchangeable; only which grading speaks for it may move.

    What is withdrawn is kept, and does not count: a Submit that its candidate stopped before it was judged, and what
    closing made of a draft, when extra time opened the interview again. Run my code has lines of the candidate's own to
    run after the answer, and text that it can read; nothing tests it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="submissions")
    kind = models.CharField(max_length=16, choices=SubmissionKind)
    answer = models.JSONField()
    snippet = models.TextField(blank=True, default="", db_default="", help_text="Run after the answer.")
    stdin = models.TextField(blank=True, default="", db_default="", help_text="What it reads as its input.")
    created_at = models.DateTimeField()
    current_grading = models.ForeignKey(
        "interview.Grading", null=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)

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
                condition=models.Q(kind=SubmissionKind.FINAL, withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="submission_withdrawn_is_no_run",
                condition=models.Q(withdrawn_at=None) | ~models.Q(kind__in=RUNS),
            ),
            models.CheckConstraint(
                name="submission_own_lines_are_run_alone",
                condition=models.Q(kind=SubmissionKind.RUN_MY_CODE) | models.Q(snippet="", stdin=""),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(name="submission_never_changes", exclude=["current_grading", "withdrawn_at"])
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.kind}"

    @property
    def repeats(self) -> "Submission | None":
        """The earlier one of the same code whose result it was given; None where it was judged itself."""
        graded = self.current_grading.submission if self.current_grading else None
        return None if graded == self else graded

    @property
    def counts(self) -> bool:
        """Whether it may be what is scored."""
        return self.kind not in RUNS and self.withdrawn_at is None
