from django.db.models import QuerySet

from interview.models import Grading, Submission, User
from interview.models.grading import GradingState


def visible_to(user: User) -> QuerySet[Submission]:
    return Submission.objects.filter(item__interview__candidate=user).select_related(
        "current_grading", "item", "item__interview"
    )


def gradings_visible_to(user: User) -> QuerySet[Grading]:
    return Grading.objects.filter(submission__item__interview__candidate=user).select_related("submission")


def queue_position(grading: Grading) -> int | None:
    """1 for the next in line, None when it does not wait any more."""
    if grading.state != GradingState.QUEUED:
        return None
    ahead = Grading.objects.filter(state=GradingState.QUEUED, queued_at__lt=grading.queued_at)
    return ahead.count() + 1
