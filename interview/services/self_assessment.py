"""Marking oneself while one waits for the review: the criteria are shown, marks are saved, and finished."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from interview.exceptions import NotAllowed, SelfAssessmentClosed, StaleMarks
from interview.models import Interview, SelfAssessment, SelfMark, User
from interview.selectors import interview as interviews
from interview.selectors import self_assessment as self_assessments
from interview.services.lock import lock


@transaction.atomic
def open_criteria(interview: Interview, candidate: User, now: datetime | None = None) -> SelfAssessment:
    """Note that the criteria are shown from now on, after which nothing opens the interview again.

    Raises SelfAssessmentClosed with the reason, NotAllowed for anybody but the candidate.
    """
    moment = now or timezone.now()
    locked = _locked(interview, candidate, moment)
    if not self_assessments.has_something(_whole(locked)):
        raise SelfAssessmentClosed("There is nothing to mark: no question that you answered has criteria.")
    assessment, _ = SelfAssessment.objects.get_or_create(interview=locked, defaults={"opened_at": moment})
    return assessment


@transaction.atomic
def save(
    assessment: SelfAssessment,
    candidate: User,
    met: Mapping[UUID, Collection[str]],
    revision: int,
    *,
    finish: bool = False,
    now: datetime | None = None,
) -> SelfAssessment:
    """Keep what `met` says, by item, of its criteria; an item that is missing there has no marks. `finish` fixes them.

    Raises StaleMarks when they were saved elsewhere after `revision`, and as `open_criteria`.
    """
    moment = now or timezone.now()
    locked = _locked(assessment.interview, candidate, moment)
    held = SelfAssessment.objects.get(pk=assessment.pk)
    if held.finished_at:
        raise SelfAssessmentClosed("Not saved: you have finished your marks, and they stay as they are.")
    if held.revision != revision:
        raise StaleMarks(held.revision)
    _write(held, self_assessments.sheets(_whole(locked)), met)
    held.revision, held.saved_at = revision + 1, moment
    held.finished_at = moment if finish else None
    held.save()
    return held


def _locked(interview: Interview, candidate: User, now: datetime) -> Interview:
    """The interview, held against extra time and the release, while it may be marked."""
    locked = lock(interview)
    if locked.candidate_id != candidate.pk:
        raise NotAllowed("This is somebody else's interview.")
    if refusal := self_assessments.refusal(locked, now):
        raise SelfAssessmentClosed(refusal)
    return locked


def _whole(locked: Interview) -> Interview:
    return interviews.with_items(Interview.objects.filter(pk=locked.pk)).get()


def _write(
    held: SelfAssessment, sheets: list[self_assessments.Sheet], met: Mapping[UUID, Collection[str]]
) -> None:
    marks = [
        SelfMark(
            assessment=held,
            item=sheet.item,
            criterion=line.criterion,
            met=line.criterion in met[sheet.item.pk],
        )
        for sheet in sheets
        if sheet.item.pk in met
        for line in sheet.lines
    ]
    held.marks.all().delete()
    SelfMark.objects.bulk_create(marks)
