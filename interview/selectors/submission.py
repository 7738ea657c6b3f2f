from django.db.models import Q, QuerySet

from interview.models import Grading, Submission, User
from interview.models.grading import GradingState
from interview.models.interview import Mode
from interview.models.question import Kind

KEYED = (Kind.CHOICE, Kind.ESTIMATE)  # scored by a key when the interview is finalised


def visible_to(user: User) -> QuerySet[Submission]:
    return (
        Submission.objects.filter(item__interview__candidate=user)
        .select_related("current_grading", "item__interview", "item__release")
        .defer("item__release__files")
    )


def gradings_visible_to(user: User) -> QuerySet[Grading]:
    """One's own gradings, without those that a key made of answers whose feedback is not released."""
    own = Grading.objects.filter(submission__item__interview__candidate=user).select_related("submission")
    awaiting = Q(submission__item__interview__mode=Mode.STRICT, submission__item__interview__released_at=None)
    return own.exclude(awaiting, submission__item__release__kind__in=KEYED)


def tells_result(submission: Submission) -> bool:
    """Whether its candidate may see how it was judged: what a key says comes with the release.

    In practice a key scores an answer only when it is shown.
    """
    interview = submission.item.interview
    waits = interview.mode == Mode.STRICT and interview.released_at is None
    return not (waits and submission.item.release.is_keyed)


def queue_position(grading: Grading) -> int | None:
    """1 for the next in line, None when it does not wait any more. What waits for another device stands in another."""
    if grading.state != GradingState.QUEUED:
        return None
    line = Grading.objects.filter(state=GradingState.QUEUED, device=grading.device)
    ahead = line.filter(queued_at__lt=grading.queued_at)
    return ahead.count() + 1
