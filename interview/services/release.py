"""Concluding a review: kept for later, released at once or at a set time, and mailed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from interview.exceptions import IncompleteReview, NotReviewable
from interview.models import AreaJudgement, Interview, Review
from interview.models.event import EventKind
from interview.models.review import ReviewState
from interview.selectors import report as reports
from interview.services import event
from interview.services.lock import lock
from interview.services.mail import send
from interview.services.review import begun, hold

logger = logging.getLogger(__name__)

FURTHEST = timedelta(days=90)
MAILED_FOR = timedelta(days=1)  # how long a mail that cannot be sent is tried again


@dataclass(frozen=True)
class Conclusion:
    """The words that conclude a review. `areas` has a recommendation and its evidence by the slug of the area.

    `origin` is where this copy is reached, for the link in the mail.
    """

    recommendation: str
    evidence: str
    summary: str
    areas: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    origin: str = ""


@transaction.atomic
def save_conclusion(review: Review, conclusion: Conclusion) -> Review:
    """Keep the concluding words of an unfinished review, complete or not. One that was scheduled waits again."""
    held = hold(review)
    begun(held)
    held.refresh_from_db(fields=["state"])
    if held.state == ReviewState.SCHEDULED:
        held.state, held.release_at = ReviewState.DRAFT, None
    write(held, conclusion)
    return held


@transaction.atomic
def release_review(review: Review, conclusion: Conclusion, now: datetime | None = None) -> Review:
    """Show the candidate the report.

    Raises IncompleteReview with what is missing, NotReviewable without a claim or where this is one of two opinions.
    """
    moment = now or timezone.now()
    held = hold(review, moment)
    _refuse_one_opinion(held)
    refuse_incomplete(held, conclusion)
    write(held, conclusion)
    return _released(held, moment)


@transaction.atomic
def schedule_release(
    review: Review, conclusion: Conclusion, at: datetime, now: datetime | None = None
) -> Review:
    """Have it released at a time to come. Raises as `release_review`, and for a time that cannot be."""
    moment = now or timezone.now()
    held = hold(review, moment)
    _refuse_one_opinion(held)
    refuse_incomplete(held, conclusion)
    if not moment < at <= moment + FURTHEST:
        raise IncompleteReview(f"Not scheduled: choose a time within the next {FURTHEST.days} days.")
    held.state, held.release_at = ReviewState.SCHEDULED, at
    write(held, conclusion)
    return held


def _refuse_one_opinion(held: Review) -> None:
    if held.interview.marked_twice and not held.settles:
        raise NotReviewable(
            "Not released: two reviewers mark this interview. Hand your marks over; a third settles and releases."
        )


def release_due(now: datetime | None = None) -> int:
    """Release what was scheduled for a time that has come. Returns how many."""
    moment = now or timezone.now()
    due = Review.objects.filter(state=ReviewState.SCHEDULED, release_at__lte=moment)
    return sum(_release_if_due(pk, moment) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _release_if_due(pk: UUID, now: datetime) -> bool:
    """Whether it still was due: its reviewer may have taken it back, or moved it, a moment ago."""
    lock(Interview.objects.get(reviews__pk=pk))
    held = Review.objects.select_related("interview").get(pk=pk)
    if held.state != ReviewState.SCHEDULED or held.release_at is None or held.release_at > now:
        return False
    _released(held, now)
    return True


def _released(held: Review, now: datetime) -> Review:
    held.state, held.release_at, held.released_at = ReviewState.RELEASED, None, now
    held.save()
    Interview.objects.filter(pk=held.interview_id).update(released_at=now)
    event.note(held.interview, EventKind.RELEASED, actor=held.reviewer)
    return held


def write(held: Review, conclusion: Conclusion) -> None:
    """Store the words of a conclusion, whether or not they are complete."""
    held.recommendation, held.origin = conclusion.recommendation, conclusion.origin
    held.evidence, held.summary = conclusion.evidence.strip(), conclusion.summary.strip()
    held.save()
    for area, (recommendation, evidence) in conclusion.areas.items():
        words = {"recommendation": recommendation, "evidence": evidence.strip()}
        AreaJudgement.objects.update_or_create(review=held, area_id=area, defaults=words)


def refuse_incomplete(review: Review, conclusion: Conclusion) -> None:
    """Raises IncompleteReview with everything that is missing."""
    report = reports.report(review.interview, review)
    missing = [
        f"question {entry.item.position} is not marked" for entry in report.items if not entry.is_marked
    ]
    missing += [
        f"{score.area.title} has {what}" for score in report.areas for what in _lacks(score, conclusion)
    ]
    missing += ["the recommendation is not chosen"] if not conclusion.recommendation else []
    missing += ["the recommendation has no evidence"] if not conclusion.evidence.strip() else []
    missing += ["the summary for the candidate is empty"] if not conclusion.summary.strip() else []
    if missing:
        raise IncompleteReview(f"Not released yet: {'; '.join(missing)}. Complete it and release again.")


def _lacks(score: reports.AreaScore, conclusion: Conclusion) -> list[str]:
    recommendation, evidence = conclusion.areas.get(score.area.slug, ("", ""))
    without = ["no recommendation"] if not recommendation else []
    return without + (["no evidence"] if not evidence.strip() else [])


@transaction.atomic
def announce_due(now: datetime | None = None) -> int:
    """Mail those whose report was released and who do not know it yet. Returns how many mails were sent.

    Apart from the release, which must not wait for a mail server; what fails is tried again for a day. Where no mail
    server is named nobody is mailed, and nothing says so.
    """
    if not settings.SENDS_MAIL:
        return 0
    moment = now or timezone.now()
    waiting = Review.objects.filter(
        state=ReviewState.RELEASED, announced_at=None, released_at__gt=moment - MAILED_FOR
    ).exclude(origin="")
    # Another web process may go round at the same moment: what it holds is its own.
    free = waiting.select_related("interview__candidate", "reviewer").select_for_update(
        skip_locked=True, of=("self",)
    )
    found = list(free)
    return sum(_announced(review, trouble) for review, trouble in zip(found, _mailed(found), strict=True))


def _mailed(reviews: list[Review]) -> list[str]:
    return send([_mail(review) for review in reviews]) if reviews else []


def _mail(review: Review) -> EmailMessage:
    words = {
        "interview": review.interview,
        "review": review,
        "link": review.origin.rstrip("/") + reverse("report", args=[review.interview_id]),
    }
    subject = render_to_string("mail/released_subject.txt", words).strip()
    return EmailMessage(
        subject, render_to_string("mail/released.txt", words), to=[review.interview.candidate.email]
    )


def _announced(review: Review, trouble: str) -> bool:
    if trouble:
        logger.warning("The mail about review %s could not be sent: %s", review.pk, trouble)
    sent = None if trouble else timezone.now()
    Review.objects.filter(pk=review.pk).update(mail_trouble=trouble, announced_at=sent)
    return not trouble
