"""One grading: claimed by a worker, judged with no transaction open, recorded once."""

import logging
import os
import threading
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from grader import Grader, Own, Question, Result, SandboxUnavailable, Verdict, device_asked_for
from interview import news
from interview.models import Grading, Release
from interview.models.grading import GradingState
from interview.models.submission import SubmissionKind
from interview.services.lease import (
    claimed,
    done_under_lease,
    held,
    queue_again,
    ring_again,
    take_back_abandoned,
    teller,
)

logger = logging.getLogger(__name__)

_grader: Grader | None = None
_grader_guard = threading.Lock()


def grader() -> Grader:
    """This process's grader; its forkserver serves all worker threads."""
    global _grader
    with _grader_guard:
        if _grader is None:
            _grader = Grader(device=device_asked_for(os.environ))
        return _grader


def warm_grader() -> bool:
    """Start the forkserver before the first candidate needs it. A host that cannot judge says so at once."""
    try:
        grader().start()
    except SandboxUnavailable as reason:
        logger.error("Coding answers will wait. %s", reason)
        return False
    return True


def gpu_is_lost() -> bool:
    """Whether no GPU of this process can be used any more."""
    with _grader_guard:
        return _grader is not None and bool(_grader.device_faults)


def close_grader() -> None:
    global _grader
    with _grader_guard:
        if _grader is not None:
            _grader.close()
        _grader = None


def grade(grading_id: UUID) -> None:
    """Claim, judge, record. A grading that is no longer queued is somebody else's, or done: nothing happens."""
    grading = claim(grading_id)
    if grading is not None:
        done_under_lease(grading, judge, record, fail)


def claim(grading_id: UUID) -> Grading | None:
    """The grading if this call moved it from queued to running, else None."""
    rows = Grading.objects.select_related("release", "submission").defer("release__files")
    return claimed(rows, grading_id)


def judge(grading: Grading) -> Result:
    """What the grader says of this grading's files. Raises ClaimLost when it is no longer ours."""
    question, asked = _question(grading), grading.submission
    if asked and asked.kind == SubmissionKind.RUN_MY_CODE:
        own = Own(asked.snippet, asked.stdin)
        return grader().run(question, grading.files, own, seed=grading.seed, on_progress=teller(grading))
    return grader().judge(
        question,
        grading.files,
        seed=grading.seed,
        visible_only=grading.visible_only,
        on_progress=teller(grading),
    )


def _question(grading: Grading) -> Question:
    """What the grading is judged by."""
    return _released(grading.release.pk) if grading.release else Question.from_files(grading.question_files)


@lru_cache(maxsize=32)
def _released(release_id: int) -> Question:
    """A release never changes, so its files are fetched and read once for many gradings."""
    return Question.from_files(Release.objects.get(pk=release_id).file_contents)


def record(grading: Grading, result: Result) -> bool:
    """Store the result unless the claim was lost meanwhile. Returns whether it was stored."""
    stored = held(grading).update(
        state=GradingState.DONE,
        verdict=result.verdict.value,
        result=result.to_dict(),
        lease_until=None,
        judged_at=Now(),
        recorded_at=Now(),
    )
    news.tell(grading.pk)
    if not stored:
        logger.warning("A result of grading %s came after its claim was lost; it was refused.", grading.pk)
    return bool(stored)


def fail(grading: Grading, error: Exception) -> None:
    """A failure of ours: judged again, and after the last attempt recorded as Judge Error."""
    logger.error("Judge error in grading %s, attempt %s: %s", grading.pk, grading.attempts, error)
    if grading.attempts >= settings.GRADING_ATTEMPTS:
        record(grading, judge_error(grading))
    else:
        queue_again(grading)


def judge_error(grading: Grading) -> Result:
    """The result of a grading that our side could not finish."""
    return Result(
        verdict=Verdict.JUDGE_ERROR,
        score=0,
        max_score=grading.release.automatic_points if grading.release else 0,
        seed=grading.seed,
        message="The grader failed. This is ours, not yours: no attempt was used.",
    )


def sweep() -> None:
    """Ring again for gradings whose message was lost, and take back those whose worker is gone."""
    take_back_abandoned(Grading.objects.select_related("release"), fail)
    # A minute between bells: a long queue must not fill Redis with copies of the same message.
    silent = Q(rung_at__lt=Now() - timedelta(minutes=1))
    refused = Q(rung_at__lt=Now() - timedelta(seconds=8)) & ~Q(waits_because="")
    ring_again(Grading.objects.filter(silent | refused))
