"""`python -m grader hints`: which hint each example submission gets, and how often each is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader.facts import Fault
from grader.judge import Grader
from grader.proving import questions_below
from grader.question import Question, load_question

#: The same draws in every table.
SEED = 1


def hint_table(given: Sequence[Path], grader: Grader) -> Iterator[str]:
    """A line for each example that gets one, then one for each hint. Raises QuestionError for a bad folder."""
    counts: Counter[str] = Counter()
    for folder in (found for root in given for found in questions_below(root)):
        for path, ids in hinted(load_question(folder), grader).items():
            counts.update(ids)
            yield f"{folder}/{path}: {', '.join(ids)}"
    yield ""
    yield from (f"{counts[fault.value]:>4} {fault.value}" for fault in Fault)


def hinted(question: Question, grader: Grader) -> dict[str, list[str]]:
    """By path, the ids of the hints of every example that gets some."""
    examples = question.submissions if question.is_graded else ()
    found = {example.path: _ids(question, example.source, grader) for example in examples}
    return {path: ids for path, ids in found.items() if ids}


def _ids(question: Question, source: str, grader: Grader) -> list[str]:
    return [hint.id for hint in grader.judge(question, question.answered(source), seed=SEED).hints]
