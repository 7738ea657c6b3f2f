"""Where a candidate is in an interview, what lies behind and before them, and what clock their section has.

An interview falls into stages. Free sections that follow one another are a stage together, in which one moves freely;
in a one-way section every question is a stage of its own. Going on to the next stage locks the present one.

A one-way section of an interview on the clock has a clock of its own, over all its questions. At its zero the question
that is open locks, and the next section begins, whether or not a browser or a worker is there: everything here reads
the clock first, and the row may lag behind (`services.clock.catch_up` brings it up to date).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from interview.models import Interview
from interview.models.interview import allowed
from interview.models.template import Navigation


class Standing(models.TextChoices):
    """Where a question lies from the present stage."""

    BEHIND = "behind", "Locked"
    HERE = "here", "Open"
    AHEAD = "ahead", "Not open yet"


@dataclass(frozen=True)
class Stage:
    """Positions `first` to `last`, which are open; `last` is None where nothing follows.

    But those that were `handed` over for their follow-up are locked, and a follow-up is `waiting` until then.
    """

    first: int
    last: int | None
    handed: frozenset[int] = frozenset()
    waiting: frozenset[int] = frozenset()

    def standing(self, position: int) -> Standing:
        if position < self.first or position in self.handed:
            return Standing.BEHIND
        is_ahead = (self.last and position > self.last) or position in self.waiting
        return Standing.AHEAD if is_ahead else Standing.HERE

    def leads_on(self, position: int) -> bool:
        """Whether the next question opens only when this one is left for good."""
        return position == self.last or position + 1 in self.waiting


@dataclass(frozen=True)
class Course:
    """How far an interview has come; the fields are those of `Interview`."""

    reached: int
    reserved: timedelta | None
    expired_at: datetime | None
    expired_position: int | None


def goes_one_way(interview: Interview) -> bool:
    """Whether any section of it is one-way."""
    return any(section["navigation"] == Navigation.ONE_WAY for section in interview.plan["sections"])


def present(interview: Interview, now: datetime | None = None) -> Stage:
    """Where the candidate is. One query where something goes one way and the items are not there yet, else none."""
    chains = _chains(interview)
    if not goes_one_way(interview):
        return Stage(1, None, *chains)
    reached = course(interview, now).reached
    later = [start for start in _starts(interview) if start > reached]
    return Stage(reached, later[0] - 1 if later else None, *chains)


def has_follow_ups(interview: Interview) -> bool:
    """Whether any question of it opens by handing over the one before."""
    slots = (slot for section in interview.plan["sections"] for slot in section.get("slots", ()))
    return any(slot.get("follows") for slot in slots)


def _chains(interview: Interview) -> tuple[frozenset[int], frozenset[int]]:
    """The positions that were handed over, and those of follow-ups that wait for it."""
    if not has_follow_ups(interview):
        return frozenset(), frozenset()
    items = list(interview.items.all())
    handed = frozenset(item.position for item in items if item.handed_at)
    follow_ups = (item.position for item in items if item.follows)
    return handed, frozenset(position for position in follow_ups if position - 1 not in handed)


def _starts(interview: Interview) -> list[int]:
    """The positions at which stages begin."""
    starts, follows_one_way = [], True
    for position, section in _places(interview):
        one_way = is_one_way(interview, section)
        if one_way or follows_one_way:
            starts.append(position)
        follows_one_way = one_way
    return starts


def _places(interview: Interview) -> list[tuple[int, int]]:
    """Every position with the index of its section, in order."""
    return sorted((item.position, item.section) for item in interview.items.all())


def is_one_way(interview: Interview, section: int) -> bool:
    return bool(interview.plan["sections"][section]["navigation"] == Navigation.ONE_WAY)


def section_of(interview: Interview, position: int) -> int:
    """The index of the section that this position belongs to."""
    return dict(_places(interview))[position]


def course(interview: Interview, now: datetime | None = None) -> Course:
    """How far it has come at `now`, whatever its row says."""
    return [_stored(interview), *expiries(interview, now)][-1]


def expiries(interview: Interview, now: datetime | None = None) -> Iterator[Course]:
    """What became of it with each section whose clock ran out and of which the row does not know yet."""
    moment, stored = now or timezone.now(), _stored(interview)
    if interview.closed_at or interview.deadline_at is None:
        return
    while stored.reserved is not None and interview.deadline_at - stored.reserved <= moment:
        stored = _after_expiry(interview, stored, interview.deadline_at - stored.reserved)
        yield stored


def _stored(interview: Interview) -> Course:
    return Course(interview.reached, interview.reserved, interview.expired_at, interview.expired_position)


def _after_expiry(interview: Interview, before: Course, at: datetime) -> Course:
    places = _places(interview)
    left = dict(places)[before.reached]
    position, section = next(place for place in places if place[1] > left)
    return Course(position, reserve(interview, section, at), at, before.reached)


def reserve(interview: Interview, section: int, at: datetime) -> timedelta | None:
    """How much of the clock is kept for what follows, when this section is entered at `at`.

    None where it has no clock of its own: it is free, nothing follows, or the interview ends before it would.
    """
    if (
        interview.deadline_at is None
        or not is_one_way(interview, section)
        or not _following(interview, section)
    ):
        return None
    kept = interview.deadline_at - at - minutes_of(interview, section)
    return kept if kept > timedelta(0) else None


def _following(interview: Interview, section: int) -> range:
    return range(section + 1, len(interview.plan["sections"]))


def minutes_of(interview: Interview, section: int) -> timedelta:
    """What the plan gives a section, with the candidate's own extra time."""
    planned = interview.plan["sections"][section]["minutes"]
    return timedelta(minutes=allowed(planned, interview.time_factor))


def end_at_most(interview: Interview, section: int, at: datetime) -> datetime | None:
    """When an interview that enters this section at `at` ends by the clocks of its sections alone.

    None where a free section is still to come: only the whole interview bounds that.
    """
    rest = [section, *_following(interview, section)]
    if not all(is_one_way(interview, index) for index in rest):
        return None
    return at + sum((minutes_of(interview, index) for index in rest), timedelta(0))


def section_left(interview: Interview, now: datetime | None = None) -> timedelta | None:
    """On the clock of the present section, running or paused; None where it has none of its own."""
    reserved = course(interview, now).reserved
    return None if reserved is None else max(timedelta(0), interview.time_left(now) - reserved)


def flushes(interview: Interview, position: int, now: datetime) -> bool:
    """Whether the last draft of this question may still arrive, though its section's clock has locked it."""
    passed = course(interview, now)
    if passed.expired_at is None or passed.expired_position != position:
        return False
    return now <= passed.expired_at + settings.DRAFT_GRACE
