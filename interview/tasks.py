"""Celery's entry points: a few lines each, calling services."""

from threading import Event, Thread
from uuid import UUID

from celery import Task, shared_task
from celery.signals import worker_ready, worker_shutdown
from celery.worker.consumer import Consumer
from django.db import connection

from interview import queue
from interview.selectors.worker import GPU_QUEUE
from interview.services import check, grading, interview, worker


@shared_task(name="interview.grade", bind=True)
def grade(self: Task, grading_id: str) -> None:
    grading.grade(UUID(grading_id))
    leave_without_gpu(self.request.hostname)


@shared_task(name="interview.run_check", bind=True)
def run_check(self: Task, check_id: str) -> None:
    check.run(UUID(check_id))
    leave_without_gpu(self.request.hostname)


@shared_task(name="interview.tick")
def tick() -> None:
    interview.close_due()
    interview.finalise_due()


@shared_task(name="interview.sweep")
def sweep() -> None:
    grading.sweep()
    check.sweep()


@worker_ready.connect
def note_worker(sender: Consumer, **_: object) -> None:
    """Where there is a GPU it is noted later, once it works: questions for one are served only where it was."""
    worker.note_worker(sender.hostname, set(sender.app.amqp.queues.consume_from) - {GPU_QUEUE})
    connection.close()  # this thread of Celery's serves no task, and would keep it


@worker_ready.connect
def warm_grader(sender: Consumer, **_: object) -> None:
    """Only where gradings run, and beside them: one that comes meanwhile waits for the same forkserver."""
    queues = sender.app.amqp.queues.consume_from
    if "cpu" in queues or GPU_QUEUE in queues:
        _keeper.start_for(sender.hostname, has_gpu=GPU_QUEUE in queues)


class Keeper:
    """Warms the grader and, where there is a GPU, says that it works until it does not or the worker ends."""

    def __init__(self) -> None:
        self._done = Event()
        self._thread: Thread | None = None

    def start_for(self, node: str, *, has_gpu: bool) -> None:
        self._thread = Thread(target=self._run, args=(node, has_gpu), daemon=True)
        self._thread.start()

    def leave(self, node: str) -> None:
        """Take no more work for a GPU: what waits is for others, and its page says so where there are none."""
        if not self._done.is_set():
            self._done.set()
            queue.stop_consuming(GPU_QUEUE, node)

    def stop(self) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, node: str, has_gpu: bool) -> None:
        works = grading.warm_grader()
        if has_gpu and works:
            worker.keep_noted(node, GPU_QUEUE, self._done)
        elif has_gpu:
            self.leave(node)


_keeper = Keeper()


def leave_without_gpu(node: str) -> None:
    if grading.gpu_is_lost():
        _keeper.leave(node)


@worker_shutdown.connect
def close_grader(**_: object) -> None:
    _keeper.stop()
    grading.close_grader()
