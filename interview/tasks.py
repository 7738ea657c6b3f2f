"""Celery's entry points: a few lines each, calling services."""

from threading import Thread
from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready, worker_shutdown
from celery.worker.consumer import Consumer
from django.db import connection

from interview.services import check, grading, interview, worker


@shared_task(name="interview.grade")
def grade(grading_id: str) -> None:
    grading.grade(UUID(grading_id))


@shared_task(name="interview.run_check")
def run_check(check_id: str) -> None:
    check.run(UUID(check_id))


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
    """Questions for a GPU are served only where a worker of its queue was seen."""
    worker.note_worker(sender.hostname, sender.app.amqp.queues.consume_from)
    connection.close()  # this thread of Celery's serves no task, and would keep it


@worker_ready.connect
def warm_grader(sender: Consumer, **_: object) -> None:
    """Only where gradings run, and beside them: one that comes meanwhile waits for the same forkserver."""
    if "cpu" in sender.app.amqp.queues.consume_from:
        Thread(target=grading.warm_grader, daemon=True).start()


@worker_shutdown.connect
def close_grader(**_: object) -> None:
    grading.close_grader()
