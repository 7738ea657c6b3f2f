from typing import Any

from django.db import models
from django.db.models import Q, QuerySet

from interview.models import Draft, Item, Release, Submission, User
from interview.models.event import EventKind
from interview.models.question import AnswerForm
from interview.models.submission import SubmissionKind


class ItemState(models.TextChoices):
    """What the candidate is told of an item while the interview runs."""

    EMPTY = "empty", "Not answered"
    DRAFT = "draft", "Draft saved"
    SUBMITTED = "submitted", "Submitted"


def of_candidate(user: User) -> QuerySet[Item]:
    """The one door through which a candidate's requests reach an item."""
    return (
        Item.objects.filter(interview__candidate=user)
        .select_related("interview", "release", "release__question__area", "draft")
        .defer("release__files")
    )


def has_rubric(path: str = "") -> Q:
    """Whether a person marks the item at the end of `path`: the rubric that it is marked by gives points."""
    served = Q(**{f"{path}rubric_release": None, f"{path}release__rubric_points__gt": 0})
    return served | Q(**{f"{path}rubric_release__rubric_points__gt": 0})


def with_answer(item: Item) -> Item:
    """The item as it is stored now, with everything that decides what counts of it."""
    return Item.objects.select_related("interview", "release", "draft").get(pk=item.pk)


def draft_of(item: Item) -> Draft | None:
    return getattr(item, "draft", None)


def blank_answer(release: Release) -> dict[str, Any]:
    """What the editor opens with."""
    match release.answer_form:
        case AnswerForm.CODE:
            return {"files": dict(release.starter)}
        case AnswerForm.ENTRIES:
            return {"entries": []}
        case AnswerForm.CHOICE:
            return {"choices": {}}
        case AnswerForm.ESTIMATE:
            return {"estimate": "", "working": ""}
        case _:
            return {"text": ""}


def answer_of(item: Item) -> dict[str, Any]:
    """The answer as last saved, else what the editor opens with."""
    draft = draft_of(item)
    return draft.answer if draft else blank_answer(item.release)


def state(item: Item) -> ItemState:
    """From the draft and the submissions that are on `item` (prefetched or not)."""
    if any(submission.counts for submission in item.submissions.all()):
        return ItemState.SUBMITTED
    draft = draft_of(item)
    if draft is None or draft.answer == blank_answer(item.release):
        return ItemState.EMPTY
    return ItemState.DRAFT


def counting_submission(item: Item) -> Submission | None:
    """What is scored: the last Submit; without one, the final submission that closing made of the draft."""
    counting = [submission for submission in item.submissions.all() if submission.counts]
    submits = [submission for submission in counting if submission.kind == SubmissionKind.SUBMIT]
    return next(reversed(submits or counting), None)


def counted_answer(item: Item) -> dict[str, Any]:
    """What is scored; where nothing was handed over, what was saved or the blank answer."""
    counting = counting_submission(item)
    return dict(counting.answer) if counting else answer_of(item)


def unsubmitted_work(item: Item) -> dict[str, Any] | None:
    """A draft that is newer than what counts and differs from it, for the reviewer to see."""
    draft, counting = draft_of(item), counting_submission(item)
    if draft is None or counting is None or draft.answer == counting.answer:
        return None
    return dict(draft.answer)


def latest_submission(item: Item) -> Submission | None:
    """The newest run or submit, whose result the page shows; not what an earlier closing made of the draft."""
    handed_over = item.submissions.exclude(kind=SubmissionKind.FINAL, withdrawn_at__isnull=False)
    return handed_over.select_related("current_grading__submission").order_by("created_at").last()


def latest_own_run(item: Item) -> Submission | None:
    """The newest Run my code, whose lines and input the page offers again."""
    return item.submissions.filter(kind=SubmissionKind.RUN_MY_CODE).order_by("created_at").last()


def is_revealed(item: Item) -> bool:
    """Whether practice has shown the model answer to it, which locks the answer."""
    return item.events.filter(kind=EventKind.REVEALED).exists()


def in_flight(item: Item) -> bool:
    """Whether the newest run or submit of this item is still being judged.

    An older one may be as well, after a failure of ours: it is in nobody's way.
    """
    newest = latest_submission(item)
    return (
        newest is not None and newest.current_grading is not None and not newest.current_grading.is_finished
    )
