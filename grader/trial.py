"""The trial of a question's tests: do they notice the mutants of what they accept?"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event

from grader.judge import Grader
from grader.mutants import Mutant, chosen, mutants_of
from grader.proof import MutantOutcome
from grader.question import Question
from grader.results import Result, Verdict

REFERENCE = "grading/reference.py"
#: So many mutants are tried of a question, spread over operators; more would tell little more, and take long.
MUTANTS = 60
#: Gradings of a check share the machine with each other and with interviews: so much longer may they take by the clock.
BUSY = 3.0
#: A mutant that passes on these many draws has survived.
MUTANT_SEEDS = 3
#: Mutants that run on for ever are given up after this many times what the slowest original took, in seconds …
PATIENCE = 4.0
#: … and not before this many seconds.
LEAST_SECONDS = 3.0


@dataclass(frozen=True)
class Original:
    """A program that passes: where it stands, its source, and the lowest score that it got."""

    path: str
    source: str
    score: float


def reference_of(question: Question) -> str:
    """The source of the reference when it could be a submission itself, else empty."""
    source = question.files.get(REFERENCE, b"").decode()
    names = {name.split(".")[0] for name in question.entry_points}
    return source if source and names <= set(_defined(source)) else ""


def _defined(source: str) -> Iterator[str]:
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            yield statement.name


def unbound(question: Question) -> Question:
    """The question without forbidden names: its reference may use what submissions may not."""
    return replace(question, forbid=())


def patient(question: Question) -> Question:
    """The question with more wall time, for a machine that is busy. CPU time, which says how slow code is, stays."""
    limits = question.limits
    return replace(question, limits=replace(limits, wall_seconds=BUSY * limits.wall_seconds))


def mutants(
    question: Question, originals: Sequence[Original], declared: Collection[str] = ()
) -> list[Mutant]:
    """The mutants to try, of all originals together; declared ones are always among them."""
    made = [
        mutant
        for original in originals
        for mutant in mutants_of(original.path, original.source, question.entry_points)
    ]
    some = chosen(made, MUTANTS)
    return some + [mutant for mutant in made if mutant.id in declared and mutant not in some]


def hurried(question: Question, results: Sequence[Result]) -> Question:
    """The question with less time: what takes far longer than any original did hangs, and is not waited for."""
    limits = question.limits
    wall = max(result.usage.wall_seconds for result in results)
    cpu = max(result.usage.cpu_seconds for result in results)
    short = replace(
        limits,
        wall_seconds=min(limits.wall_seconds, max(LEAST_SECONDS, BUSY * PATIENCE * wall)),
        cpu_seconds=min(limits.cpu_seconds, max(LEAST_SECONDS, PATIENCE * cpu)),
    )
    return replace(question, limits=short)


class Trial:
    """Tries one mutant after the other; safe to share between threads."""

    def __init__(
        self,
        question: Question,
        grader: Grader,
        originals: Sequence[Original],
        reasons: Mapping[str, str],
        stopped: Event,
    ) -> None:
        self._question = question
        self._grader = grader
        self._scores = {original.path: original.score for original in originals}
        self._reasons = reasons
        self._stopped = stopped

    def run(self, mutant: Mutant) -> MutantOutcome:
        """Judge it until a draw shows the mistake: by its verdict, or by points that the original has."""
        question = unbound(self._question) if mutant.path == REFERENCE else self._question
        result = self._judge(question, mutant, 1)
        for seed in range(2, MUTANT_SEEDS + 1):
            if self._notices(mutant, result) or self._stopped.is_set():
                break
            result = self._judge(question, mutant, seed)
        killed = self._notices(mutant, result)
        return MutantOutcome(
            id=mutant.id,
            operator=mutant.operator,
            path=mutant.path,
            line=mutant.line,
            diff=mutant.diff,
            killed=killed,
            verdict=result.verdict,
            equivalent=self._reasons.get(mutant.id, "") if not killed else "",
        )

    def _judge(self, question: Question, mutant: Mutant, seed: int) -> Result:
        return self._grader.judge(
            question, question.answered(mutant.source), seed=seed, stop_early=True, hints=False
        )

    def _notices(self, mutant: Mutant, result: Result) -> bool:
        """A Judge Error is a test that broke, which has noticed nothing."""
        if result.verdict is Verdict.JUDGE_ERROR:
            return False
        return result.verdict is not Verdict.ACCEPTED or result.score < self._scores[mutant.path]
