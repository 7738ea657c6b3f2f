from typing import ClassVar

import pgtrigger
from django.db import models

from interview.models.interview import Interview


class Notes(models.Model):
    """What a candidate jots down during an interview, for themselves alone: never scored, on no reviewer's page."""

    interview = models.OneToOneField(Interview, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(blank=True)
    revision = models.PositiveIntegerField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="notes_revisions_from_one", condition=models.Q(revision__gte=1))
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="notes_revision_only_grows",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__revision__lte=pgtrigger.F("old__revision")),
            )
        ]

    def __str__(self) -> str:
        return f"Notes of {self.interview}, revision {self.revision}"
