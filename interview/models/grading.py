import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from grader.groups import Subtotal
from grader.lab import Track
from grader.results import Result, TestResult, Verdict
from interview.models.question import Question
from interview.models.release import Device, Release, decode_files
from interview.models.submission import Submission

VERDICTS = [(verdict.value, verdict.label) for verdict in Verdict]
FAILED_BY_US = Verdict.JUDGE_ERROR.value
#: What says nothing of the files that were judged.
NO_RESULT = (FAILED_BY_US, Verdict.ABORTED.value)


def by_group(result: Mapping[str, Any]) -> tuple[Subtotal, ...]:
    """The tests of a result's document by group, with what each group comes to."""
    return Result.from_dict(result).subtotals


def track_of(result: Mapping[str, Any]) -> tuple[Track, tuple[TestResult, ...]] | None:
    """What a result's document says of a debug lab, and the tests that it is told by; None of other questions."""
    if not result.get("lab"):
        return None
    read = Result.from_dict(result)
    return (read.lab, read.tests) if read.lab else None


class GradingState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


#: States in which a worker may still have something to do with it.
UNFINISHED = (GradingState.QUEUED, GradingState.RUNNING)


class Grading(models.Model):
    """One judging of files, whoever asked for it: against a release, or as a trial against a question being edited.

    A worker claims it by a conditional UPDATE that raises `fence`; a result that carries an old fence is refused. So a
    message that is delivered twice, or a worker that was taken for dead, cannot record twice.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="gradings")
    trial_of = models.ForeignKey(Question, null=True, on_delete=models.CASCADE, related_name="trials")
    trial_path = models.CharField(
        max_length=300, blank=True, help_text="The example submission that is tried."
    )
    trial_revision = models.PositiveIntegerField(
        null=True, help_text="Of the working copy, when it was tried."
    )
    trial_files = models.JSONField(null=True, help_text="The question's files as they were then.")
    submission = models.ForeignKey(Submission, null=True, on_delete=models.CASCADE, related_name="gradings")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    files = models.JSONField(help_text="File name to source text.")
    visible_only = models.BooleanField(help_text="Run the visible tests alone.")
    seed = models.BigIntegerField()
    device = models.CharField(
        max_length=8, choices=Device, default=Device.CPU, db_default=Device.CPU, help_text="What it runs on."
    )
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=16, choices=GradingState, default=GradingState.QUEUED)
    verdict = models.CharField(max_length=4, choices=VERDICTS, blank=True)
    result = models.JSONField(null=True)
    progress = models.JSONField(null=True, help_text="What `grader.results.Progress` says, now and then.")
    waits_because = models.TextField(blank=True, help_text="Why no worker could take it when one last tried.")
    # The database's clock stamps every step: with several hosts, theirs would disagree with the order.
    queued_at = models.DateTimeField(db_default=Now())
    rung_at = models.DateTimeField(db_default=Now(), help_text="When a worker was last told of it.")
    lease_until = models.DateTimeField(
        null=True, help_text="Renewed while it is judged; past it the worker is gone."
    )
    started_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("queued_at",)
        indexes = [
            models.Index(
                name="grading_unfinished",
                fields=["state", "queued_at"],
                condition=Q(state__in=UNFINISHED),
            ),
            # What the sweep looks for every ten seconds, among very many that went well.
            models.Index(
                name="grading_judge_error", fields=["recorded_at"], condition=Q(verdict=FAILED_BY_US)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="grading_by_a_release_or_a_trial",
                condition=Q(
                    release__isnull=False,
                    trial_of=None,
                    trial_path="",
                    trial_revision=None,
                    trial_files__isnull=True,
                )
                | Q(
                    release=None,
                    submission=None,
                    trial_of__isnull=False,
                    trial_revision__isnull=False,
                    trial_files__isnull=False,
                )
                & ~Q(trial_path=""),
            ),
            models.UniqueConstraint(
                name="grading_one_trial_at_a_time",
                fields=["trial_of", "trial_path"],
                condition=Q(trial_of__isnull=False),
            ),
            models.CheckConstraint(name="grading_state_is_known", condition=Q(state__in=GradingState.values)),
            models.CheckConstraint(
                name="grading_verdict_exactly_when_done",
                condition=Q(
                    state=GradingState.DONE,
                    verdict__in=[code for code, _ in VERDICTS],
                    result__isnull=False,
                    recorded_at__isnull=False,
                )
                | (~Q(state=GradingState.DONE) & Q(verdict="", result=None, recorded_at=None)),
            ),
            models.CheckConstraint(
                name="grading_started_when_running",
                condition=~Q(state=GradingState.RUNNING)
                | Q(started_at__isnull=False, lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="grading_times_in_order",
                condition=(Q(started_at=None) | Q(started_at__gte=F("queued_at")))
                & (Q(judged_at=None) | Q(started_at__isnull=False, judged_at__gte=F("started_at")))
                & (Q(recorded_at=None) | Q(judged_at__isnull=False, recorded_at__gte=F("judged_at"))),
            ),
        ]

    def __str__(self) -> str:
        return f"grading {self.id} ({self.state})"

    @property
    def is_finished(self) -> bool:
        return self.state in {GradingState.DONE, GradingState.CANCELLED}

    @property
    def is_tried_again(self) -> bool:
        """Whether it is under way once more after it failed on our side."""
        before = self.attempts - (self.state == GradingState.RUNNING)
        return self.state in UNFINISHED and before > 0

    @property
    def is_silent(self) -> bool:
        """Whether its worker has missed renewing the lease, so that it may be gone; the sweep will know."""
        return (
            self.state == GradingState.RUNNING
            and self.lease_until is not None
            and self.lease_until < timezone.now() + settings.GRADING_LEASE / 2
        )

    @property
    def question_files(self) -> dict[str, bytes]:
        """The question that judges: a release, or what its author tried."""
        return self.release.file_contents if self.release else decode_files(self.trial_files or {})

    @property
    def is_provisional(self) -> bool:
        """Whether it came to a good end with a test or more still to be tried: its verdict's code says too much."""
        return self.verdict == Verdict.RAN or (self.verdict == Verdict.ACCEPTED and self.visible_only)

    @property
    def word(self) -> str:
        """The verdict as people read it. What only the visible tests have seen is not accepted yet."""
        is_run = self.is_provisional and self.verdict == Verdict.ACCEPTED
        return "Passed" if is_run else self.get_verdict_display()

    @property
    def tests(self) -> list[dict[str, Any]]:
        return list(self.result["tests"]) if self.result else []

    @property
    def points(self) -> float:
        return float(self.result["score"]) if self.result else 0.0

    @property
    def shown(self) -> dict[str, Any] | None:
        """The result as its candidate may read it: reveal levels kept, what hidden tests printed left out."""
        if self.result is None:
            return None
        return Result.from_dict(self.result).for_candidate().to_dict()
