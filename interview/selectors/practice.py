"""What practice has to offer, what it has shown, and how it went so far."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from interview.models import Area, Event, Interview, Item, Question, Release, Topic, User
from interview.models.event import EventKind
from interview.models.interview import Mode, Reveal
from interview.models.question import QuestionState
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import question as questions
from interview.selectors.report import ItemReport
from interview.selectors.report import report as make_report

REMEMBERED = 60  # sittings, newest first: a page must not grow with every evening


@dataclass(frozen=True)
class Record:
    """How often a person answered a question, and how the last time went (None: never)."""

    times: int = 0
    last: ItemReport | None = None

    @property
    def is_judging(self) -> bool:
        """Whether the last answer still waits for its tests."""
        grading = self.last.grading if self.last else None
        return grading is not None and not grading.is_finished

    @property
    def percent(self) -> int | None:
        """Of the last time; None when it is not judged or not marked to the end."""
        if self.last is None or self.is_judging or not self.last.is_marked:
            return None
        return round(100 * self.last.fraction)


@dataclass(frozen=True)
class Offer:
    """A published question as one may practise it."""

    question: Question
    release: Release
    record: Record


@dataclass(frozen=True)
class AreaOffers:
    area: Area
    offers: list[Offer]

    @property
    def answered(self) -> int:
        return sum(offer.record.times > 0 for offer in self.offers)


@dataclass(frozen=True)
class Help:
    """What a running practice shows beside a question; `next_hint` is the number of the next one, None at the end."""

    hints: list[str]
    total: int
    next_hint: int | None
    may_reveal: bool


def published() -> QuerySet[Question]:
    """Questions that can be practised, in the order of the syllabus."""
    return (
        Question.objects.filter(state=QuestionState.PUBLISHED, releases__isnull=False)
        .distinct()
        .select_related("area")
    )


def offers(user: User) -> list[Offer]:
    """Every published question with its newest release and this person's record of it."""
    found = list(published())
    releases = questions.latest_releases(question.pk for question in found)
    records = _records(user)
    return [Offer(question, releases[question.pk], records.get(question.pk, Record())) for question in found]


def by_area(chosen: Iterable[Offer]) -> list[AreaOffers]:
    """The offers grouped, in the order that they come in: that of the syllabus."""
    grouped: dict[Area, list[Offer]] = defaultdict(list)
    for offer in chosen:
        grouped[offer.question.area].append(offer)
    return [AreaOffers(area, members) for area, members in grouped.items()]


def topics(chosen: Iterable[Offer]) -> QuerySet[Topic]:
    """What these questions cover of the syllabus."""
    return Topic.objects.filter(code__in={code for offer in chosen for code in offer.release.covers})


def _records(user: User) -> dict[int, Record]:
    """By question: every finished or shown answer of the sittings whose report this person may read."""
    sittings = list(interviews.with_items(_remembered(user)))
    shown = revealed(sittings)
    answered: dict[int, list[ItemReport]] = defaultdict(list)
    for sitting in sittings:
        for entry in make_report(sitting).items:
            if sitting.finalised_at or entry.item.pk in shown:
                answered[entry.item.release.question_id].append(entry)
    return {question: Record(len(entries), entries[0]) for question, entries in answered.items()}


def _remembered(user: User) -> QuerySet[Interview]:
    readable = Q(mode=Mode.PRACTICE) | Q(released_at__isnull=False)
    newest = interviews.of_candidate(user).filter(readable).order_by("-started_at").values("pk")[:REMEMBERED]
    return Interview.objects.filter(pk__in=newest).order_by("-started_at")


def revealed(sittings: Iterable[Interview]) -> set[UUID]:
    """The items whose model answer practice has shown."""
    shown = Event.objects.filter(interview__in=sittings, kind=EventKind.REVEALED)
    return set(shown.values_list("item", flat=True))


def under_way(user: User) -> QuerySet[Interview]:
    """One's practices that are not finished, newest first."""
    now = timezone.now()
    open_ones = Q(deadline_at=None) | Q(deadline_at__gt=now)
    return interviews.of_candidate(user).filter(open_ones, mode=Mode.PRACTICE, closed_at=None)


def shows_answer(practice: Interview, item: Item) -> bool:
    """Whether model answer, rubric and all tests of the item are open to its candidate."""
    return practice.is_practice and (practice.finalised_at is not None or items.is_revealed(item))


def tells_all(item: Item) -> bool:
    """Whether what became of the item is told: its report is released, or practice shows its answer."""
    return item.interview.released_at is not None or shows_answer(item.interview, item)


def hints_told(item: Item) -> list[str]:
    """All hints of the item's question, as its interview reads them."""
    return [item.release.told(hint, item.interview.seed) for hint in item.release.hints]


def hints_opened(item: Item) -> int:
    return item.events.filter(kind=EventKind.OPENED_HINT).count()


def hint_counts(practice: Interview) -> dict[UUID, int]:
    """How many hints were opened, by item."""
    opened = practice.events.filter(kind=EventKind.OPENED_HINT).order_by()
    return dict(opened.values_list("item").annotate(times=Count("pk")))


def help_with(item: Item) -> Help:
    """The hints that were opened, and what else the candidate may ask for."""
    hints, opened = hints_told(item), hints_opened(item)
    return Help(
        hints=hints[:opened],
        total=len(hints),
        next_hint=opened + 1 if opened < len(hints) else None,
        may_reveal=item.interview.reveal == Reveal.EACH,
    )
