"""Proves a question folder: its example submissions get the verdicts that their directories promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.errors import Problem, QuestionError
from grader.judge import MAIN, Grader
from grader.question import Example, Question, load_question
from grader.results import Result, Verdict

#: Directory names of the Kattis problem package format, and one for each further verdict.
PROMISES = {
    "accepted": Verdict.ACCEPTED,
    "wrong_answer": Verdict.WRONG_ANSWER,
    "run_time_error": Verdict.RUNTIME_ERROR,
    "time_limit_exceeded": Verdict.TIME_LIMIT,
    "memory_limit_exceeded": Verdict.MEMORY_LIMIT,
    "output_limit_exceeded": Verdict.OUTPUT_LIMIT,
    "compile_error": Verdict.COMPILE_ERROR,
    "invalid_submission": Verdict.INVALID,
    "security_violation": Verdict.SECURITY,
}

#: An accepted example must pass on each of these many draws of the inputs.
ACCEPTED_SEEDS = 20


@dataclass(frozen=True)
class Outcome:
    """What became of one example submission; `seed` shows a failure again."""

    path: str
    promised: Verdict
    verdict: Verdict
    seed: int
    detail: str = ""

    @property
    def ok(self) -> bool:
        """True when the promise was kept."""
        return self.verdict is self.promised


@dataclass(frozen=True)
class Report:
    """The proof of one folder: problems of the folder itself, or the outcomes of its examples."""

    path: str
    problems: tuple[Problem, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    content_hash: str = ""

    @property
    def ok(self) -> bool:
        """True when the question can be published."""
        return not self.problems and all(outcome.ok for outcome in self.outcomes)


def check_folder(path: str | Path, grader: Grader, seeds: int = ACCEPTED_SEEDS) -> Report:
    """Validate the folder at `path` and, where it is graded by tests, judge its example submissions."""
    try:
        question = load_question(path)
    except QuestionError as error:
        return Report(str(path), problems=error.problems)
    problems = tuple(_unproven(question))
    if problems:
        return Report(str(path), problems)
    outcomes = tuple(_judge(question, example, grader, seeds) for example in question.submissions)
    return Report(str(path), (), outcomes, question.content_hash)


def _unproven(question: Question) -> Iterator[Problem]:
    directories = [example.directory for example in question.submissions]
    for name in sorted(set(directories) - set(PROMISES)):
        yield Problem(
            f"submissions/{name}", 0, "is not the name of a verdict", f"one of: {', '.join(PROMISES)}"
        )
    if question.is_graded and "accepted" not in directories:
        yield Problem(
            "submissions/accepted", 0, "holds no submission", "a question needs a proof that it can be solved"
        )
    if question.is_graded and set(directories) <= {"accepted"}:
        yield Problem("submissions", 0, "holds no wrong submission", "add one that the tests must turn away")


def _judge(question: Question, example: Example, grader: Grader, seeds: int) -> Outcome:
    """Accepted examples must hold for every draw; a wrong one that is caught once is caught."""
    promised = PROMISES[example.directory]
    rounds = seeds if promised is Verdict.ACCEPTED else 1
    for seed in range(1, rounds + 1):
        result = grader.judge(question, {MAIN: example.source}, seed=seed)
        if result.verdict is not promised:
            break
    return Outcome(example.path, promised, result.verdict, seed, _first_failure(result))


def _first_failure(result: Result) -> str:
    failed = (f"{test.name}: {test.message}" for test in result.tests if test.verdict is result.verdict)
    return result.message or ("" if result.verdict is Verdict.ACCEPTED else next(failed, ""))
