"""The sign of life of Celery's processes."""

from pathlib import Path

import pytest
from celery.signals import after_task_publish, heartbeat_sent
from celery.utils.dispatch import Signal
from django.conf import LazySettings

import interview.heartbeat  # noqa: F401 - connects what is tried here, as Celery does by CELERY_IMPORTS


@pytest.mark.parametrize(
    "signal", [heartbeat_sent, after_task_publish], ids=["a worker's beat", "a tick rung"]
)
def test_a_process_that_lives_touches_its_file(signal: Signal, tmp_path: Path, settings: LazySettings):
    settings.HEARTBEAT_FILE = str(tmp_path / "heartbeat")
    signal.send(sender=None)
    assert (tmp_path / "heartbeat").exists()


def test_without_a_file_nothing_is_touched(tmp_path: Path, settings: LazySettings):
    settings.HEARTBEAT_FILE = ""
    heartbeat_sent.send(sender=None)
    assert settings.CELERY_IMPORTS == ["interview.heartbeat"]
