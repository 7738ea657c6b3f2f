import uuid

from django.db import models

from interview.models.interview import Interview
from interview.models.release import Release


class Item(models.Model):
    """One served release in one interview. Its state follows from what hangs on it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    section = models.PositiveSmallIntegerField(help_text="Index into the sections of the interview's plan.")
    flagged = models.BooleanField(default=False, help_text="To come back to; only its candidate sees it.")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="items")
    follows = models.BooleanField(default=False, help_text="It opens when the one before it is handed over.")
    handed_at = models.DateTimeField(null=True, help_text="When it was handed over for its follow-up.")

    class Meta:
        ordering = ("interview", "position")
        constraints = [
            models.UniqueConstraint(name="item_position_is_unique", fields=["interview", "position"]),
            models.CheckConstraint(name="item_positions_from_one", condition=models.Q(position__gte=1)),
            models.CheckConstraint(
                name="item_first_follows_nothing",
                condition=models.Q(follows=False) | models.Q(position__gt=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interview} question {self.position}"
