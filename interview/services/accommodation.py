"""Granting a person more time, in all that they start from then on."""

from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from interview.exceptions import InvalidTime
from interview.models import Accommodation, User
from interview.selectors.accommodation import time_factor
from interview.services.user import administration


def accommodate(
    person: User, factor: Decimal, reason: str, by: User, now: datetime | None = None
) -> Accommodation:
    """Have this person's clocks run `factor` times as long; 1 ends it. What runs already keeps its own.

    Raises NotAllowed as every change to an account does, InvalidTime where nothing would change.
    """
    with administration(person, by) as locked:
        if factor == time_factor(locked):
            raise InvalidTime(
                f"Nothing was changed: {locked.display_name} has the time factor {factor:g} already."
            )
        return Accommodation.objects.create(
            person=locked, factor=factor, reason=reason, granted_by=by, granted_at=now or timezone.now()
        )
