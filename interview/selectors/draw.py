"""Drawing the questions of an interview: no question twice, the same again from the same seed.

Slots compete: one may draw the only question that another one needs. So a seat does not just take what is free.
Where its pool is taken, those who sit there move on to others of theirs (augmenting paths, as in a maximum bipartite
matching: Kuhn 1955), and a template that can be filled at all is always filled.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from interview.models import Slot, Template
from interview.selectors.pool import Entry, Step, Stock, pool
from interview.selectors.worker import GPU_QUEUE


class Place(NamedTuple):
    """Where an interview asks a question: the index of a section in its plan, and the question's id."""

    section: int
    question: int
    follows: bool = False  # a follow-up of the one before it


@dataclass(frozen=True)
class Seat:
    """A place for one question: a slot that draws three has three of them."""

    section: int  # index
    slot: Slot
    name: str  # “slot 2 of “Coding””
    pool: tuple[Entry, ...]
    steps: tuple[Step, ...]
    refusal: str = ""  # of a question that is named and cannot be served


@dataclass(frozen=True)
class Shortage:
    """Slots that want more questions than there are for them together."""

    seats: tuple[Seat, ...]

    @property
    def slots(self) -> list[Seat]:
        """One seat of each slot."""
        return list({seat.slot.pk: seat for seat in self.seats}.values())

    @property
    def slot_keys(self) -> set[int]:
        return {seat.slot.pk for seat in self.seats}

    @property
    def fitting(self) -> int:
        return len({entry for seat in self.seats for entry in seat.pool})

    def __str__(self) -> str:
        names = [seat.name for seat in self.slots]
        if len(names) == 1 and self.slots[0].refusal:
            return f"{_capital(names[0])} cannot be served: {self.slots[0].refusal}."
        wanted = _questions(len(self.seats))
        if len(names) == 1:
            return f"{_capital(names[0])} wants {wanted} and {self.fitting} can be drawn: {self.reasons()}."
        together = f"{_capital(', '.join(names[:-1]))} and {names[-1]}"
        return f"{together} want {wanted} together, and the same {self.fitting} fit them: {self.reasons()}."

    def reasons(self) -> str:
        """The counts that each filter left."""
        told = [", ".join(f"{step.left} {step.words}" for step in seat.steps) for seat in self.slots]
        return "; ".join(dict.fromkeys(told))


@dataclass(frozen=True)
class Draw:
    """What a seed gives: an entry for every seat, or the shortages that stand against it."""

    seed: int
    seats: tuple[Seat, ...]
    entries: tuple[Entry | None, ...]
    shortages: tuple[Shortage, ...]

    @property
    def rows(self) -> list[tuple[int, Entry]]:
        """The index of a section and a question of it, in the order that they are asked in."""
        pairs = zip(self.seats, self.entries, strict=True)
        return [(seat.section, entry) for seat, entry in pairs if entry]

    @property
    def places(self) -> list[Place]:
        """In the order that they are asked in."""
        pairs = zip(self.seats, self.entries, strict=True)
        return [Place(seat.section, entry.question, seat.slot.follows) for seat, entry in pairs if entry]

    @property
    def minutes(self) -> int:
        return sum(entry.minutes for _, entry in self.rows)


def draw(template: Template, stock: Stock, seed: int, seen: Collection[int] = ()) -> Draw:
    """The questions of an interview with this seed. Expects `selectors.template.composed`.

    A fixed question that is not in stock has an empty pool, and so is a shortage.
    """
    seats = tuple(_seats(template, stock, seen))
    pools = [[entry.key for entry in seat.pool] for seat in seats]
    seated = match(pools, seed)
    by_key = {entry.key: entry for entry in stock.entries}
    return Draw(
        seed=seed,
        seats=seats,
        entries=tuple(by_key[key] if key else None for key in seated),
        shortages=tuple(_shortages(seats, short_groups(pools, seated))),
    )


def _shortages(seats: Sequence[Seat], groups: Sequence[Sequence[int]]) -> list[Shortage]:
    """Those of one slot told together: seats with nothing in their pool have no rivals to be grouped by."""
    found: list[Shortage] = []
    for group in groups:
        short = Shortage(tuple(seats[number] for number in group))
        same = [other for other in found if other.slot_keys & short.slot_keys]
        found = [other for other in found if other not in same]
        found.append(Shortage(tuple(seat for one in [*same, short] for seat in one.seats)))
    return found


def _seats(template: Template, stock: Stock, seen: Collection[int]) -> Iterator[Seat]:
    sections = list(template.sections.all())
    fixed = {slot.question_id for section in sections for slot in section.slots.all() if slot.question_id}
    for index, section in enumerate(sections):
        for number, slot in enumerate(section.slots.all(), start=1):
            name = f"slot {number} of “{section.title}”"
            yield from [_seat(index, slot, name, stock, fixed, seen)] * slot.count


def _seat(
    section: int, slot: Slot, name: str, stock: Stock, fixed: Collection[int], seen: Collection[int]
) -> Seat:
    if slot.draws:
        entries, steps = pool(slot, stock, fixed, seen)
        return Seat(section, slot, name, tuple(entries), tuple(steps))
    entry = stock.find(slot.question_id)
    refusal = _fixed_refusal(slot, entry, stock)
    return Seat(section, slot, name, (entry,) if entry and not refusal else (), (), refusal)


def _fixed_refusal(slot: Slot, entry: Entry | None, stock: Stock) -> str:
    """Why the question that a slot names cannot be served; empty when it can."""
    if entry is None:
        return f"“{slot.question}” is not published. Publish it, or name another question"
    if entry.needs_gpu and not stock.has_gpu:
        return (
            f"“{entry.title}” needs a GPU, and no worker with one has been seen. "
            f"Start one on the queue {GPU_QUEUE}, or name another question"
        )
    return ""


def match(pools: Sequence[Collection[str]], seed: int) -> list[str | None]:
    """One of its pool for each seat, none twice; None where there are too few. As many are seated as can be.

    The same seed and pools give the same again, in whatever order a pool lists what is in it.
    """
    random = Random(seed)  # noqa: S311  a draw that can be drawn again, not a secret
    orders = [random.sample(sorted(choices), len(choices)) for choices in pools]
    holders: dict[str, int] = {}
    for seat in range(len(pools)):
        _place(seat, orders, holders, set())
    seated = {seat: choice for choice, seat in holders.items()}
    return [seated.get(seat) for seat in range(len(pools))]


def _place(seat: int, orders: Sequence[Sequence[str]], holders: dict[str, int], tried: set[str]) -> bool:
    """Seat it: on what is free, else on what another seat can give up for something else."""
    free = next((choice for choice in orders[seat] if choice not in holders), None)
    if free is not None:
        holders[free] = seat
        return True
    for choice in orders[seat]:
        if choice not in tried:
            tried.add(choice)
            if _place(holders[choice], orders, holders, tried):
                holders[choice] = seat
                return True
    return False


def short_groups(pools: Sequence[Collection[str]], seated: Sequence[str | None]) -> list[list[int]]:
    """Seats, by number, that want more than their pools have together (Hall 1935); the groups are disjoint.

    `seated` is what `match` made of the pools: as full as it can be.
    """
    holder = {choice: seat for seat, choice in enumerate(seated) if choice is not None}
    groups: list[set[int]] = []
    for seat, choice in enumerate(seated):
        if choice is None:
            rivals = _rivals(seat, pools, holder)
            overlapping = [group for group in groups if group & rivals]
            groups = [group for group in groups if not group & rivals]
            groups.append(rivals.union(*overlapping))
    return [sorted(group) for group in groups]


def _rivals(seat: int, pools: Sequence[Collection[str]], holder: Mapping[str, int]) -> set[int]:
    """The seat and all whose places it could have, had they somewhere to go."""
    rivals, waiting = {seat}, [seat]
    while waiting:
        for choice in pools[waiting.pop()]:
            if (other := holder[choice]) not in rivals:
                rivals.add(other)
                waiting.append(other)
    return rivals


def _questions(number: int) -> str:
    return "1 question" if number == 1 else f"{number} questions"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
