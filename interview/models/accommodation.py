from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

NO_EXTRA = Decimal(1)
MOST = Decimal(3)


class Accommodation(models.Model):
    """A personal time factor: how much longer this person's clocks run, why, and who granted it.

    The newest one counts, for what is started from then on; a factor of 1 ends it. Reviewers are told none of it.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="accommodations"
    )
    factor = models.DecimalField(max_digits=3, decimal_places=2)
    reason = models.TextField(help_text="For admins alone.")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        ordering = ("-granted_at", "-id")
        constraints = [
            models.CheckConstraint(
                name="accommodation_factor_is_from_1_to_3", condition=Q(factor__range=(NO_EXTRA, MOST))
            ),
            models.CheckConstraint(name="accommodation_has_a_reason", condition=~Q(reason="")),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="accommodation_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.factor:g}"
