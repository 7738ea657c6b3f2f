"""The rubric of a question: what a reviewer looks for, in layers, and what costs points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from grader.errors import Problem, QuestionError
from grader.schemas import schema
from grader.yamlfile import line_of, read_yaml

SCHEMA = schema("rubric")


@dataclass(frozen=True)
class Criterion:
    """One thing that a good answer has. `reviewer_note` and `terms` are for the reviewer's eyes only.

    `step` is its place (from 1) in the reference order, where the order of entries is scored. `terms` are looked for
    in an answer when its reviewer asks where this might be said; they score nothing.
    """

    id: str
    tier: str
    points: float
    describe: str
    explain: str
    reviewer_note: str = ""
    step: int | None = None
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class RedFlag:
    """One thing that a good answer never has; `points` is negative. `terms` as those of a Criterion."""

    id: str
    points: float
    describe: str
    explain: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """What the order of a candidate's entries is worth, see `order_fraction`."""

    points: float
    explain: str


@dataclass(frozen=True)
class Rubric:
    """Criteria and red flags together; whatever adds up, an answer never scores below zero."""

    criteria: tuple[Criterion, ...]
    red_flags: tuple[RedFlag, ...] = ()
    follow_ups: tuple[str, ...] = ()
    order: Order | None = None

    @property
    def max_points(self) -> float:
        """The sum of what the criteria and their order give."""
        criteria = sum(criterion.points for criterion in self.criteria)
        return criteria + (self.order.points if self.order else 0)


def order_fraction(entries: Sequence[int | None]) -> float:
    """The share of pairs of reference steps that an answer has in the reference order.

    `entries[i]` is the number of the entry that covers reference step i + 1, None where none does. A pair of steps
    counts when both are covered, by different entries, the earlier step by the earlier entry; the share is of all
    pairs, k (k − 1) / 2 for k steps. Fewer than two steps have no order: 0.
    """
    pairs = list(combinations(entries, 2))
    right = sum(first is not None and second is not None and first < second for first, second in pairs)
    return right / len(pairs) if pairs else 0.0


def parse_rubric(path: str, content: bytes) -> Rubric:
    """Read `rubric.yaml`; a QuestionError names every line that is wrong."""
    document = read_yaml(path, content, SCHEMA)
    entries = [*document["criteria"], *document.get("red_flags", [])]
    ids = [entry["id"] for entry in entries]
    repeated = sorted({name for name in ids if ids.count(name) > 1})
    if repeated:
        raise QuestionError(
            [Problem(path, 0, f"id '{name}' is used twice", "ids are unique") for name in repeated]
        )
    problems = list(_step_problems(path, content, document))
    if problems:
        raise QuestionError(problems)
    return Rubric(
        criteria=tuple(Criterion(**_frozen(entry)) for entry in document["criteria"]),
        red_flags=tuple(RedFlag(**_frozen(entry)) for entry in document.get("red_flags", [])),
        follow_ups=tuple(document.get("follow_ups", [])),
        order=Order(**document["order"]) if "order" in document else None,
    )


def _frozen(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the document with its list of terms as a tuple."""
    return entry | {"terms": tuple(entry.get("terms", ()))}


def _step_problems(path: str, content: bytes, document: dict[str, Any]) -> Iterator[Problem]:
    """Steps are 1 to k, each once, at least two; with them `order` says what the order is worth."""
    steps = {index: entry["step"] for index, entry in enumerate(document["criteria"]) if "step" in entry}
    for index, step in steps.items():
        line = line_of(content, ["criteria", index, "step"])
        if list(steps.values()).index(step) != list(steps).index(index):
            yield Problem(
                path, line, f"step {step} is used twice", "each place in the order has one criterion"
            )
        elif step > len(steps):
            hint = f"{len(steps)} criteria have a step: number them 1 to {len(steps)}"
            yield Problem(path, line, f"step {step} leaves a gap", hint)
    if "order" in document and len(steps) < 2:
        line = line_of(content, ["order"])
        yield Problem(path, line, "'order' needs two criteria with a 'step'", "add steps, or remove it")
    if steps and "order" not in document:
        hint = "add order: {points: …, explain: …}, or remove the steps"
        yield Problem(
            path, line_of(content, ["criteria"]), "the criteria have steps and 'order' is missing", hint
        )
