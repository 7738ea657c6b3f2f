"""Handing an answer over: Run, Submit, and what closing makes of a draft."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from grader import Own
from interview.exceptions import InterviewClosed, InvalidAnswer, StillGrading
from interview.models import Draft, Grading, Interview, Item, Submission
from interview.models.event import EventKind
from interview.models.grading import UNFINISHED, GradingState
from interview.models.question import AnswerForm
from interview.models.snapshot import SnapshotReason
from interview.models.submission import RUNS, SubmissionKind
from interview.selectors import item as items
from interview.selectors import stage as stages
from interview.selectors import submission as submissions
from interview.selectors.stage import Standing
from interview.services import draft as drafts
from interview.services import event
from interview.services.answer import storable, validated
from interview.services.bell import ring
from interview.services.fair_use import refuse_too_many
from interview.services.key import score
from interview.services.lock import lock
from interview.services.stage import refuse_elsewhere

REASONS = {
    SubmissionKind.RUN: SnapshotReason.RUN,
    SubmissionKind.RUN_MY_CODE: SnapshotReason.RUN_MY_CODE,
    SubmissionKind.SUBMIT: SnapshotReason.SUBMIT,
}
EVENTS = {
    SubmissionKind.RUN: EventKind.RAN_CODE,
    SubmissionKind.RUN_MY_CODE: EventKind.RAN_OWN_CODE,
    SubmissionKind.SUBMIT: EventKind.SUBMITTED_CODE,
}


@transaction.atomic
def submit(
    item: Item,
    kind: SubmissionKind,
    answer: Any,
    now: datetime | None = None,
    *,
    again: bool = False,
    snippet: str = "",
    stdin: str = "",
) -> Submission:
    """Hand code over to be judged: `run` by the visible tests, `submit` by all. It is saved as the draft as well.

    What was judged before, to the last character, is given that result at once, unless it shall be judged `again`.
    `run_my_code` is judged by nothing: it runs each time, with `snippet` after it and `stdin` to read.

    Raises InterviewClosed, AnswerLocked, QuestionPassed, QuestionAhead, StillGrading (one at a time for each question),
    TooManyRuns or InvalidAnswer.
    """
    moment = now or timezone.now()
    clean, own = validated(item.release, answer), _validated_own(kind, snippet, stdin)
    _refuse_other_than_code(item)
    _refuse_closed(item, moment)
    _refuse_in_flight(item)
    is_new = again or kind == SubmissionKind.RUN_MY_CODE
    same = None if is_new else submissions.same_before(item, kind, clean)
    if same is None:
        refuse_too_many(item.interview.candidate, moment)
    stored = Draft.objects.filter(item=item).first()
    drafts.store(item, stored, clean, moment, REASONS[kind])
    event.note(item.interview, EVENTS[kind], actor=item.interview.candidate, item=item)
    # A row even where the result is known: of two submits the later counts, whatever came between.
    known = same.current_grading if same else None
    made = Submission.objects.create(
        item=item,
        kind=kind,
        answer=clean,
        created_at=moment,
        current_grading=known,
        snippet=own.snippet,
        stdin=own.stdin,
    )
    return made if known else have_judged(made)


def _validated_own(kind: SubmissionKind, snippet: str, stdin: str) -> Own:
    """Own lines and input as they may be stored."""
    own = Own(storable(snippet), storable(stdin))
    if kind != SubmissionKind.RUN_MY_CODE and own != Own():
        raise InvalidAnswer("Own lines and input come with Run my code alone; nothing was run.")
    if fault := own.fault():
        raise InvalidAnswer(f"Not run: {fault}")
    return own


def _refuse_other_than_code(item: Item) -> None:
    if item.release.answer_form != AnswerForm.CODE:
        raise InvalidAnswer(
            "Only code is submitted. This answer saves itself, and what is saved last counts."
        )


def _refuse_closed(item: Item, now: datetime) -> None:
    locked = lock(item.interview)
    if not locked.takes_work(now):
        raise InterviewClosed(drafts.PAUSED if locked.is_paused else drafts.CLOSED)
    refuse_elsewhere(locked, item, now)
    drafts.refuse_revealed(item)


def _refuse_in_flight(item: Item) -> None:
    if items.in_flight(item):
        raise StillGrading(
            "Your last run of this question is still being judged. Wait for its result, then try again."
        )


@transaction.atomic
def stop(item: Item, now: datetime | None = None) -> bool:
    """Have the newest run or submit judged no further; whether it was still being judged.

    A Submit is withdrawn by it. After closing, or of a question that was left for good, nothing is stopped: what counts
    is fixed then.
    """
    moment = now or timezone.now()
    locked = lock(item.interview)
    is_here = stages.present(locked, moment).standing(item.position) == Standing.HERE
    if not (is_here and locked.takes_work(moment)):
        return False
    newest = items.latest_submission(item)
    stopped = _cancelled(Grading.objects.filter(submission=newest)) if newest else []
    withdrawn = Submission.objects.filter(current_grading__in=stopped, kind=SubmissionKind.SUBMIT)
    if withdrawn.update(withdrawn_at=moment):
        event.note(item.interview, EventKind.WITHDREW_CODE, actor=item.interview.candidate, item=item)
    return bool(stopped)


def _cancelled(gradings: QuerySet[Grading]) -> list[UUID]:
    """Those of them that were unfinished and are cancelled now."""
    under_way = gradings.filter(state__in=UNFINISHED).select_for_update(of=("self",))
    stopped = list(under_way.values_list("pk", flat=True))
    Grading.objects.filter(pk__in=stopped).update(
        state=GradingState.CANCELLED, lease_until=None, progress=None
    )
    return stopped


def unsettle(interview: Interview, now: datetime) -> None:
    """Take back what closing made of drafts, since closing will settle them anew. Expects the locked row.

    Gradings of it that are unfinished end here; those that are done are kept, and count no more.
    """
    finals = Submission.objects.filter(
        item__interview=interview, kind=SubmissionKind.FINAL, withdrawn_at=None
    )
    _cancelled(Grading.objects.filter(submission__in=finals))
    finals.update(withdrawn_at=now)


def settle(item: Item) -> None:
    """Fix what counts of an item: its last Submit, else what was saved last, else nothing."""
    draft = items.draft_of(item)
    if items.counting_submission(item) is None and draft is not None:
        make_final(item, draft.answer)


def make_final(item: Item, answer: dict[str, Any]) -> Submission:
    """What closing makes of the draft of an item that was never submitted. One for each item; the database says so."""
    submission = Submission.objects.create(
        item=item, kind=SubmissionKind.FINAL, answer=answer, created_at=timezone.now()
    )
    match item.release.answer_form:
        case AnswerForm.CODE:
            return have_judged(submission)
        case AnswerForm.CHOICE | AnswerForm.ESTIMATE:
            return score(submission)
        case _:
            return submission


def have_judged(submission: Submission) -> Submission:
    """Ask a worker for a result, which from now on is the one that speaks for the submission."""
    grading = Grading.objects.create(
        release=submission.item.release,
        submission=submission,
        asked_by=submission.item.interview.candidate,
        files=submission.answer["files"],
        visible_only=submission.kind in RUNS,
        seed=secrets.randbits(32),
        device=submission.item.release.device,
    )
    submission.current_grading = grading
    submission.save(update_fields=["current_grading"])
    ring(grading)
    return submission
