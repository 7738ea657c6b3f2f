"""Work that a worker claimed: a row in state running, with the fence of its claim and a lease that is kept alive."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from grader import Progress
from grader.proof import Step
from interview.models import Check, Grading

Claimed = TypeVar("Claimed", Grading, Check)

#: Seconds between two notes of how far work has come; they are rows written.
TELL_SECONDS = 0.4


class ClaimLost(Exception):
    """The work was cancelled, or given to another worker, while it ran."""


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
        if not held(row).update(progress=asdict(step)):
            raise ClaimLost

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
