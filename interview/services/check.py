"""Proving a question on a worker: asked for, claimed, run with no transaction open, recorded once."""

import logging
import os
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from grader import JudgeError, Problem, QuestionError, SandboxUnavailable
from grader import Question as Folder
from grader.check import check_question
from grader.ledger import bank_kill_rate
from grader.proof import Report
from interview import queue
from interview.exceptions import NotAllowed
from interview.models import Check, Proof, Question, User
from interview.models.check import UNFINISHED, CheckState
from interview.models.working_copy import ChangeKind
from interview.selectors.check import is_proven
from interview.services import working_copy
from interview.services.change import record as record_change
from interview.services.grading import grader
from interview.services.lease import ClaimLost, held, renewed_lease, teller

__all__ = ["cancel", "claim", "fail", "is_proven", "put_back", "record", "request", "run", "sweep"]

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
        question=question, content_hash=copy.content_hash, files=copy.files, asked_by=user
    )
    queue.enqueue_check(check.pk)
    return check


def cancel(check: Check, user: User) -> None:
    """Stop a check that is under way; a finished one stays as it is. Raises NotAllowed."""
    if not user.writes:
        raise NotAllowed("Only authors, curators and admins may stop a check.")
    Check.objects.filter(UNFINISHED, pk=check.pk).update(state=CheckState.CANCELLED, lease_until=None)


def run(check_id: UUID) -> None:
    """Claim, prove, record. A check that is no longer queued is somebody else's, or done: nothing happens."""
    check = claim(check_id)
    if check is None:
        return
    try:
        with renewed_lease(check):
            report = prove(check)
    except ClaimLost:
        logger.info("Check %s was stopped while it ran.", check.pk)
    except SandboxUnavailable as reason:
        put_back(check, waits_because=str(reason))
    except JudgeError as error:
        fail(check, error)
    else:
        record(check, report)


def claim(check_id: UUID) -> Check | None:
    """The check if this call moved it from queued to running, else None. Raises the fence."""
    claimed = Check.objects.filter(pk=check_id, state=CheckState.QUEUED).update(
        state=CheckState.RUNNING,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        started_at=Now(),
        lease_until=Now() + settings.GRADING_LEASE,
        progress=None,
        waits_because="",
    )
    return Check.objects.select_related("question").get(pk=check_id) if claimed else None


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


def put_back(check: Check, waits_because: str) -> None:
    """Return a claimed check to the queue: this host cannot judge now. It costs no attempt."""
    held(check).update(
        state=CheckState.QUEUED,
        attempts=F("attempts") - 1,
        started_at=None,
        lease_until=None,
        waits_because=waits_because,
    )
    logger.error("Check %s waits: %s", check.pk, waits_because)


def fail(check: Check, error: Exception) -> None:
    """A failure of ours: run again, and after the last attempt recorded as what it is."""
    logger.error("Check %s failed in attempt %s: %s", check.pk, check.attempts, error)
    if check.attempts >= settings.GRADING_ATTEMPTS:
        problem = Problem("the grader", 0, "failed, which says nothing about the question", "check it again")
        record(check, Report(check.question.slug, content_hash=check.content_hash, problems=(problem,)))
        return
    with transaction.atomic():
        held(check).update(state=CheckState.QUEUED, started_at=None, lease_until=None, rung_at=Now())
        queue.enqueue_check(check.pk)


def sweep() -> None:
    """Ring again for checks whose message was lost, and take back those whose worker is gone."""
    for lost in Check.objects.filter(state=CheckState.RUNNING, lease_until__lt=Now()):
        fail(lost, RuntimeError("its worker stopped answering"))
    _ring_again()


@transaction.atomic
def _ring_again() -> None:
    # Checks queue for minutes behind one another, so the bell is rung less often than for gradings.
    silent = Check.objects.filter(state=CheckState.QUEUED, rung_at__lt=Now() - timedelta(minutes=1))
    waiting = list(silent.select_for_update(skip_locked=True).values_list("pk", flat=True))
    Check.objects.filter(pk__in=waiting).update(rung_at=Now())
    for check_id in waiting:
        queue.enqueue_check(check_id)
