"""Work that waits in a row: claimed by one worker, kept alive while it is done, put back, rung for again."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from grader import JudgeError, Progress, SandboxUnavailable
from grader.proof import Step
from interview import news
from interview.models import Check, Grading
from interview.services.bell import ring

logger = logging.getLogger(__name__)

Outcome = TypeVar("Outcome")
Claimed = TypeVar("Claimed", Grading, Check)

#: Seconds between two notes of how far work has come; they are rows written.
TELL_SECONDS = 0.4


class ClaimLost(Exception):
    """The work was cancelled, or given to another worker, while it ran."""


def claimed(rows: QuerySet[Claimed], row_id: UUID) -> Claimed | None:
    """The row if this call moved it from queued to running, else None. Raises the fence."""
    taken = rows.filter(pk=row_id, state="queued").update(
        state="running",
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        started_at=Now(),
        lease_until=Now() + settings.GRADING_LEASE,
        progress=None,
        waits_because="",
    )
    return rows.get(pk=row_id) if taken else None


def done_under_lease(
    row: Claimed,
    work: Callable[[Claimed], Outcome],
    record: Callable[[Claimed, Outcome], bool],
    fail: Callable[[Claimed, Exception], None],
) -> None:
    """Do claimed work and record what came of it; what could not be done goes back to the queue or fails."""
    try:
        with renewed_lease(row):
            outcome = work(row)
    except ClaimLost:
        logger.info("The %s was stopped while it ran.", row)
    except SandboxUnavailable as reason:
        put_back(row, waits_because=str(reason))
    except JudgeError as error:
        fail(row, error)
    else:
        record(row, outcome)


def put_back(row: Claimed, waits_because: str) -> None:
    """Return claimed work to the queue: this host cannot do it now. It costs no attempt."""
    held(row).update(
        state="queued",
        attempts=F("attempts") - 1,
        started_at=None,
        lease_until=None,
        waits_because=waits_because,
    )
    logger.error("The %s waits: %s", row, waits_because)


@transaction.atomic
def queue_again(row: Claimed) -> None:
    """Have work that failed by our fault done once more."""
    held(row).update(state="queued", started_at=None, lease_until=None, rung_at=Now())
    ring(row)


def take_back_abandoned(rows: QuerySet[Claimed], fail: Callable[[Claimed, Exception], None]) -> None:
    """Have work fail whose worker is gone."""
    for row in rows.filter(state="running", lease_until__lt=Now()):
        fail(row, RuntimeError("its worker stopped answering"))


@transaction.atomic
def ring_again(silent: QuerySet[Claimed]) -> None:
    """Ring for queued work of which no worker has been told for a while: the message may be lost."""
    rows = silent.filter(state="queued").only("pk", "device")
    waiting = list(rows.select_for_update(skip_locked=True))
    silent.model.objects.filter(pk__in=[row.pk for row in waiting]).update(rung_at=Now())
    for row in waiting:
        ring(row)


def held(row: Claimed) -> QuerySet[Claimed]:
    """The row, only while this worker's claim on it stands."""
    return type(row).objects.filter(pk=row.pk, state="running", fence=row.fence)


def teller(row: Claimed) -> Callable[[Step | Progress], None]:
    """Notes how far work has come, now and then, and raises ClaimLost when it is wanted no more."""
    # Most gradings are over before there is anything to tell.
    told_at = time.monotonic()

    def tell(step: Step | Progress) -> None:
        nonlocal told_at
        if time.monotonic() - told_at < TELL_SECONDS:
            return
        told_at = time.monotonic()
        if not held(row).update(progress=step.to_dict()):
            raise ClaimLost
        news.tell(row.pk)

    return tell


@contextmanager
def renewed_lease(row: Claimed) -> Iterator[None]:
    """Keep the lease of running work alive, so that its loss means that the worker is gone."""
    done = threading.Event()
    renewer = threading.Thread(target=_renew, args=(row, done), daemon=True)
    renewer.start()
    try:
        yield
    finally:
        done.set()
        renewer.join()


def _renew(row: Claimed, done: threading.Event) -> None:
    period = settings.GRADING_LEASE.total_seconds() / 4
    try:
        while not done.wait(period):
            held(row).update(lease_until=Now() + settings.GRADING_LEASE)
    finally:
        connection.close()  # this thread's own
