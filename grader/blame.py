"""Whose fault it is when a test or a submission stumbles, and in what words that is told."""

from __future__ import annotations

from grader.candidate import CandidateError
from grader.checks import Check
from grader.measuring import BaselineFailed
from grader.results import Verdict

VERDICT_OF_HINT = {
    "memory": Verdict.MEMORY_LIMIT,
    "GPU memory": Verdict.MEMORY_LIMIT,
    "scratch": Verdict.OUTPUT_LIMIT,
}
DETAIL_OF_HINT = {"GPU memory": "GPU"}
WORDS_OF_HINT = {
    "GPU memory": "It ran out of GPU memory. ",
    "memory": "It ran out of memory. ",
    "scratch": "It wrote more to files than the scratch space holds. ",
    "processes": "It started more processes or threads than are allowed. ",
}


def blame(error: Exception, *, answered: bool) -> tuple[Verdict, Check]:
    """A test that stumbles over what it was given is a wrong answer; one that stumbles alone is ours."""
    told = f"{type(error).__name__}: {error}"
    if isinstance(error, BaselineFailed):
        return Verdict.JUDGE_ERROR, Check(False, str(error))
    if answered:
        return Verdict.WRONG_ANSWER, Check(False, f"The test cannot use what the submission returned. {told}")
    return Verdict.JUDGE_ERROR, Check(False, f"The test itself failed. {told}")


def verdict_of_own(error: CandidateError) -> Verdict:
    """What cannot even be read is no error of running it. The place of an error of syntax is in no function."""
    is_unreadable = error.is_a(SyntaxError) and any(function == "" for _, _, function, _ in error.places)
    return Verdict.COMPILE_ERROR if is_unreadable else Verdict.RUNTIME_ERROR


def not_defined(names: list[str]) -> str:
    """What an answer without its entry points is told."""
    return f"The submission must define {' and '.join(names)}, and it must be callable."
