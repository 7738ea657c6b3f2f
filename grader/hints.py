"""Hints: a likely fault in words, beside the numbers that it was seen by.

They explain a grading and have no part in it. Facts come from the candidate's own process and from what it printed;
what they are told as stands here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.curves import Series
from grader.facts import Fact, Fault, Value
from grader.hint_words import WORDS

#: More than these would bury the first, which is the likeliest cause.
MOST_HINTS = 3

#: A fault that explains others: those are left out beside it.
EXPLAINS = {
    Fault.GRADIENTS_NOT_ZEROED: (Fault.NAN_LOSS,),
    Fault.ANOTHER_MODEL_TRAINED: (Fault.OPTIMIZER_MISSES_PARAMETERS,),
}


@dataclass(frozen=True)
class Hint:
    """One likely fault.

    `evidence` are pairs of what was measured and its value. `line` is where it was seen in solution.py. `visible`
    says that a visible test showed it: of a hidden one its candidate learns the fault, and nothing that was measured.
    """

    id: str
    title: str
    text: str
    evidence: tuple[tuple[str, str], ...] = ()
    line: int | None = None
    visible: bool = True

    def for_candidate(self) -> Hint:
        """Numbers could carry what a hidden test had handed over; they are left out."""
        return self if self.visible else replace(self, evidence=(), line=None)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Hint:
        """The inverse of `dataclasses.asdict`, also after a way through JSON."""
        evidence = tuple((name, value) for name, value in document["evidence"])
        return cls(**{**document, "evidence": evidence})


class Observed:
    """The facts of one grading, test by test."""

    def __init__(self) -> None:
        self._facts: dict[Fault, tuple[Fact, bool]] = {}

    def add(self, facts: Iterable[Fact], *, visible: bool) -> None:
        """What one test showed. Of a fault that several show, the first counts, a visible one before hidden ones."""
        for fact in facts:
            if fact.fault not in self._facts or (visible and not self._facts[fact.fault][1]):
                self._facts[fact.fault] = (fact, visible)

    def hints(self, printed: Sequence[Series] = (), visibly: Sequence[Series] = ()) -> tuple[Hint, ...]:
        """The likeliest, at most MOST_HINTS.

        `printed` are the curves of all output, `visibly` those of what was printed outside hidden tests.
        """
        if Fault.NAN_LOSS not in self._facts:
            self.add(_printed_nan(visibly), visible=True)
            self.add(_printed_nan(printed), visible=False)
        explained = {effect for cause in self._facts for effect in EXPLAINS.get(cause, ())}
        order = [fault for fault in Fault if fault in self._facts and fault not in explained]
        return tuple(told(*self._facts[fault]) for fault in order[:MOST_HINTS])


def _printed_nan(curves: Iterable[Series]) -> Iterable[Fact]:
    """A printed loss that became NaN after it had been a number. What was never one may have been printed to say so."""
    for series in curves:
        values = [y for _, y in series.points]
        at = next((n for n, y in enumerate(values) if math.isnan(y)), 0)
        if "loss" in series.name and at and math.isfinite(values[at - 1]):
            yield Fact(Fault.NAN_LOSS, {"value": math.nan, "before": values[at - 1], "first": values[0]})


def told(fact: Fact, visible: bool = True) -> Hint:
    """A fact in words."""
    words = WORDS[fact.fault]
    values = {name: _shown(value) for name, value in fact.values.items()}
    evidence = tuple(
        (label.format(**values), form.format(**values))
        for label, form in words.evidence
        if _can_be_filled(label + form, values)
    )
    return Hint(fact.fault.value, words.title, words.text, evidence, fact.line, visible)


def _can_be_filled(form: str, values: Mapping[str, str]) -> bool:
    needed = (piece.partition("}")[0] for piece in form.split("{")[1:])
    return all(name in values for name in needed)


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float):
        return f"{value:.4g}" if math.isfinite(value) else str(value).replace("nan", "NaN")
    return f"{value:,}" if isinstance(value, int) else value
