"""The sandbox as the judge of an import: the accepted answer must be accepted, wrong ones find their verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from grader.check import PROMISES
from grader.equivalents import EQUIVALENT
from grader.errors import QuestionError
from grader.judge import Grader
from grader.loading import MAIN
from grader.mutants import mutants_of
from grader.proof import MAX_EQUIVALENTS
from grader.question import Question
from grader.results import Result, Verdict

#: Room for a source whose needs are not known yet.
TRIAL_LIMITS = {"wall_seconds": 120, "cpu_seconds": 240, "memory_mb": 8192}
#: An imported question allows this many times what its own answer took: machines differ, and so do good answers.
SLACK = 8
SEEDS = (1, 2, 3)
#: Check judges a wrong answer on one draw; the second shows that its verdict is no accident.
WRONG_SEEDS = (1, 2)

_DIRECTORIES = {verdict: directory for directory, verdict in PROMISES.items()}


@dataclass(frozen=True)
class Draft:
    """A question but for what only the sandbox can tell: its limits, and the verdicts of its wrong answers.

    `front` becomes question.yaml, `files` are the rest, `wrong` are sources by name, and `blame` turns a result
    in which the accepted answer was not accepted into the error that names the place in the source. `no_gradient`
    says why cutting a gradient is no mistake in this question, where it is none.
    """

    front: Mapping[str, Any]
    files: Mapping[str, bytes]
    accepted: Mapping[str, str]
    wrong: Mapping[str, str]
    blame: Callable[[Result], QuestionError]
    no_wrong: QuestionError
    no_gradient: str = ""

    def question(self, limits: Mapping[str, float], more: Mapping[str, bytes] | None = None) -> Question:
        """The folder with these limits."""
        front = {**self.front, "limits": dict(limits)}
        text = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=100)
        return Question.from_files({"question.yaml": text.encode(), **self.files, **(more or {})})


def proven(draft: Draft, grader: Grader) -> Question:
    """The finished question, or the QuestionError that `blame` makes of what was seen."""
    trial = draft.question(TRIAL_LIMITS)
    examples: dict[str, bytes] = {}
    results = []
    for name, source in draft.accepted.items():
        results += [_accepted(draft, grader.judge(trial, {MAIN: source}, seed=seed)) for seed in SEEDS]
        examples[f"submissions/accepted/{name}.py"] = source.encode()
    question = draft.question(_limits(results))
    wrong = _wrong(draft, question, grader)
    if not wrong:
        raise draft.no_wrong
    return draft.question(_limits(results), examples | wrong | _equivalents(draft, question, grader))


def _accepted(draft: Draft, result: Result) -> Result:
    if result.verdict is not Verdict.ACCEPTED:
        raise draft.blame(result)
    return result


def _limits(results: list[Result]) -> dict[str, float]:
    """What the accepted answers took at most, with slack, and never less than a question has by default.

    Time on the wall follows from CPU seconds: how busy this machine was is no property of the question.
    """
    cpu = max(result.usage.cpu_seconds for result in results)
    memory = max(result.usage.peak_memory_mb for result in results)
    return {
        "wall_seconds": max(10, math.ceil(SLACK * cpu)),
        "cpu_seconds": max(20, math.ceil(SLACK * cpu)),
        "memory_mb": max(512, 64 * math.ceil(3 * memory / 64)),
    }


def _wrong(draft: Draft, question: Question, grader: Grader) -> dict[str, bytes]:
    """Each wrong answer under its verdict; one that is accepted, or not always refused alike, proves nothing."""
    found = {}
    for name, source in draft.wrong.items():
        verdicts = {grader.judge(question, {MAIN: source}, seed=seed).verdict for seed in WRONG_SEEDS}
        directory = _DIRECTORIES.get(next(iter(verdicts)))
        if len(verdicts) == 1 and directory not in (None, "accepted"):
            found[f"submissions/{directory}/{name}.py"] = source.encode()
    return found


def _equivalents(draft: Draft, question: Question, grader: Grader) -> dict[str, bytes]:
    """Mutants that only cut a gradient, and that no test notices, declared where gradients are not asked for."""
    if not draft.no_gradient:
        return {}
    cuts = [
        mutant
        for name, source in draft.accepted.items()
        for mutant in mutants_of(f"submissions/accepted/{name}.py", source, question.entry_points)
        if mutant.operator == "detached" and _is_accepted(question, mutant.source, grader)
    ]
    entries = [{"mutant": mutant.id, "reason": draft.no_gradient} for mutant in cuts[:MAX_EQUIVALENTS]]
    return {EQUIVALENT: yaml.safe_dump({"equivalent": entries}).encode()} if entries else {}


def _is_accepted(question: Question, source: str, grader: Grader) -> bool:
    results = (grader.judge(question, {MAIN: source}, seed=seed) for seed in SEEDS)
    return all(result.verdict is Verdict.ACCEPTED for result in results)


def first_failure(result: Result) -> str:
    """What went wrong, in the words of the grading."""
    failed = (test.message for test in result.tests if test.verdict is result.verdict)
    return result.message or next(failed, "") or result.verdict.label
