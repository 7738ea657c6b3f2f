from typing import ClassVar

import pgtrigger
from django.db import models

from interview.models.item import Item


class Draft(models.Model):
    """The answer as last saved. `revision` only grows; a save names the revision that it saw."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="draft")
    answer = models.JSONField()
    revision = models.PositiveIntegerField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="draft_revisions_from_one", condition=models.Q(revision__gte=1))
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="draft_revision_only_grows",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__revision__lte=pgtrigger.F("old__revision")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.item} revision {self.revision}"


class SnapshotReason(models.TextChoices):
    STEP = "step", "Every ten seconds"
    RUN = "run", "Run"
    SUBMIT = "submit", "Submit"


class Snapshot(models.Model):
    """A point of an answer's timeline."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="snapshots")
    answer = models.JSONField()
    reason = models.CharField(max_length=8, choices=SnapshotReason)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ("taken_at", "id")
        indexes = [models.Index(name="snapshot_timeline", fields=["item", "taken_at"])]
        constraints = [
            models.CheckConstraint(
                name="snapshot_reason_is_known", condition=models.Q(reason__in=SnapshotReason.values)
            )
        ]

    def __str__(self) -> str:
        return f"{self.item} at {self.taken_at:%H:%M:%S}"
