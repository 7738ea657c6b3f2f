"""Personal time factors. What they are is for admins and the person alone, why they are for admins alone."""

from decimal import Decimal

from django.db.models import QuerySet

from interview.models import Accommodation, User
from interview.models.accommodation import NO_EXTRA


def visible_to(user: User) -> QuerySet[Accommodation]:
    """Every accommodation with its reason, newest first; for admins alone."""
    granted = Accommodation.objects.select_related("granted_by")
    return granted if user.manages else granted.none()


def time_factor(person: User) -> Decimal:
    """By how much this person's clocks run longer, if they start something now."""
    newest = Accommodation.objects.filter(person=person).values_list("factor", flat=True).first()
    return newest or NO_EXTRA
