"""From what a template draws: published questions, and how many of them a slot's filters leave."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from interview.models import Item, Release, Slot, User, Worker
from interview.models.question import Kind, QuestionState
from interview.selectors.worker import GPU_QUEUE


@dataclass(frozen=True)
class Entry:
    """A published question as its newest release says it; `key` orders entries alike on every installation."""

    question: int  # its id
    key: str
    slug: str
    title: str
    area: str
    area_title: str
    kind: str
    level: str
    minutes: int
    covers: frozenset[str]
    tags: frozenset[str]
    needs_gpu: bool

    @property
    def kind_word(self) -> str:
        return Kind(self.kind).label

    def __str__(self) -> str:
        return f"{self.title} ({self.area_title}, {self.kind_word.lower()}, {self.level}, {self.minutes} min)"


@dataclass(frozen=True)
class Stock:
    """Everything that can be drawn now, and whether a worker with a GPU was ever seen."""

    entries: tuple[Entry, ...]
    has_gpu: bool

    def find(self, question: int | None) -> Entry | None:
        return next((entry for entry in self.entries if entry.question == question), None)


@dataclass(frozen=True)
class Step:
    """One filter of a slot, and how many questions are left after it and those before it."""

    words: str
    left: int


Filter = tuple[str, Callable[[Entry], bool]]


def stock() -> Stock:
    """In two queries, however large the bank is."""
    rows = (
        Release.objects.filter(question__state=QuestionState.PUBLISHED)
        .order_by("question_id", "-number")
        .distinct("question_id")
        .select_related("question__area")
        .only(
            "title",
            "kind",
            "level",
            "minutes",
            "covers",
            "device",
            "question__uuid",
            "question__slug",
            "question__tags",
            "question__area__title",
        )
    )
    return Stock(tuple(sorted(map(_entry, rows), key=lambda entry: entry.key)), has_gpu())


def has_gpu() -> bool:
    return Worker.objects.filter(queue=GPU_QUEUE).exists()


def _entry(release: Release) -> Entry:
    question = release.question
    return Entry(
        question=question.pk,
        key=str(question.uuid),
        slug=question.slug,
        title=release.title,
        area=question.area_id,
        area_title=question.area.title,
        kind=release.kind,
        level=release.level,
        minutes=release.minutes,
        covers=frozenset(release.covers),
        tags=frozenset(question.tags),
        needs_gpu=release.device == "gpu",
    )


def seen_by(candidate: User) -> frozenset[int]:
    """The ids of the questions that this person was served before, in whatever way."""
    served = Item.objects.filter(interview__candidate=candidate).order_by()
    return frozenset(served.values_list("release__question", flat=True).distinct())


def pool(
    slot: Slot, stock: Stock, fixed: Collection[int] = (), seen: Collection[int] = ()
) -> tuple[list[Entry], list[Step]]:
    """What `slot` may draw, and how its filters came to that; `fixed` are questions that other slots name."""
    left = list(stock.entries)
    steps = [Step("published", len(left))]
    for words, keep in _filters(slot, stock, fixed, seen):
        left = [entry for entry in left if keep(entry)]
        steps.append(Step(words, len(left)))
    return left, steps


def _filters(slot: Slot, stock: Stock, fixed: Collection[int], seen: Collection[int]) -> Iterable[Filter]:
    yield from wishes(slot)
    if not stock.has_gpu and any(entry.needs_gpu for entry in stock.entries):
        yield "that need no GPU, since no worker with one has been seen", lambda entry: not entry.needs_gpu
    if fixed:
        yield "not fixed elsewhere in it", lambda entry: entry.question not in fixed
    if slot.unseen and seen:
        yield "new to the candidate", lambda entry: entry.question not in seen


def wishes(slot: Slot) -> Iterable[Filter]:
    """The filters that were set for the slot, each in words."""
    if slot.area:
        yield f"in {slot.area.title}", lambda entry: entry.area == slot.area_id
    if slot.kinds:
        yield _either(Kind(kind).label for kind in slot.kinds), lambda entry: entry.kind in slot.kinds
    if slot.levels:
        yield _either(slot.levels), lambda entry: entry.level in slot.levels
    if slot.minutes_from or slot.minutes_to:
        yield _span(slot), lambda entry: _fits(slot, entry.minutes)
    if slot.topics:
        yield f"covering {_either(slot.topics)}", lambda entry: bool(entry.covers & set(slot.topics))
    if slot.tags:
        yield f"tagged {_either(slot.tags)}", lambda entry: bool(entry.tags & set(slot.tags))


def _either(words: Iterable[str]) -> str:
    return " or ".join(words)


def _span(slot: Slot) -> str:
    if slot.minutes_from and slot.minutes_to:
        return f"{slot.minutes_from} to {slot.minutes_to} minutes"
    return (
        f"at least {slot.minutes_from} minutes" if slot.minutes_from else f"at most {slot.minutes_to} minutes"
    )


def _fits(slot: Slot, minutes: int) -> bool:
    return (slot.minutes_from or 0) <= minutes <= (slot.minutes_to or minutes)
