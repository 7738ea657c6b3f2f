"""Workers as they were last heard of."""

from datetime import timedelta

from django.db.models.functions import Now

from interview.models import Worker

GPU_QUEUE = "gpu"
#: A worker with a GPU says three times in this span that it is there; one that was killed says nothing more.
SILENCE = timedelta(minutes=1)


def gpu_is_connected() -> bool:
    """Whether a worker whose GPU works was heard of just now."""
    return Worker.objects.filter(queue=GPU_QUEUE, seen_at__gt=Now() - SILENCE).exists()
