"""Celery's processes give a sign of life by touching a file, which the health check of their container looks at."""

from pathlib import Path

from celery.signals import after_task_publish, heartbeat_sent
from django.conf import settings


@heartbeat_sent.connect  # a worker, every two seconds while it is connected
@after_task_publish.connect  # beat, with each tick that it rings
def give_sign(**_: object) -> None:
    if settings.HEARTBEAT_FILE:
        Path(settings.HEARTBEAT_FILE).touch()
