"""Proving a question on a worker: asked for, claimed, run with no transaction open, recorded once."""

import logging
import os
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from grader import Problem, QuestionError
from grader import Question as Folder
from grader.check import check_question
from grader.ledger import bank_kill_rate
from grader.proof import Report
from interview.exceptions import NotAllowed
from interview.models import Check, Proof, Question, User
from interview.models.check import UNFINISHED, CheckState
from interview.models.release import Device
from interview.models.working_copy import ChangeKind
from interview.selectors.check import is_proven
from interview.services import working_copy
from interview.services.bell import ring
from interview.services.change import record as record_change
from interview.services.grading import grader
from interview.services.lease import (
    claimed,
    done_under_lease,
    held,
    queue_again,
    ring_again,
    take_back_abandoned,
    teller,
)

__all__ = ["cancel", "claim", "fail", "is_proven", "record", "request", "run", "sweep"]

logger = logging.getLogger(__name__)


@transaction.atomic
def request(question: Question, user: User) -> Check:
    """Have the files of the working copy checked: the check that does so, or the one that has found them in order.

    A check of older files that is still under way is cancelled. Raises NotAllowed.
    """
    if not user.writes:
        raise NotAllowed("Only authors, curators and admins may have questions checked.")
    copy = working_copy.lock(question)
    same = question.checks.filter(content_hash=copy.content_hash)
    known = same.filter(UNFINISHED | Q(ok=True)).order_by("-queued_at").first()
    if known is not None:
        return known
    question.checks.filter(UNFINISHED).update(state=CheckState.CANCELLED, lease_until=None)
    check = Check.objects.create(
        question=question,
        content_hash=copy.content_hash,
        files=copy.files,
        asked_by=user,
        device=_device(copy.file_contents),
    )
    ring(check)
    return check


def _device(files: Mapping[str, bytes]) -> str:
    """What its examples run on. Files that make no question are complained of, which needs no GPU."""
    try:
        return Folder.from_files(files).device
    except QuestionError:
        return Device.CPU


def cancel(check: Check, user: User) -> None:
    """Stop a check that is under way; a finished one stays as it is. Raises NotAllowed."""
    if not user.writes:
        raise NotAllowed("Only authors, curators and admins may stop a check.")
    Check.objects.filter(UNFINISHED, pk=check.pk).update(state=CheckState.CANCELLED, lease_until=None)


def run(check_id: UUID) -> None:
    """Claim, prove, record. A check that is no longer queued is somebody else's, or done: nothing happens."""
    check = claim(check_id)
    if check is not None:
        done_under_lease(check, prove, record, fail)


def claim(check_id: UUID) -> Check | None:
    """The check if this call moved it from queued to running, else None."""
    return claimed(Check.objects.select_related("question"), check_id)


def prove(check: Check) -> Report:
    """What the grader says of these files. Raises ClaimLost when the check is no longer ours."""
    slug = check.question.slug
    try:
        folder = Folder.from_files(check.file_contents)
    except QuestionError as error:
        return Report(slug, content_hash=check.content_hash, problems=error.problems)
    return check_question(
        folder,
        grader(),
        on_progress=teller(check),
        workers=max(1, len(os.sched_getaffinity(0)) // 2),
        kill_rate=bank_kill_rate(settings.BANK_DIR),
    )


@transaction.atomic
def record(check: Check, report: Report) -> bool:
    """Store what was found, and the proof if all is well. Returns whether the claim still stood."""
    stored = held(check).update(
        state=CheckState.DONE,
        ok=report.ok,
        report=report.to_dict(),
        lease_until=None,
        recorded_at=Now(),
    )
    if not stored:
        logger.warning("A report of check %s came after its claim was lost; it was refused.", check.pk)
        return False
    if report.ok:
        Proof.objects.get_or_create(content_hash=check.content_hash, defaults={"found_by": check})
    note = ("Green: " if report.ok else "Not green: ") + report.summary
    record_change(check.question, ChangeKind.CHECKED, check.asked_by, note=note[:200])
    return True


def fail(check: Check, error: Exception) -> None:
    """A failure of ours: run again, and after the last attempt recorded as what it is."""
    logger.error("Check %s failed in attempt %s: %s", check.pk, check.attempts, error)
    if check.attempts >= settings.GRADING_ATTEMPTS:
        problem = Problem("the grader", 0, "failed, which says nothing about the question", "check it again")
        record(check, Report(check.question.slug, content_hash=check.content_hash, problems=(problem,)))
        return
    queue_again(check)


def sweep() -> None:
    """Ring again for checks whose message was lost, and take back those whose worker is gone."""
    take_back_abandoned(Check.objects.select_related("question"), fail)
    # Checks queue for minutes behind one another, so the bell is rung less often than for gradings.
    ring_again(Check.objects.filter(rung_at__lt=Now() - timedelta(minutes=1)))
