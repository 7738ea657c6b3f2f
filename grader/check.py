"""Proves a question: its files hold, its example submissions get the verdicts that their directories promise, and its
tests notice the mistakes that are made on purpose in what they accept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from grader.crew import Crew, Job
from grader.equivalents import declared, declared_badly, stale
from grader.errors import Problem, QuestionError
from grader.found import found_problems
from grader.judge import Grader
from grader.listed import forbid_problems
from grader.precision import precision_problems, widened
from grader.proof import CPU_FACTOR, KILL_RATE, MutantOutcome, Outcome, Report, Step
from grader.question import Example, Question, load_question
from grader.results import Result, Verdict
from grader.scores import score_problems
from grader.texts import text_problems
from grader.trial import (
    MUTANT_SEEDS,
    REFERENCE,
    Original,
    Trial,
    hurried,
    mutants,
    patient,
    reference_of,
    unbound,
)

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
#: In float64 the first of them must pass on these many.
PRECISION_SEEDS = 3

OnProgress = Callable[[Step], None] | None
#: A submission and the seed of its inputs.
Draw = tuple[str, int]


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
    report = check_question(
        question, grader, seeds=seeds, on_progress=on_progress, workers=workers, kill_rate=kill_rate
    )
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
    report = Report(
        path=question.title,
        title=question.title,
        kind=question.kind,
        content_hash=question.content_hash,
        seeds=seeds,
        kill_rate=kill_rate,
        problems=tuple(_unproven(question)),
        cpu_limit=question.limits.cpu_seconds,
    )
    if report.problems or not question.is_graded:
        return report
    if problems := (*forbid_problems(question, grader), *found_problems(question, grader)):
        return replace(report, problems=problems)
    with Crew(workers, 0, on_progress) as crew:
        return _Check(question, grader, crew, seeds).run(report)


class _Check:
    """The gradings of one check, top to bottom."""

    def __init__(self, question: Question, grader: Grader, crew: Crew, seeds: int) -> None:
        self._question = question
        self._grader = grader
        self._crew = crew
        self._seeds = seeds
        self._examples = {example.path: example for example in question.submissions}
        self._broken: set[str] = set()

    def run(self, report: Report) -> Report:
        """`report` with what the gradings show. Mutants are made only of what is known to be right."""
        results = self._judge_examples()
        outcomes = tuple(_outcome(example, _of(results, path)) for path, example in self._examples.items())
        report = replace(
            report, outcomes=outcomes, problems=(*report.problems, *_too_tight(report, outcomes))
        )
        if not all(outcome.ok for outcome in outcomes):
            return report
        originals = self._originals(results)
        reasons = declared(self._question)
        tried = self._try_mutants(originals, results, reasons)
        made, killed = {mutant.id for mutant in tried}, {mutant.id for mutant in tried if mutant.killed}
        report = replace(report, mutants=tried)
        problems = (*report.problems, *stale(self._question, reasons, made, killed))
        return self._in_float64(replace(report, problems=problems), originals[0])

    def _in_float64(self, report: Report, original: Original) -> Report:
        """`report` with what a run in float64 shows, where one can be made."""
        wide = widened(self._question, original.source)
        if not wide:
            return report
        jobs = [
            Job(f"{original.path} in float64", seed, self._judging(unbound(self._question), wide, seed))
            for seed in range(1, PRECISION_SEEDS + 1)
        ]
        results = list(self._crew.run(jobs).values())
        problems = (*report.problems, *precision_problems(self._question, original.path, results))
        is_told = any(result.verdict is Verdict.ACCEPTED for result in results) or problems
        return replace(report, problems=problems, in_float64=original.path if is_told else "")

    def _judge_examples(self) -> dict[Draw, Result]:
        jobs: list[Job[Draw, Result | None]] = [
            Job(path, (path, seed), partial(self._judge, example, seed))
            for path, example in self._examples.items()
            for seed in range(1, self._rounds(example) + 1)
        ]
        reference = reference_of(self._question)
        if reference:
            free = unbound(self._question)
            jobs += [
                Job(REFERENCE, (REFERENCE, seed), self._judging(free, reference, seed))
                for seed in range(1, MUTANT_SEEDS + 1)
            ]
        self._crew.total = len(jobs) + len(self._mutants_expected()) + PRECISION_SEEDS
        found = self._crew.run(jobs)
        return {draw: result for draw, result in found.items() if result is not None}

    def _rounds(self, example: Example) -> int:
        """Accepted examples must hold for every draw; a wrong one that is caught once is caught."""
        return self._seeds if PROMISES[example.directory] is Verdict.ACCEPTED else 1

    def _judge(self, example: Example, seed: int) -> Result | None:
        """Nothing when an earlier seed broke the promise: nobody waits for the others then."""
        if example.path in self._broken:
            return None
        is_slow = PROMISES[example.directory] is Verdict.TIME_LIMIT
        asked = self._question if is_slow else patient(self._question)
        result = self._grader.judge(asked, asked.answered(example.source), seed=seed)
        if result.verdict is not PROMISES[example.directory]:
            self._broken.add(example.path)
        return result

    def _judging(self, question: Question, source: str, seed: int) -> Callable[[], Result]:
        return partial(self._grader.judge, patient(question), question.answered(source), seed=seed)

    def _mutants_expected(self) -> Sequence[object]:
        accepted = [path for path, example in self._examples.items() if example.directory == "accepted"]
        return mutants(self._question, [Original(path, self._examples[path].source, 0) for path in accepted])

    def _originals(self, results: dict[Draw, Result]) -> list[Original]:
        """What mutants are made of: every accepted submission, and the reference where it passes as one."""
        sources = {
            path: example.source
            for path, example in self._examples.items()
            if example.directory == "accepted"
        }
        own = _of(results, REFERENCE)
        if own and all(result.verdict is Verdict.ACCEPTED for result in own):
            sources = {REFERENCE: reference_of(self._question), **sources}
        return [
            Original(path, source, min(result.score for result in _of(results, path)))
            for path, source in sources.items()
        ]

    def _try_mutants(
        self, originals: list[Original], results: dict[Draw, Result], reasons: dict[str, str]
    ) -> tuple[MutantOutcome, ...]:
        right = [result for original in originals for result in _of(results, original.path)]
        trial = Trial(hurried(self._question, right), self._grader, originals, reasons, self._crew.stopped)
        chosen = mutants(self._question, originals, reasons)
        self._crew.total = len(results) + len(chosen) + PRECISION_SEEDS
        jobs = [
            Job(f"mutant {number} of {len(chosen)}", mutant.id, partial(trial.run, mutant))
            for number, mutant in enumerate(chosen, start=1)
        ]
        return tuple(self._crew.run(jobs).values())


def _of(results: dict[Draw, Result], path: str) -> list[Result]:
    return [result for (of, _), result in results.items() if of == path]


def _outcome(example: Example, results: list[Result]) -> Outcome:
    """The first result that breaks the promise, or the last."""
    promised = PROMISES[example.directory]
    telling = next((result for result in results if result.verdict is not promised), results[-1])
    most = max(result.usage.cpu_seconds for result in results)
    return Outcome(example.path, promised, telling.verdict, telling.seed, _first_failure(telling), most)


def _too_tight(report: Report, outcomes: Sequence[Outcome]) -> Iterator[Problem]:
    """A slower machine, or a slower way to be right, must not turn an accepted submission away."""
    slowest = replace(report, outcomes=tuple(outcomes)).slowest
    if slowest is not None and CPU_FACTOR * slowest.cpu_seconds > report.cpu_limit:
        message = (
            f"limits.cpu_seconds is {report.cpu_limit:g}, and {slowest.path} used {slowest.cpu_seconds:.2f}"
        )
        hint = f"allow at least {CPU_FACTOR * slowest.cpu_seconds:.1f}, or make the tests cheaper"
        yield Problem("question.yaml", 0, message, hint)


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
    yield from declared_badly(question)
    yield from text_problems(question)
    yield from score_problems(question)


def _first_failure(result: Result) -> str:
    failed = (f"{test.name}: {test.message}" for test in result.tests if test.verdict is result.verdict)
    return result.message or ("" if result.verdict is Verdict.ACCEPTED else next(failed, ""))
