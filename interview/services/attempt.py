"""How often somebody may try something: counters in Redis, which may be lost without harm."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta

from django.core.cache import cache
from redis.exceptions import RedisError

from interview.exceptions import TooManyAttempts

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """At most `allowed` tries within `window`, which begins with the first; `refusal` says what was counted."""

    name: str
    allowed: int
    window: timedelta
    refusal: str

    @property
    def minutes(self) -> int:
        return self.window // timedelta(minutes=1)

    def sentence(self) -> str:
        return self.refusal.format(allowed=self.allowed, minutes=self.minutes)


SIGN_IN_ADDRESS = Limit(
    "sign-in-address",
    10,
    timedelta(minutes=15),
    "Signing in with this mail address failed {allowed} times within {minutes} minutes; more is not allowed.",
)
SIGN_IN_NETWORK = Limit(
    "sign-in-network",
    50,
    timedelta(minutes=15),
    "Signing in failed {allowed} times within {minutes} minutes from your network; more is not allowed.",
)
LINK_ADDRESS = Limit(
    "link-address",
    5,
    timedelta(minutes=60),
    "A link was asked for {allowed} times within {minutes} minutes for this mail address; more is not allowed.",
)
LINK_NETWORK = Limit(
    "link-network",
    30,
    timedelta(minutes=60),
    "Links were asked for {allowed} times within {minutes} minutes from your network; more is not allowed.",
)


def count(limit: Limit, who: str) -> None:
    """Count a try of `who` before it is made, so that many at once are bounded too. Raises TooManyAttempts.

    Without Redis nothing is counted and everybody may try: nobody is locked out because a counter is away.
    """
    try:
        made = _raised(_key(limit, who), limit.window.total_seconds())
    except RedisError as error:
        logger.warning("Tries are not counted, Redis does not answer: %s", error)
        return
    if made > limit.allowed:
        raise TooManyAttempts(limit.sentence(), limit.window)


def forgive(limit: Limit, who: str) -> None:
    """Forget the tries of `who`: the last one was right."""
    try:
        cache.delete(_key(limit, who))
    except RedisError as error:
        logger.warning("Tries are not forgotten, Redis does not answer: %s", error)


def uncount(limit: Limit, who: str) -> None:
    """Take one try of `who` back, since it was no failure."""
    try:
        cache.decr(_key(limit, who))
    except ValueError:
        return  # the window has ended meanwhile
    except RedisError as error:
        logger.warning("Tries are not forgotten, Redis does not answer: %s", error)


def _raised(key: str, seconds: float) -> int:
    if cache.add(key, 1, seconds):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # the window ended between the two
        cache.set(key, 1, seconds)
        return 1


def _key(limit: Limit, who: str) -> str:
    # A digest, since what somebody typed may be long or hold anything; and addresses need not lie about in Redis.
    return f"{limit.name}:{hashlib.sha256(who.strip().lower().encode('utf-8', 'replace')).hexdigest()}"
