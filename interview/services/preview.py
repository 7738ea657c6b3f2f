"""A question that is being edited, as its candidate would meet it: releases and items that are never saved."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from grader import Problem, QuestionError
from grader import Question as Folder
from grader.limits import Limits
from grader.loading import MAIN
from interview.models import Interview, Item, Question, Release
from interview.models.question import ANSWER_FORMS, AnswerForm, Kind
from interview.models.release import encode_files
from interview.services.question import facts_of

SEED = 1  # draws are shown as one candidate would see them


def as_release(question: Question, files: Mapping[str, bytes]) -> tuple[Release, Sequence[Problem]]:
    """The release that `files` would make; where they make none, what can be shown of it, and why they do not."""
    try:
        folder = Folder.from_files(files)
    except QuestionError as error:
        return Release(question=question, **_remains(question, files)), error.problems
    facts = facts_of(folder)
    return Release(
        question=question, content_hash=folder.content_hash, files=encode_files(files), **facts
    ), ()


def as_item(release: Release) -> Item:
    """The release as the only question of an interview that nobody takes."""
    interview = Interview(
        plan={"title": "Preview", "minutes": release.minutes, "sections": []}, seed=SEED, timed=False
    )
    return Item(interview=interview, release=release, position=1, section=0)


def _remains(question: Question, files: Mapping[str, bytes]) -> dict[str, object]:
    """What a page can show of files that make no question: their texts, and what they last said of themselves."""
    is_code = ANSWER_FORMS.get(Kind(question.kind)) == AnswerForm.CODE
    return {
        "title": question.title,
        "kind": question.kind,
        "level": question.level,
        "minutes": question.minutes,
        "covers": question.covers,
        "statement": _text(files, "statement.md"),
        "solution": _text(files, "solution.md"),
        "starter": _starter(files) if is_code else {},
        "limits": asdict(Limits()),
        "rubric": None,
        "choice": None,
        "automatic_points": 0.0,
        "rubric_points": 0.0,
        "files": encode_files(files),
    }


def _starter(files: Mapping[str, bytes]) -> dict[str, str]:
    inside = {path.removeprefix("starter/"): path for path in files if path.startswith("starter/")}
    return {name: _text(files, path) for name, path in (inside or {MAIN: "starter.py"}).items()}


def _text(files: Mapping[str, bytes], path: str) -> str:
    return files.get(path, b"").decode(errors="replace")
