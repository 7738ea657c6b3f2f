"""More tests where those of a source let mistakes pass: its own scripts with other numbers, chosen by what they notice.

What they should print is what the source's solution prints, in the sandbox. A script is kept only when it tells a
mutant of the solution from the solution, and when it prints the same numbers on every draw.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from grader.importers import deepml_texts
from grader.importers.rehearsal import Draft
from grader.importers.sheet import Case
from grader.importers.variants import SHARES, varied
from grader.judge import Grader
from grader.loading import MAIN
from grader.mutants import Mutant, chosen, mutants_of
from grader.proof import KILL_RATE
from grader.results import Result, TestResult, Verdict
from grader.trial import MUTANTS

TestsOf = Callable[[Sequence[Case]], str]

#: A mutant that runs on for ever must not hold the import up.
LIMITS = {"wall_seconds": 20, "cpu_seconds": 20, "memory_mb": 1024}
#: Variants that are tried of all scripts together, and kept at most.
TRIED, KEPT = 48, 8
#: A print longer than this is no test that anybody reads.
LONGEST = 1500


def strengthened(draft: Draft, tests_of: TestsOf, cases: Sequence[Case], grader: Grader) -> list[Case]:
    """Variants of `cases` that notice mutants which the cases themselves do not; none where they notice enough.

    `draft` has `cases` as its tests and the solution as its only accepted answer; `tests_of` makes a tests file.
    """
    (solution,) = draft.accepted.values()
    entries = draft.front["entry_points"]
    mutants = chosen(mutants_of("solution.py", solution, entries), MUTANTS)
    ours = _Rehearsal(draft, tests_of, grader)
    survivors = [m for m in mutants if ours.judge(cases, m.source).verdict is Verdict.ACCEPTED]
    if len(survivors) <= (1 - KILL_RATE) * len(mutants):
        return []
    steady = _steady(ours, _variants(cases), solution)
    noticed = _noticed(ours, steady, survivors) if steady else {}
    return [steady[number] for number in _fewest(noticed)]


class _Rehearsal:
    """Judging a source against some cases, in the place of the draft's own."""

    def __init__(self, draft: Draft, tests_of: TestsOf, grader: Grader) -> None:
        self._draft, self._tests_of, self._grader = draft, tests_of, grader

    def judge(self, cases: Sequence[Case], source: str, seed: int = 1, *, tests: str = "") -> Result:
        """The result of `source` on these cases, or on a tests file of its own."""
        file = {"grading/tests.py": (tests or self._tests_of(cases)).encode()}
        question = self._draft.question(LIMITS, file)
        return self._grader.judge(question, {MAIN: source}, seed=seed)


def _variants(cases: Sequence[Case]) -> list[Case]:
    """Scripts with other numbers, all of them different, taken from each case in turn."""
    made: dict[str, Case] = {}
    for seed in range(TRIED):
        # Not in step with the shares, or each case would only ever meet one of them.
        case = cases[seed // len(SHARES) % len(cases)]
        script = varied(case.script, seed)
        made.setdefault(script, Case(script, "", case.line))
    return list(made.values())


def _steady(ours: _Rehearsal, cases: Sequence[Case], solution: str) -> list[Case]:
    """The variants for which the solution prints finite numbers, the same on two draws, with what it prints."""
    tests = deepml_texts.tellers(cases)
    first, second = (ours.judge(cases, solution, seed, tests=tests).tests for seed in (1, 2))
    pairs = zip(cases, first, second, strict=True)
    return [
        Case(case.script, one.message, case.line)
        for case, one, other in pairs
        if _is_usable(one) and one.message == other.message
    ]


def _is_usable(test: TestResult) -> bool:
    text = test.message.strip()
    numbers = re.search(r"\d", text) and not re.search(r"\b(nan|inf)\b", text)
    return test.verdict is Verdict.ACCEPTED and bool(numbers) and len(text) <= LONGEST


def _noticed(ours: _Rehearsal, cases: Sequence[Case], survivors: Sequence[Mutant]) -> dict[int, set[str]]:
    """For each variant the survivors that do not pass it."""
    noticed: dict[int, set[str]] = {number: set() for number in range(len(cases))}
    for mutant in survivors:
        for number, test in enumerate(ours.judge(cases, mutant.source).tests):
            if test.verdict not in (Verdict.ACCEPTED, Verdict.SKIPPED):
                noticed[number].add(mutant.id)
    return noticed


def _fewest(noticed: dict[int, set[str]]) -> list[int]:
    """Variant after variant, each time the one that notices most of what is left."""
    left = set[str]().union(*noticed.values())
    kept: list[int] = []
    while left and len(kept) < KEPT:
        best = max(noticed, key=lambda number: len(noticed[number] & left))
        kept.append(best)
        left -= noticed[best]
    return kept
