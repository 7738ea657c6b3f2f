"""What the tests of curation have in common: questions that are being edited, and their proof."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any
from uuid import uuid4

from django.test import Client

from interview.models import Proof, Question, Release, User, WorkingCopy
from interview.services.question import publish
from interview.services.working_copy import save_files

SignIn = Callable[[User], Client]


def page(response: Any) -> str:
    return str(response.content.decode())


def copy_of(question: Question) -> WorkingCopy:
    return WorkingCopy.objects.get(question=question)


def edited(
    question: Question, user: User, path: str = "statement.md", text: str = "Explain it briefly.\n"
) -> None:
    """The working copy with another text in one file."""
    save_files(question, user, {path: text.encode()}, copy_of(question).revision)


def prove(question: Question) -> None:
    """As a green check does, without its gradings."""
    Proof.objects.get_or_create(content_hash=copy_of(question).content_hash)


def published(question: Question, user: User, text: str, note: str = "") -> Release:
    """The next release, with another statement, after a check that found it in order."""
    edited(question, user, text=text)
    prove(question)
    return publish(question, user, copy_of(question).revision, note)


def with_rubric(question: Question, user: User, change: Callable[[dict[str, Any]], object]) -> Release:
    """The next release, with the rubric of the newest one after `change` was made to it."""
    rubric = deepcopy(question.releases.latest("number").rubric)
    assert rubric
    change(rubric)
    edited(question, user, "rubric.yaml", json.dumps(_without_blanks(rubric)))
    prove(question)
    return publish(question, user, copy_of(question).revision)


def _without_blanks(rubric: Any) -> Any:
    """As a person writes it: what is left open is left out."""
    if isinstance(rubric, dict):
        return {name: _without_blanks(value) for name, value in rubric.items() if value not in (None, "", [])}
    return [_without_blanks(value) for value in rubric] if isinstance(rubric, list) else rubric


def many(number: int, question: Question) -> None:
    """More questions, with the contents of `question`."""
    copy = copy_of(question)
    made = Question.objects.bulk_create(
        Question(
            uuid=uuid4(), slug=f"copy-{uuid4().hex}", area=question.area, kind=question.kind, title="A copy"
        )
        for _ in range(number)
    )
    WorkingCopy.objects.bulk_create(
        WorkingCopy(question=one, files=copy.files, content_hash=copy.content_hash) for one in made
    )
