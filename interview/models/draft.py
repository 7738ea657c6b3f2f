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
