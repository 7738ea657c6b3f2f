"""Puts work on Celery by task name, after commit; knows no task.

Redis is only a bell: when it does not answer, the row is still there and the sweep rings again.
"""

import logging
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_grading(grading_id: UUID) -> None:
    """Tell a worker, once the surrounding transaction has committed, that this grading waits."""
    transaction.on_commit(partial(_ring, "interview.grade", str(grading_id)))


def enqueue_check(check_id: UUID) -> None:
    """Tell a worker, once the surrounding transaction has committed, that this check waits."""
    transaction.on_commit(partial(_ring, "interview.run_check", str(check_id)))


def _ring(task: str, *args: str) -> None:
    try:
        current_app.send_task(task, args=args)
    except OperationalError as error:
        logger.warning("The queue did not answer (%s); the sweep will send %s%s again.", error, task, args)
