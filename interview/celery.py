"""The Celery application: queues, and the clockwork of the `control` queue."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interview.settings")

app = Celery("interview")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["interview"])
