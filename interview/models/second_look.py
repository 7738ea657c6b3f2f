from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from interview.models.item import Item
from interview.models.release import Release


class SecondLook(models.Model):
    """The wish that somebody else looks at the marks of one answer, and what came of it.

    Its candidate asks, or where the rubric was changed after the release, those who look after the questions: then
    `asked_by` is who did, and `rubric_release` has the rubric to look by.
    `points` are those that count from then on; None where the marks stand. What was marked at first is kept.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="second_look")
    reason = models.TextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="None where its candidate asked.",
    )
    rubric_release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    points = models.FloatField(null=True)

    class Meta:
        ordering = ("asked_at",)
        indexes = [models.Index(name="second_look_open", fields=["asked_at"], condition=Q(answered_at=None))]
        constraints = [
            models.CheckConstraint(name="second_look_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="second_look_answered_wholly_or_not_at_all",
                condition=Q(answered_at=None, answered_by=None, answer="", points=None)
                | Q(answered_at__gte=F("asked_at"), answered_by__isnull=False) & ~Q(answer=""),
            ),
            models.CheckConstraint(
                name="second_look_of_others_is_for_a_rubric",
                condition=Q(asked_by=None, rubric_release=None)
                | Q(asked_by__isnull=False, rubric_release__isnull=False),
            ),
            models.CheckConstraint(
                name="second_look_points_are_not_negative", condition=Q(points=None) | Q(points__gte=0)
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="second_look_is_asked_once_for_all",
                fields=["item", "reason", "asked_at", "asked_by", "rubric_release"],
            ),
            pgtrigger.Protect(
                name="second_look_answer_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"second look at {self.item}"

    @property
    def rubric(self) -> Release:
        """The release by whose rubric is looked."""
        return self.rubric_release or self.item.marking_release

    @property
    def max_points(self) -> float:
        """The most that it can give."""
        return self.item.release.automatic_points + self.rubric.rubric_points
