"""Tells pages that wait for a grading that there is something new of it.

Redis is only a bell here as well: a page that hears nothing asks by and by, and what it is shown comes from the row.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import redis
from django.conf import settings
from redis.client import PubSub
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: Waits until something is new, or so many seconds have passed. False, at once, when nothing can be heard.
Wait = Callable[[float], bool]

_redis = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


def tell(grading_id: UUID) -> None:
    """Something of this grading has been stored."""
    try:
        _redis.publish(_channel(grading_id), "")
    except RedisError as error:
        logger.warning("Nobody was told of the grading %s (%s); pages ask by themselves.", grading_id, error)


@contextmanager
def listening(grading_id: UUID) -> Iterator[Wait]:
    """From its beginning to its end no news is missed."""
    try:
        ear = _ear(grading_id)
    except RedisError as error:
        logger.warning("The grading %s cannot be waited for (%s).", grading_id, error)
        yield lambda _: False
        return
    with ear:
        yield lambda seconds: _waited(ear, seconds)


def _channel(grading_id: UUID) -> str:
    return f"grading:{grading_id}"


def _ear(grading_id: UUID) -> PubSub:
    ear = PubSub(_redis.connection_pool)
    ear.subscribe(_channel(grading_id))
    # What is told before this has come back would not be heard.
    ear.get_message(timeout=1)
    return ear


def _waited(ear: PubSub, seconds: float) -> bool:
    try:
        ear.get_message(timeout=seconds)
    except RedisError:
        return False
    return True
