"""Faulty copies of right programs, one mistake each: tests that do not notice them are too weak.

Each operator is a mistake that people make in this trade. They are applied to the syntax tree, at every place
that the entry points reach; around a place the source stays as its author wrote it, so that a difference shows the
mistake alone.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.mutants import algebra, tensors, training
from grader.mutants.base import Operator, Place
from grader.mutants.code import Code

OPERATORS: tuple[Operator, ...] = (
    algebra.DroppedScale(),
    algebra.DroppedTerm(),
    algebra.DroppedGuard(),
    algebra.DroppedFunction(),
    algebra.FlippedSign(),
    algebra.SwappedOperands(),
    algebra.ChangedConstant(),
    algebra.SwappedComparison(),
    algebra.ShiftedBoundary(),
    algebra.NegatedCondition(),
    tensors.FlippedMask(),
    tensors.DroppedMask(),
    tensors.WeakFill(),
    tensors.WrongDim(),
    tensors.DroppedKeepdim(),
    tensors.SumForMean(),
    tensors.SwappedExtremum(),
    tensors.DroppedTranspose(),
    tensors.ZerosForOnes(),
    tensors.OffByOne(),
    tensors.OtherVariance(),
    tensors.DroppedClone(),
    training.Detached(),
    training.KeptGraph(),
    training.MissingZeroGrad(),
    training.SkippedStep(),
    training.WrongMode(),
    training.StaleState(),
)


@dataclass(frozen=True)
class Mutant:
    """A program with one mistake. `id` stays the same while the changed lines do, wherever they move."""

    id: str
    operator: str
    path: str
    line: int
    diff: str
    source: str


def mutants_of(path: str, source: str, entry_points: Sequence[str]) -> list[Mutant]:
    """Every mutant of the program at `path`, no two of them alike."""
    code = Code(source, entry_points)
    made: list[Mutant] = []
    seen, repeats = {source}, Counter[str]()
    for place in code.places():
        for operator, changed in _changes(code, place):
            if changed in seen:
                continue
            seen.add(changed)
            diff = _diff(path, source, changed)
            identity = _identity(path, operator.name, diff)
            repeats[identity] += 1
            number = f"{identity}-{repeats[identity]}" if repeats[identity] > 1 else identity
            made.append(Mutant(number, operator.name, path, code.line(place.node), diff, changed))
    return made


def chosen(mutants: Sequence[Mutant], most: int) -> list[Mutant]:
    """At most so many of them: one of each operator in turn, taken evenly from its first to its last."""
    by_operator = [[m for m in mutants if m.operator == operator.name] for operator in OPERATORS]
    share = {id(group): 0 for group in by_operator}
    while sum(share.values()) < min(most, len(mutants)):
        for group in by_operator:
            if share[id(group)] < len(group) and sum(share.values()) < most:
                share[id(group)] += 1
    return [mutant for group in by_operator for mutant in _evenly(group, share[id(group)])]


def _evenly(group: Sequence[Mutant], count: int) -> list[Mutant]:
    return [group[position * len(group) // count] for position in range(count)]


def _changes(code: Code, place: Place) -> Iterator[tuple[Operator, str]]:
    for operator in OPERATORS:
        for replacement in operator.variants(place):
            changed = code.replaced(place.node, replacement)
            if changed is not None:
                yield operator, changed


def _diff(path: str, before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), path, f"{path} (mutant)", lineterm="", n=2
    )
    return "\n".join(lines)


def _identity(path: str, operator: str, diff: str) -> str:
    """From what was changed, not from where it stands."""
    lines = [line for line in diff.splitlines()[2:] if line.startswith(("+", "-"))]
    return hashlib.sha256("\0".join([path, operator, *lines]).encode()).hexdigest()[:8]
