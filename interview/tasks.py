"""Celery's entry points: a few lines each, calling services."""

from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown
from celery.worker.consumer import Consumer
from django.db import connection

from interview.selectors.worker import GPU_QUEUE
from interview.services import check, grading, interview, release, retry, worker

keeper = worker.Keeper()


@shared_task(name="interview.grade")
def grade(grading_id: str) -> None:
    grading.grade(UUID(grading_id))
    keeper.look()


@shared_task(name="interview.run_check")
def run_check(check_id: str) -> None:
    check.run(UUID(check_id))
    keeper.look()


@shared_task(name="interview.tick")
def tick() -> None:
    interview.close_due()
    interview.finalise_due()
    release.release_due()


@shared_task(name="interview.sweep")
def sweep() -> None:
    grading.sweep()
    retry.retry_failed()
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
        keeper.start_for(sender.hostname, has_gpu=GPU_QUEUE in queues)


@worker_shutdown.connect
def close_grader(**_: object) -> None:
    keeper.stop()
    grading.close_grader()
