"""Workers that were seen: what decides whether questions for a GPU are served."""

from collections.abc import Iterable

from django.utils import timezone

from interview.models import Worker


def note_worker(node: str, queues: Iterable[str]) -> None:
    """Remember that `node` came up and consumes `queues`."""
    now = timezone.now()
    for queue in queues:
        Worker.objects.update_or_create(node=node, queue=queue, defaults={"seen_at": now})
