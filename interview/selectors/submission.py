from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Now

from interview.models import Grading, Item, Submission, User
from interview.models.grading import FAILED_BY_US, NO_RESULT, UNFINISHED, GradingState
from interview.models.interview import CloseReason, Mode
from interview.models.question import Kind
from interview.models.submission import SubmissionKind

KEYED = (Kind.CHOICE, Kind.ESTIMATE)  # scored by a key when the interview is finalised
_FAILURES = Count("gradings", filter=Q(gradings__verdict=FAILED_BY_US))


def visible_to(user: User) -> QuerySet[Submission]:
    return (
        Submission.objects.filter(item__interview__candidate=user)
        .select_related("current_grading__submission", "item__interview", "item__release")
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


def handed_over(item: Item) -> QuerySet[Submission]:
    """Every run and submit of an item, and what closing made of its draft, newest first."""
    return item.submissions.select_related("current_grading__submission").order_by("-created_at")


def with_curves_before(submission: Submission) -> QuerySet[Submission]:
    """Earlier ones of the same item that printed curves, newest first."""
    judged = handed_over(submission.item).filter(
        created_at__lt=submission.created_at, current_grading__result__has_key="curves"
    )
    return judged.exclude(current_grading__result__curves=[]).defer("current_grading__result")


def asked_of_workers(user: User) -> QuerySet[Submission]:
    """A person's runs and submits that cost a worker time, and none that the platform failed to judge."""
    own = Submission.objects.filter(item__interview__candidate=user, current_grading__submission=F("pk"))
    return own.exclude(kind=SubmissionKind.FINAL).exclude(gradings__verdict=FAILED_BY_US)


def same_before(item: Item, kind: SubmissionKind, answer: dict[str, Any]) -> Submission | None:
    """The newest of the item that was handed over alike, by its every character, and judged."""
    alike = Submission.objects.filter(item=item, kind=kind, answer=answer, withdrawn_at=None)
    judged = alike.filter(current_grading__state=GradingState.DONE).exclude(
        current_grading__verdict__in=NO_RESULT
    )
    return judged.select_related("current_grading").order_by("created_at").last()


def failed_by_us() -> QuerySet[Submission]:
    """What ended in a Judge Error a while ago and is due to be judged anew; each failure makes the wait longer."""
    of_us = Submission.objects.filter(
        current_grading__verdict=FAILED_BY_US, withdrawn_at=None, item__interview__released_at=None
    ).exclude(item__interview__close_reason=CloseReason.CANCELLED)
    counted = of_us.annotate(failures=_FAILURES)
    due = Q()
    for failures, wait in enumerate(settings.GRADING_RETRIES, start=1):
        due |= Q(failures=failures, current_grading__recorded_at__lte=Now() - wait)
    return counted.filter(due)


def tried_again_at(submission: Submission) -> datetime | None:
    """When a result that the platform owes is tried again; None when nothing is owed, or it was tried often enough."""
    grading = submission.current_grading
    if grading is None or grading.recorded_at is None or grading.verdict != FAILED_BY_US:
        return None
    failures = submission.gradings.filter(verdict=FAILED_BY_US).count()
    waits = settings.GRADING_RETRIES
    return grading.recorded_at + waits[failures - 1] if failures <= len(waits) else None


def is_unfinished(grading: Grading) -> bool:
    """Whether it is judged still, by its row as it is now."""
    return Grading.objects.filter(pk=grading.pk, state__in=UNFINISHED).exists()


def queue_position(grading: Grading) -> int | None:
    """1 for the next in line, None when it does not wait any more. What waits for another device stands in another."""
    if grading.state != GradingState.QUEUED:
        return None
    line = Grading.objects.filter(state=GradingState.QUEUED, device=grading.device)
    ahead = line.filter(queued_at__lt=grading.queued_at)
    return ahead.count() + 1
