import math
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from interview.models.accommodation import MOST, NO_EXTRA
from interview.models.template import Template


class Mode(models.TextChoices):
    STRICT = "strict", "Interview"
    PRACTICE = "practice", "Practice"


class Reveal(models.TextChoices):
    """When practice shows model answers, rubrics and all tests."""

    EACH = "each", "After each answer"
    END = "end", "At the end"


class CloseReason(models.TextChoices):
    HANDED_IN = "handed_in", "Submitted"
    TIME_UP = "time_up", "Auto-submitted"
    CANCELLED = "cancelled", "Cancelled"


class InterviewStatus(models.TextChoices):
    """What people call the stages of an interview; derived, never stored."""

    SCHEDULED = "scheduled", "Scheduled"
    IN_PROGRESS = "in_progress", "In progress"
    SUBMITTED = "submitted", "Submitted"
    AUTO_SUBMITTED = "auto_submitted", "Auto-submitted"
    UNDER_REVIEW = "under_review", "Under review"
    RELEASED = "released", "Released"
    CANCELLED = "cancelled", "Cancelled"


def allowed(minutes: int, factor: Decimal) -> int:
    """What `minutes` become for somebody with this time factor; a minute that is begun is given whole."""
    return math.ceil(minutes * factor)


def allowed_overall(plan: Mapping[str, Any], factor: Decimal) -> int:
    """The minutes of a whole interview. Where its sections make them up, theirs add up with extra time as well."""
    sections = [section["minutes"] for section in plan["sections"]]
    if plan["minutes"] == sum(sections):
        return sum(allowed(minutes, factor) for minutes in sections)
    return allowed(plan["minutes"], factor)


# Reviews and self-assessments stand in other tables, where no check constraint reaches.
REOPENS_BEFORE_REVIEW = """
IF NOT (OLD.close_reason = 'time_up' OR OLD.close_reason = 'handed_in' AND OLD.finalised_at IS NULL)
    OR OLD.released_at IS NOT NULL
    OR EXISTS (SELECT 1 FROM interview_review WHERE interview_id = OLD.id)
    OR EXISTS (SELECT 1 FROM interview_selfassessment WHERE interview_id = OLD.id) THEN
    RAISE EXCEPTION 'only an interview whose time was up, or whose finish can be undone, opens again, and only before '
                    'anybody reviews it or its candidate reads the criteria'
    USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class Interview(models.Model):
    """One sitting of one candidate.

    The row may lag behind the clock: between zero and the tick that closes it, it still reads as open. So everything
    asks `is_open` and `takes_drafts`, which look at the deadline first, and never `closed_at` alone.

    Practice may be untimed, may be paused, and may be made of chosen questions without a template.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    candidate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="interviews"
    )
    template = models.ForeignKey(Template, null=True, on_delete=models.PROTECT, related_name="interviews")
    plan = models.JSONField(help_text="The template as it was when the interview was made.")
    mode = models.CharField(max_length=16, choices=Mode, default=Mode.STRICT)
    timed = models.BooleanField(
        default=True, help_text="Without it there is no deadline; practice alone may."
    )
    time_factor = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        default=NO_EXTRA,
        help_text="The candidate's own when it was started, by which its clocks run longer.",
    )
    reveal = models.CharField(max_length=8, choices=Reveal, blank=True)
    marked_twice = models.BooleanField(
        default=False, help_text="Whether two reviewers mark it, each without the other, and a third settles."
    )
    seed = models.BigIntegerField()
    reached = models.PositiveSmallIntegerField(
        default=1, help_text="Where the present stage begins: one-way sections lock what lies before it."
    )
    reserved = models.DurationField(
        null=True,
        help_text="What of the clock is kept for later sections: with so much left, the present one-way section locks.",
    )
    expired_at = models.DateTimeField(
        null=True, help_text="When the clock of a section last locked a question."
    )
    expired_position = models.PositiveSmallIntegerField(null=True, help_text="Which question that was.")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    remaining_seconds = models.FloatField(null=True, help_text="Set exactly while the clock is paused.")
    closed_at = models.DateTimeField(null=True)
    close_reason = models.CharField(max_length=16, choices=CloseReason, blank=True)
    finalised_at = models.DateTimeField(
        null=True, help_text="When what counts was fixed and sent to be graded."
    )
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = [
            models.Index(name="interview_running", fields=["deadline_at"], condition=Q(closed_at=None)),
            models.Index(name="interview_to_finalise", fields=["closed_at"], condition=Q(finalised_at=None)),
        ]
        # A comparison with NULL is neither true nor false, and a check lets it pass: hence every `isnull=False`.
        constraints = [
            models.CheckConstraint(name="interview_mode_is_known", condition=Q(mode__in=Mode.values)),
            models.CheckConstraint(
                name="interview_deadline_exactly_when_the_clock_runs",
                condition=Q(started_at=None, deadline_at=None, remaining_seconds=None)
                | Q(started_at__isnull=False)
                & (
                    Q(timed=False, deadline_at=None, remaining_seconds=None)
                    | Q(
                        timed=True,
                        deadline_at__isnull=False,
                        deadline_at__gt=F("started_at"),
                        remaining_seconds=None,
                    )
                    | Q(
                        timed=True,
                        deadline_at=None,
                        remaining_seconds__isnull=False,
                        remaining_seconds__gt=0,
                        closed_at=None,
                    )
                ),
            ),
            models.CheckConstraint(
                name="interview_only_practice_reveals_pauses_or_is_untimed",
                condition=Q(
                    mode=Mode.STRICT, template__isnull=False, timed=True, remaining_seconds=None, reveal=""
                )
                | Q(mode=Mode.PRACTICE, reveal__in=Reveal.values),
            ),
            models.CheckConstraint(
                name="interview_close_has_a_reason",
                condition=Q(closed_at=None, close_reason="")
                | Q(closed_at__isnull=False, close_reason__in=CloseReason.values),
            ),
            models.CheckConstraint(
                name="interview_closes_after_it_started",
                condition=Q(closed_at=None)
                | Q(close_reason=CloseReason.CANCELLED)
                | Q(started_at__isnull=False, closed_at__gte=F("started_at")),
            ),
            models.CheckConstraint(
                name="interview_finalised_after_closing",
                condition=Q(finalised_at=None) | Q(closed_at__isnull=False, finalised_at__gte=F("closed_at")),
            ),
            models.CheckConstraint(
                name="interview_released_after_finalising",
                condition=Q(released_at=None)
                | Q(finalised_at__isnull=False, released_at__gte=F("finalised_at")),
            ),
            models.CheckConstraint(
                name="interview_time_factor_is_from_1_to_3", condition=Q(time_factor__range=(NO_EXTRA, MOST))
            ),
            models.CheckConstraint(
                name="interview_reserves_only_on_the_clock",
                condition=Q(reserved=None)
                | Q(reserved__isnull=False, reserved__gt=timedelta(0), timed=True, started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="interview_expired_question_lies_behind",
                condition=Q(expired_at=None, expired_position=None)
                | Q(
                    expired_at__isnull=False,
                    expired_at__gte=F("started_at"),
                    expired_position__isnull=False,
                    expired_position__range=(1, F("reached") - 1),
                ),
            ),
            # At the deadline nothing can be kept for later any more, so every section before the last has run out.
            models.CheckConstraint(
                name="interview_time_is_up_at_the_deadline",
                condition=~Q(close_reason=CloseReason.TIME_UP)
                | Q(deadline_at__isnull=False, closed_at=F("deadline_at"), reserved=None),
            ),
            models.CheckConstraint(name="interview_reaches_from_one", condition=Q(reached__gte=1)),
            models.CheckConstraint(
                name="interview_marked_twice_counts", condition=Q(marked_twice=False) | Q(mode=Mode.STRICT)
            ),
            models.UniqueConstraint(
                name="interview_one_strict_in_progress",
                fields=["candidate"],
                condition=Q(mode=Mode.STRICT, started_at__isnull=False, closed_at=None),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="interview_reopens_before_review",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__closed_at__isnull=False, new__closed_at__isnull=True),
                func=REOPENS_BEFORE_REVIEW,
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return str(self.plan["title"])

    @property
    def minutes(self) -> int:
        return int(self.plan["minutes"])

    @property
    def is_practice(self) -> bool:
        return self.mode == Mode.PRACTICE

    @property
    def allows_self_assessment(self) -> bool:
        """Whether its candidate may mark it at some time: where it counts, and its template said so."""
        cancelled = self.close_reason == CloseReason.CANCELLED
        return not self.is_practice and not cancelled and bool(self.plan.get("self_assessment", False))

    @property
    def awaits_self_assessment(self) -> bool:
        """Whether that time is now: what counts is fixed, and the feedback not released."""
        return self.allows_self_assessment and bool(self.finalised_at) and not self.released_at

    @property
    def is_paused(self) -> bool:
        return self.remaining_seconds is not None

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether it is under way: started, not closed, and before the deadline if there is one."""
        if self.closed_at or not self.started_at:
            return False
        return self.deadline_at is None or (now or timezone.now()) < self.deadline_at

    def may_be_taken_up(self, now: datetime | None = None) -> bool:
        """Whether it was finished, and its candidate may still go back: before zero, where the template says so."""
        if self.is_practice or not self.plan.get("finish_undo"):
            return False
        if self.finalised_at or self.deadline_at is None:
            return False
        return self.close_reason == CloseReason.HANDED_IN and (now or timezone.now()) < self.deadline_at

    def takes_work(self, now: datetime | None = None) -> bool:
        """Whether answers may be handed over: while it is open and its clock is not paused."""
        return self.is_open(now) and not self.is_paused

    def takes_drafts(self, now: datetime | None = None) -> bool:
        """Whether a draft still counts: while it takes work, and within the grace after time ran out."""
        if self.deadline_at is None:
            return self.takes_work(now)
        if self.close_reason not in {"", CloseReason.TIME_UP} or self.finalised_at:
            return False
        return (now or timezone.now()) <= self.deadline_at + settings.DRAFT_GRACE

    def time_left(self, now: datetime | None = None) -> timedelta:
        """On the clock, running or paused, never negative; zero when it is closed or has no clock."""
        if self.remaining_seconds is not None:
            return timedelta(seconds=self.remaining_seconds)
        if self.deadline_at is None or not self.is_open(now):
            return timedelta(0)
        return self.deadline_at - (now or timezone.now())
