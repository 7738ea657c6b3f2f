"""Workers that were seen: what decides whether questions for a GPU are served."""

from collections.abc import Iterable
from threading import Event

from django.db import connection
from django.utils import timezone

from interview.models import Worker
from interview.selectors.worker import SILENCE


def note_worker(node: str, queues: Iterable[str]) -> None:
    """Remember that `node` came up and consumes `queues`."""
    now = timezone.now()
    for queue in queues:
        Worker.objects.update_or_create(node=node, queue=queue, defaults={"seen_at": now})


def keep_noted(node: str, queue: str, done: Event) -> None:
    """Say again and again that `node` consumes `queue`, until `done` is set; then it is forgotten."""
    try:
        while True:
            note_worker(node, [queue])
            if done.wait(SILENCE.total_seconds() / 3):
                break
        Worker.objects.filter(node=node, queue=queue).delete()
    finally:
        connection.close()  # this thread's own
