"""Which workers are told of waiting work: those of the device that it needs."""

from interview import queue
from interview.models import Check, Grading
from interview.models.release import Device
from interview.selectors.worker import GPU_QUEUE, gpu_is_connected

NO_GPU = "it needs a GPU, and no worker with one is connected. It is done as soon as one is."


def ring(row: Grading | Check) -> None:
    """Tell a worker, once the surrounding transaction has committed.

    What takes either device goes to a GPU where there is one. What needs one is told to nobody while there is none: its
    page says so, and the sweep looks again.
    """
    has_gpu = row.device != Device.CPU and gpu_is_connected()
    if row.device == Device.GPU and not has_gpu:
        row.waits_because = NO_GPU
        type(row).objects.filter(pk=row.pk, state="queued").update(waits_because=NO_GPU)
        return
    on = GPU_QUEUE if has_gpu else None
    if isinstance(row, Grading):
        queue.enqueue_grading(row.pk, on)
    else:
        queue.enqueue_check(row.pk, on)
