from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from interview.models.item import Item
from interview.models.release import Release

# The item stands in another table, where no check constraint reaches.
TELLS_WHAT_HAPPENED = """
IF NOT EXISTS (
    SELECT 1 FROM interview_item WHERE id = NEW.item_id AND rubric_release_id = NEW.to_release_id
) THEN
    RAISE EXCEPTION 'a change of rubric is told when the answer is marked by the new one'
    USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class RubricChangeKind(models.TextChoices):
    RECOMPUTED = "recomputed", "Recomputed"
    SENT_BACK = "sent_back", "Sent back for review"


class RubricChange(models.Model):
    """That an answer is marked by another rubric from then on: who said so, why, and what its points were and became.

    `anew` are the criteria that marks made until then say nothing about: they are new or reworded.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="rubric_changes")
    kind = models.CharField(max_length=16, choices=RubricChangeKind)
    from_release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    to_release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    anew = ArrayField(models.CharField(max_length=80), default=list)
    points_before = models.FloatField(
        null=True, help_text="None where it was not marked, or by two who differ."
    )
    points_after = models.FloatField(null=True, help_text="Likewise, and None where it was sent back.")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="rubric_change_kind_is_known", condition=Q(kind__in=RubricChangeKind.values)
            ),
            models.CheckConstraint(name="rubric_change_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="rubric_change_leads_elsewhere", condition=~Q(from_release=F("to_release"))
            ),
            models.CheckConstraint(
                name="rubric_change_recomputed_needs_no_mark",
                condition=Q(kind=RubricChangeKind.SENT_BACK) | Q(anew=[]),
            ),
            models.UniqueConstraint(name="rubric_change_once_for_each_rubric", fields=["item", "to_release"]),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="rubric_change_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="rubric_change_tells_what_happened",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=TELLS_WHAT_HAPPENED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_kind_display()}"
