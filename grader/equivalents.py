"""`grading/equivalent.yaml`: mutants that an author declares to be no mistake after all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from grader.errors import Problem, QuestionError
from grader.proof import MAX_EQUIVALENTS
from grader.question import Question
from grader.schemas import schema
from grader.yamlfile import line_of, read_yaml

EQUIVALENT = "grading/equivalent.yaml"


def declared(question: Question) -> dict[str, str]:
    """The reason for each declared mutant. Raises QuestionError when the file is bad or declares too many."""
    content = question.files.get(EQUIVALENT)
    if content is None:
        return {}
    entries = read_yaml(EQUIVALENT, content, schema("equivalent"))["equivalent"]
    if len(entries) > MAX_EQUIVALENTS:
        line = line_of(content, ["equivalent", MAX_EQUIVALENTS])
        message = f"declares {len(entries)} mutants equivalent, and at most {MAX_EQUIVALENTS} may be"
        raise QuestionError([Problem(EQUIVALENT, line, message, "add tests that notice the others")])
    return {entry["mutant"]: entry["reason"] for entry in entries}


def declared_badly(question: Question) -> tuple[Problem, ...]:
    """What is wrong with the file of declarations, if there is one."""
    try:
        declared(question)
    except QuestionError as error:
        return error.problems
    return ()


def stale(
    question: Question, reasons: Mapping[str, str], made: Collection[str], killed: Collection[str]
) -> Iterator[Problem]:
    """Declarations that are no longer true: of mutants that there are not, or that a test does notice."""
    for position, mutant in enumerate(reasons):
        line = line_of(question.files[EQUIVALENT], ["equivalent", position])
        if mutant not in made:
            yield Problem(EQUIVALENT, line, f"there is no mutant {mutant} any more", "remove the entry")
        elif mutant in killed:
            yield Problem(EQUIVALENT, line, f"mutant {mutant} is noticed by a test", "remove the entry")
