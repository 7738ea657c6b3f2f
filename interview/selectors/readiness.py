"""How ready a person is, item by item of the checklist, and how sure that is.

Of the answers to questions on an item's topics, each has a weight: that of an answer in an interview that counted is
one, and halves with every `HALF_LIFE` that passes, since people learn and forget. One of practice weighs half of that:
its candidate may have taken hints, read other things and marked it with the model answer beside it. Of several answers
to one question only the newest of each mode has a weight at all, for a question that is known says little of its topic.

The estimate is the weighted mean of their shares. Its range is `interval.wilson` with the sum of the weights as the
number of answers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp2
from urllib.parse import urlencode

from django.db import models
from django.utils import timezone

from interview.interval import Interval, wilson
from interview.models import ReadinessItem, User
from interview.selectors import pool
from interview.selectors.pool import Entry
from interview.selectors.progress import Sitting
from interview.selectors.report import ItemReport

READY = 0.6  # the line that the whole range has to lie above
WIDE = 0.5  # a range that is wider says next to nothing
NARROW = 0.25
PRACTISED = 0.5  # the weight of an answer of practice
HALF_LIFE = timedelta(days=180)
TO_PRACTISE = 5  # questions of a link


class Standing(models.TextChoices):
    """The words are those that people read."""

    NOTHING = "nothing", "Nothing yet"
    TOO_EARLY = "too_early", "Too early to say"
    NOT_YET = "not_yet", "Not yet"
    ON_THE_WAY = "on_the_way", "On the way"
    READY = "ready", "Ready"


@dataclass(frozen=True)
class Evidence:
    """A scored answer, where it was given, and what it weighs."""

    answer: ItemReport
    sitting: Sitting
    weight: float

    @property
    def percent(self) -> int:
        return round(100 * self.answer.fraction)

    @property
    def question(self) -> int:
        return self.answer.item.release.question_id


@dataclass(frozen=True)
class Readiness:
    """One item of the checklist; `interval` is None without evidence. `to_practise` has what the bank offers next."""

    item: ReadinessItem
    evidence: list[Evidence]
    interval: Interval | None
    to_practise: list[Entry]

    @property
    def weight(self) -> float:
        return sum(each.weight for each in self.evidence)

    @property
    def share(self) -> float:
        """The estimate, in 0..1; 0 without evidence."""
        return _mean(self.evidence) if self.evidence else 0.0

    @property
    def standing(self) -> Standing:
        if self.interval is None:
            return Standing.NOTHING
        if self.interval.low >= READY:
            return Standing.READY
        if self.interval.high < READY:
            return Standing.NOT_YET
        return Standing.TOO_EARLY if self.interval.width > WIDE else Standing.ON_THE_WAY

    @property
    def sureness(self) -> str:
        """How sure the estimate is, in words; empty without one."""
        if self.interval is None:
            return ""
        if self.interval.width > WIDE:
            return "hardly more than a guess"
        return "a rough estimate" if self.interval.width > NARROW else "a good estimate"

    @property
    def query(self) -> str:
        """What `/practice/set/` is asked for."""
        return urlencode({"questions": [entry.slug for entry in self.to_practise]}, doseq=True)


def checklist(user: User, sittings: Sequence[Sitting], now: datetime | None = None) -> list[Readiness]:
    """Every item, in order. `sittings` are the person's own, newest first, of `selectors.progress`."""
    evidence = list(_evidence(sittings, now or timezone.now()))
    stock, seen = pool.stock(), pool.seen_by(user)
    offered = [entry for entry in stock.entries if stock.has_gpu or not entry.needs_gpu]
    return [_readiness(item, evidence, offered, seen) for item in ReadinessItem.objects.all()]


def _readiness(
    item: ReadinessItem, evidence: Iterable[Evidence], offered: Iterable[Entry], seen: frozenset[int]
) -> Readiness:
    topics = set(item.topics)
    own = [each for each in evidence if topics.intersection(each.answer.item.release.covers)]
    fitting = [entry for entry in offered if topics & entry.covers]
    return Readiness(
        item=item,
        evidence=own,
        interval=wilson(_mean(own), sum(each.weight for each in own)) if own else None,
        to_practise=_next(fitting, own, seen),
    )


def _mean(evidence: Sequence[Evidence]) -> float:
    weights = sum(each.weight for each in evidence)
    return sum(each.weight * each.answer.fraction for each in evidence) / weights


def _evidence(sittings: Iterable[Sitting], now: datetime) -> Iterator[Evidence]:
    """The newest answer to each question in each mode, if it says something of the person."""
    known: set[tuple[int, bool]] = set()
    for sitting in sittings:
        for answer in sitting.answers:
            key = (answer.item.release.question_id, sitting.counted)
            if key not in known and answer.is_settled:
                known.add(key)
                yield Evidence(answer, sitting, _weight(sitting, now))


def _weight(sitting: Sitting, now: datetime) -> float:
    age = max(now - sitting.at, timedelta(0)) / HALF_LIFE
    return (1.0 if sitting.counted else PRACTISED) * exp2(-age)


def _next(fitting: Iterable[Entry], evidence: Iterable[Evidence], seen: frozenset[int]) -> list[Entry]:
    """Questions never served first, then those that went worst; short ones before long ones."""
    shares = {each.question: each.answer.fraction for each in evidence}

    def urgency(entry: Entry) -> tuple[bool, float, int, str]:
        return entry.question in seen, shares.get(entry.question, 0.0), entry.minutes, entry.slug

    return sorted(fitting, key=urgency)[:TO_PRACTISE]
