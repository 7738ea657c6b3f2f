"""The Django project of Forward Pass, and its only app."""

from interview.celery import app as celery_app

__all__ = ["celery_app"]
