"""Celery's entry points: a few lines each, calling services."""

from uuid import UUID

from celery import shared_task
from celery.signals import worker_shutdown

from interview.services import grading, interview


@shared_task(name="interview.grade")
def grade(grading_id: str) -> None:
    grading.grade(UUID(grading_id))


@shared_task(name="interview.tick")
def tick() -> None:
    interview.close_due()
    interview.finalise_due()


@shared_task(name="interview.sweep")
def sweep() -> None:
    grading.sweep()


@worker_shutdown.connect
def close_grader(**_: object) -> None:
    grading.close_grader()
