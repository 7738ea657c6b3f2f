from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from interview.models.item import Item
from interview.models.question import Question
from interview.models.release import Release

# Which question a release is of stands in another table, where no check constraint reaches.
IS_OF_ONE_QUESTION = """
IF EXISTS (
    SELECT 1 FROM interview_release AS release
    WHERE release.id IN (NEW.release_id, NEW.answered_in_id) AND release.question_id <> NEW.question_id
) THEN
    RAISE EXCEPTION 'a problem names releases of its own question alone' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class ProblemState(models.TextChoices):
    """Derived from whether there is an answer, never stored."""

    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"


class Problem(models.Model):
    """What somebody found wrong with a question, and what those who look after it answered."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="problems")
    release = models.ForeignKey(
        Release,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The release in which it was seen; none when it was seen in a draft.",
    )
    item = models.ForeignKey(Item, null=True, on_delete=models.SET_NULL, related_name="problems")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="problems_reported"
    )
    body = models.TextField()
    reported_at = models.DateTimeField(db_default=Now())
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    answered_in = models.ForeignKey(
        Release,
        null=True,
        on_delete=models.PROTECT,
        related_name="problems_settled",
        help_text="The release that settles it: the one that mends it, or one that was right as it is.",
    )
    mended = models.BooleanField(default=False, help_text="Whether that release was changed because of it.")

    class Meta:
        ordering = ("-reported_at", "-id")
        indexes = [
            models.Index(name="problem_open", fields=["reported_at"], condition=Q(answered_at=None)),
            models.Index(name="problem_of_reporter", fields=["reporter", "-reported_at"]),
        ]
        constraints = [
            models.CheckConstraint(name="problem_says_something", condition=~Q(body="")),
            models.CheckConstraint(
                name="problem_answered_wholly_or_not_at_all",
                condition=Q(answered_at=None, answered_by=None, answered_in=None, answer="", mended=False)
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
            ),
            models.CheckConstraint(
                name="problem_mended_by_a_release",
                condition=Q(mended=False) | Q(answered_in__isnull=False),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="problem_report_never_changes",
                fields=["question", "release", "reporter", "body", "reported_at"],
            ),
            pgtrigger.Trigger(
                name="problem_is_of_one_question",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=IS_OF_ONE_QUESTION,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.body[:60]}"

    @property
    def state(self) -> ProblemState:
        return ProblemState.ANSWERED if self.answered_at else ProblemState.OPEN
