"""Faulty copies of right programs, one mistake each: tests that do not notice them are too weak.

Each operator is a mistake that people make in this trade. They are applied to the syntax tree, at every place
that the entry points reach; around a place the source stays as its author wrote it, so that a difference shows the
mistake alone.
"""

from __future__ import annotations

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

#: Lines that a difference shows above and below what was changed.
CONTEXT = 2


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
            change = _change(source, changed)
            diff = _diff(path, source, change)
            identity = _identity(path, operator.name, change)
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


@dataclass(frozen=True)
class _Change:
    """The lines that differ, and how many lines before and after them do not."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    above: int
    below: int


def _change(source: str, changed: str) -> _Change:
    old, new = source.splitlines(), changed.splitlines()
    above = _alike(old, new)
    below = _alike(old[:above:-1], new[:above:-1])
    return _Change(tuple(old[above : len(old) - below]), tuple(new[above : len(new) - below]), above, below)


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines at the beginning are the same."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((number for number, (one, other) in pairs if one != other), min(len(old), len(new)))


def _diff(path: str, source: str, change: _Change) -> str:
    """As `diff -u` writes it. Not by difflib, which may call another of two equal lines the changed one."""
    lines = source.splitlines()
    first = max(0, change.above - CONTEXT)
    head = lines[first : change.above]
    tail = lines[len(lines) - change.below :][:CONTEXT] if change.below else []
    around = len(head) + len(tail)
    return "\n".join(
        [
            f"--- {path}",
            f"+++ {path} (mutant)",
            f"@@ -{first + 1},{around + len(change.before)} +{first + 1},{around + len(change.after)} @@",
            *(f" {line}" for line in head),
            *(f"-{line}" for line in change.before),
            *(f"+{line}" for line in change.after),
            *(f" {line}" for line in tail),
        ]
    )


def _identity(path: str, operator: str, change: _Change) -> str:
    """From what was changed, not from where it stands."""
    parts = [path, operator, *change.before, "", *change.after]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]
