"""Reviewing what a machine cannot judge, and releasing it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from interview.exceptions import InvalidMark, NotReviewable
from interview.models import Comment, Interview, Item, Mark, Override, Review, User
from interview.models.event import EventKind
from interview.models.review import ReviewState
from interview.selectors import assignment
from interview.selectors import opinion as opinions
from interview.services import event
from interview.services.lock import lock
from interview.services.settling import begin_settling

RUBRIC_CHANGED = (
    "The rubric of this question was changed after this page was shown. Load it anew, and mark by that."
)


@transaction.atomic
def claim_review(interview: Interview, reviewer: User, now: datetime | None = None) -> Review:
    """Take the interview for this reviewer, or renew an earlier claim. Raises NotReviewable with the reason."""
    moment = now or timezone.now()
    locked = lock(interview)
    _refuse_unreviewable(locked, reviewer, moment)
    review, created = Review.objects.get_or_create(
        interview=locked,
        reviewer=reviewer,
        settles=opinions.are_both_in(locked),
        defaults={"claimed_at": moment, "lease_until": moment + settings.REVIEW_LEASE},
    )
    if created:
        event.note(locked, EventKind.CLAIMED, actor=reviewer)
    if created and review.settles:
        begin_settling(review)
    return _renew(review, moment)


@transaction.atomic
def hold(review: Review, now: datetime | None = None) -> Review:
    """Renew the claim of this very review.

    Raises NotReviewable as `claim_review` does, and where two others were quicker, so that only settling is left.
    """
    held = claim_review(review.interview, review.reviewer, now)
    if held.pk != review.pk:
        raise NotReviewable(
            "Two others have marked it meanwhile. The queue shows it, to settle where they differ."
        )
    return held


def claim_first(waiting: Iterable[Interview], reviewer: User) -> Review | None:
    """Take the first of them that is still free. None when another was quicker with every one."""
    for interview in waiting:
        try:
            return claim_review(interview, reviewer)
        except NotReviewable:
            continue
    return None


def _refuse_unreviewable(interview: Interview, reviewer: User, now: datetime) -> None:
    if interview.candidate_id == reviewer.pk:
        raise NotReviewable("This is your own interview. Somebody else has to review it.")
    if interview.released_at:
        raise NotReviewable("The feedback on this interview is released already.")
    if opinions.has_handed_over(interview, reviewer) and not opinions.are_both_in(interview):
        raise NotReviewable(
            "You have handed your marks over. They stay as they are until another reviewer has marked."
        )
    if not assignment.awaiting_review(reviewer, now).filter(pk=interview.pk).exists():
        raise NotReviewable(
            "This interview cannot be reviewed now: it is still running, still being judged, "
            "or another reviewer holds it. The queue shows it when it is free."
        )


def _renew(review: Review, now: datetime) -> Review:
    review.lease_until = now + settings.REVIEW_LEASE
    review.save(update_fields=["lease_until"])
    return review


@dataclass(frozen=True)
class Judgement:
    """What a reviewer says of one answer: which criteria it meets, why, and words for the candidate.

    Where the order is scored, `covered_by` has the number of the candidate's entry that covers a criterion.
    `override` is points in place of the automatic ones and the reason; None leaves these as they are.
    """

    met: Collection[str]
    comment: str = ""
    covered_by: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    override: tuple[float, str] | None = None


@transaction.atomic
def mark_item(review: Review, item: Item, judgement: Judgement, now: datetime | None = None) -> None:
    """Store what a reviewer says of an answer. Renews the claim.

    Raises NotReviewable where its rubric was changed after `item` was read: then some criteria were never looked at.
    """
    held = hold(review, now)
    if not Item.objects.filter(pk=item.pk, rubric_release=item.rubric_release_id).exists():
        raise NotReviewable(RUBRIC_CHANGED)
    store_marks(held, item, judgement)
    _set_override(held, item, judgement.override)


def store_marks(review: Review, item: Item, judgement: Judgement) -> None:
    """Write a mark for every entry of the item's rubric. Whether this person may is the caller's to know."""
    for entry in item.marking_release.rubric_entries():
        is_met = entry["id"] in judgement.met
        # What is not met is covered by nothing; and only steps of the reference order have a place.
        number = judgement.covered_by.get(entry["id"]) if is_met and entry.get("step") else None
        reason = judgement.reasons.get(entry["id"], "").strip()
        Mark.objects.update_or_create(
            review=review,
            item=item,
            criterion=entry["id"],
            defaults={
                "met": is_met,
                "entry": number,
                "reason": reason,
                "rubric_release": item.rubric_release,
            },
        )
    _set_comment(review, item, judgement.comment.strip())
    begun(review)


def begun(review: Review) -> None:
    """Note that something was written. What is scheduled stays so: it was complete, and marks cannot become less."""
    Review.objects.filter(pk=review.pk, state=ReviewState.CLAIMED).update(state=ReviewState.DRAFT)


def _set_override(review: Review, item: Item, override: tuple[float, str] | None) -> None:
    """Raises InvalidMark for points that the automatic part of the question cannot give, or without a reason."""
    if override is None:
        Override.objects.filter(review=review, item=item).delete()
        return
    points, reason = override
    most = item.release.automatic_points
    if not 0 <= points <= most:
        raise InvalidMark(f"The automatic part gives from 0 to {most:g} points, not {points:g}.")
    if not reason.strip():
        raise InvalidMark(
            "Points in place of the automatic ones need a reason, which the candidate will read."
        )
    Override.objects.update_or_create(
        review=review, item=item, defaults={"points": points, "reason": reason.strip()}
    )


def _set_comment(review: Review, item: Item, body: str) -> None:
    whole: dict[str, Any] = {"review": review, "item": item, "line": None}
    if body:
        Comment.objects.update_or_create(**whole, defaults={"body": body})
    else:
        Comment.objects.filter(**whole).delete()
