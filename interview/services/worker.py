"""Workers that were seen: what decides whether questions for a GPU are served."""

from collections.abc import Iterable
from threading import Event, Thread

from django.db import connection
from django.utils import timezone

from interview import queue
from interview.models import Worker
from interview.selectors.worker import GPU_QUEUE, SILENCE
from interview.services import grading

#: What a worker that ends waits for its last word to be stored.
STOP_SECONDS = 5.0


def note_worker(node: str, queues: Iterable[str]) -> None:
    """Remember that `node` came up and consumes `queues`."""
    now = timezone.now()
    for name in queues:
        Worker.objects.update_or_create(node=node, queue=name, defaults={"seen_at": now})


def keep_noted(node: str, done: Event) -> None:
    """Say again and again that `node` has a GPU that works, until `done` is set; then it is forgotten."""
    try:
        while True:
            note_worker(node, [GPU_QUEUE])
            if done.wait(SILENCE.total_seconds() / 3):
                break
        Worker.objects.filter(node=node, queue=GPU_QUEUE).delete()
    finally:
        connection.close()  # this thread's own


class Keeper:
    """Warms the grader and, where there is a GPU, says that it works until it does not or the worker ends."""

    def __init__(self) -> None:
        self._node = ""
        self._done = Event()
        self._thread: Thread | None = None

    def start_for(self, node: str, *, has_gpu: bool) -> None:
        """Beside what comes meanwhile: warming takes seconds."""
        self._node = node
        self._thread = Thread(target=self._run, args=(has_gpu,), daemon=True)
        self._thread.start()

    def look(self) -> None:
        """After each piece of work. Without a GPU that works no more is taken for one: what waits is for others, and
        its page says so where there are none."""
        if grading.gpu_is_lost():
            self._leave()

    def stop(self) -> None:
        """The worker ends. A grader that is still being warmed is not waited for."""
        self._done.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _leave(self) -> None:
        if self._node and not self._done.is_set():
            self._done.set()
            queue.stop_consuming(GPU_QUEUE, self._node)

    def _run(self, has_gpu: bool) -> None:
        works = grading.warm_grader()
        if has_gpu and works:
            keep_noted(self._node, self._done)
        elif has_gpu:
            self._leave()
