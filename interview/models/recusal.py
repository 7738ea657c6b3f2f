from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Recusal(models.Model):
    """That this person shall never review that one, and why: they know each other, or work together.

    An admin notes it, or the reviewer who recognizes somebody. It is lifted by removing it.
    """

    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recused_from"
    )
    candidate = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recusals")
    reason = models.TextField(help_text="For admins and the reviewer.")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ("noted_at",)
        constraints = [
            models.UniqueConstraint(name="recusal_is_noted_once", fields=["reviewer", "candidate"]),
            # Nobody reviews themselves anyway.
            models.CheckConstraint(name="recusal_is_between_two", condition=~Q(reviewer=F("candidate"))),
            models.CheckConstraint(name="recusal_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} does not review {self.candidate}"
