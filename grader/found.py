"""The run of a debug lab's script as it was found: recorded in the sandbox, and held against what it prints now."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from grader.errors import Problem, QuestionError
from grader.judge import Grader
from grader.question import Question
from grader.region import OUTPUT
from grader.request import Own
from grader.results import Result, Verdict

#: What scripts draw without a seed of their own comes out the same each time.
SEED = 1
#: How far a printed number may be off on another machine: other processors add in other orders, and a training
#: that goes astray multiplies that.
RELATIVE, ABSOLUTE = 0.5, 0.1

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\b(?:nan|inf)\b")
_OURS = {Verdict.JUDGE_ERROR, Verdict.ABORTED, Verdict.INVALID}


def found_output(question: Question, grader: Grader) -> str:
    """What the starter of a lab prints when it is run as a script, and its error where it ends with one.

    Raises QuestionError where there is nothing to record, and SandboxUnavailable and JudgeError as the grader does.
    """
    if question.kind != "debug_lab":
        raise QuestionError(
            [Problem("question.yaml", 0, "is no debug_lab", "only the script of one is recorded")]
        )
    result = grader.run(question, question.starter, Own(), seed=SEED)
    text = _told(result)
    if result.verdict in _OURS or not text:
        why = result.message or "it prints nothing; give it a main() that prints what it did"
        raise QuestionError([Problem("starter.py", 0, "cannot be recorded", why)])
    return text


def _told(result: Result) -> str:
    error = "" if result.verdict is Verdict.RAN else "\n".join([*map(str, result.frames), result.message])
    parts = (result.stdout, result.stderr, error)
    return "".join(f"{part.rstrip()}\n" for part in parts if part.strip())


def found_problems(question: Question, grader: Grader) -> Iterator[Problem]:
    """Whether `starter.out`, where there is one, is still what the starter prints."""
    if OUTPUT not in question.files:
        return
    recorded, now = question.files[OUTPUT].decode().splitlines(), found_output(question, grader).splitlines()
    hint = "record it anew: python -m grader record and this folder"
    for line, (before, after) in enumerate(zip(recorded, now, strict=False), start=1):
        if not alike(before, after):
            yield Problem(OUTPUT, line, f"says {before!r}, and the starter prints {after!r}", hint)
            return
    if len(recorded) != len(now):
        what = f"has {len(recorded)} lines, and the starter prints {len(now)}"
        yield Problem(OUTPUT, min(len(recorded), len(now)) + 1, what, hint)


def alike(recorded: str, printed: str) -> bool:
    """The same words, and numbers that are near each other."""
    words = _NUMBER.sub("#", recorded).split() == _NUMBER.sub("#", printed).split()
    return words and _near(_NUMBER.findall(recorded), _NUMBER.findall(printed))


def _near(recorded: Sequence[str], printed: Sequence[str]) -> bool:
    pairs = [(float(left), float(right)) for left, right in zip(recorded, printed, strict=True)]
    return all(
        left == right
        or (math.isnan(left) and math.isnan(right))
        or math.isclose(left, right, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        for left, right in pairs
    )
