"""Proves a question: its example submissions get the verdicts that their directories promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from grader.crew import Crew, Job
from grader.errors import Problem, QuestionError
from grader.judge import MAIN, Grader
from grader.proof import KILL_RATE, Outcome, Report, Step
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

OnProgress = Callable[[Step], None] | None


def check_folder(
    path: str | Path,
    grader: Grader,
    seeds: int = ACCEPTED_SEEDS,
    *,
    on_progress: OnProgress = None,
    workers: int = 2,
    kill_rate: float = KILL_RATE,
) -> Report:
    """Validate the folder at `path` and prove the question in it, see `check_question`."""
    try:
        question = load_question(path)
    except QuestionError as error:
        return Report(str(path), problems=error.problems)
    options = {"seeds": seeds, "workers": workers}
    report = check_question(question, grader, on_progress=on_progress, kill_rate=kill_rate, **options)
    return replace(report, path=str(path))


def check_question(
    question: Question,
    grader: Grader,
    *,
    seeds: int = ACCEPTED_SEEDS,
    on_progress: OnProgress = None,
    workers: int = 2,
    kill_rate: float = KILL_RATE,
) -> Report:
    """Everything that has to hold before a question is published; `Report.ok` says whether it does.

    `on_progress` is called in the caller's thread after each grading; an exception of its ends the check. Raises
    SandboxUnavailable and JudgeError as the grader does.
    """
    return _Check(question, grader, seeds, workers, on_progress, kill_rate).run()


class _Check:
    """One check, top to bottom."""

    def __init__(
        self,
        question: Question,
        grader: Grader,
        seeds: int,
        workers: int,
        on_progress: OnProgress,
        kill_rate: float,
    ) -> None:
        self._question = question
        self._grader = grader
        self._seeds = seeds
        self._kill_rate = kill_rate
        self._crew = Crew(workers, 0, on_progress)

    def run(self) -> Report:
        question = self._question
        problems = tuple(_unproven(question))
        with self._crew:
            outcomes = tuple(self._outcomes()) if question.is_graded and not problems else ()
        return Report(
            path=question.title,
            title=question.title,
            kind=question.kind,
            content_hash=question.content_hash,
            seeds=self._seeds,
            kill_rate=self._kill_rate,
            problems=problems,
            outcomes=outcomes,
            cpu_limit=question.limits.cpu_seconds,
        )

    def _outcomes(self) -> Iterator[Outcome]:
        examples = {example.path: example for example in self._question.submissions}
        jobs = [
            Job(path, (path, seed), lambda example=example, seed=seed: self._judge(example, seed))
            for path, example in examples.items()
            for seed in range(1, self._rounds(example) + 1)
        ]
        self._crew.total = len(jobs)
        results = self._crew.run(jobs)
        for path, example in examples.items():
            yield _outcome(example, [result for (of, _), result in results.items() if of == path])

    def _rounds(self, example: Example) -> int:
        return self._seeds if PROMISES[example.directory] is Verdict.ACCEPTED else 1

    def _judge(self, example: Example, seed: int) -> Result:
        return self._grader.judge(self._question, {MAIN: example.source}, seed=seed)


def _outcome(example: Example, results: list[Result]) -> Outcome:
    """The first result that breaks the promise, or the last."""
    promised = PROMISES[example.directory]
    telling = next((result for result in results if result.verdict is not promised), results[-1])
    most = max(result.usage.cpu_seconds for result in results)
    return Outcome(example.path, promised, telling.verdict, telling.seed, _first_failure(telling), most)


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


def _first_failure(result: Result) -> str:
    failed = (f"{test.name}: {test.message}" for test in result.tests if test.verdict is result.verdict)
    return result.message or ("" if result.verdict is Verdict.ACCEPTED else next(failed, ""))
