"""Who shall not review whom."""

from django.db.models import QuerySet

from interview.models import Recusal, User
from interview.selectors.assignment import reviewers


def visible_to(user: User) -> QuerySet[Recusal]:
    """For admins alone: a reviewer's own would tell them which code is whose."""
    recusals = Recusal.objects.select_related("reviewer", "candidate", "noted_by")
    return recusals if user.manages else recusals.none()


def could_review(person: User) -> QuerySet[User]:
    """Reviewers who may meet this person's interviews as it stands."""
    others = reviewers().exclude(pk=person.pk)
    return others.exclude(recused_from__candidate=person).order_by("display_name")
