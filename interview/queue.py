"""Puts work on Celery by task name, after commit; knows no task.

Redis is only a bell: when it does not answer, the row is still there and the sweep rings again.
"""

import logging
from functools import partial
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_grading(grading_id: UUID, on: str | None = None) -> None:
    """Tell a worker, once the surrounding transaction has committed, that this grading waits; `on` names another queue
    than that of the settings."""
    transaction.on_commit(partial(_ring, "interview.grade", str(grading_id), on=on))


def enqueue_check(check_id: UUID, on: str | None = None) -> None:
    """The same for a check."""
    transaction.on_commit(partial(_ring, "interview.run_check", str(check_id), on=on))


def stop_consuming(queue: str, node: str) -> None:
    """Have the worker `node`, which may be this one, take nothing more from a queue; it lives on."""
    current_app.control.cancel_consumer(queue, destination=[node])


def _ring(task: str, *args: str, on: str | None) -> None:
    where: dict[str, Any] = {"queue": on, "routing_key": on} if on else {}
    try:
        current_app.send_task(task, args=args, **where)
    except OperationalError as error:
        logger.warning("The queue did not answer (%s); the sweep will send %s%s again.", error, task, args)
