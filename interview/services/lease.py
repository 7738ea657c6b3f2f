"""Work that a worker claimed: a row in state running, with the fence of its claim and a lease that is kept alive."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now

from interview.models import Check, Grading

Claimed = TypeVar("Claimed", Grading, Check)


def held(row: Claimed) -> QuerySet[Claimed]:
    """The row, only while this worker's claim on it stands."""
    return type(row).objects.filter(pk=row.pk, state="running", fence=row.fence)


@contextmanager
def renewed_lease(row: Grading | Check) -> Iterator[None]:
    """Keep the lease of running work alive, so that its loss means that the worker is gone."""
    done = threading.Event()
    renewer = threading.Thread(target=_renew, args=(row, done), daemon=True)
    renewer.start()
    try:
        yield
    finally:
        done.set()
        renewer.join()


def _renew(row: Grading | Check, done: threading.Event) -> None:
    period = settings.GRADING_LEASE.total_seconds() / 4
    try:
        while not done.wait(period):
            held(row).update(lease_until=Now() + settings.GRADING_LEASE)
    finally:
        connection.close()  # this thread's own
