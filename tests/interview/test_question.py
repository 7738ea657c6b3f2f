"""Releases: immutable, numbered, published from files that make a question."""

import pytest
from django.db import ProgrammingError, connection, transaction

from interview.exceptions import InvalidRelease, NotAllowed
from interview.models import Question, Release, User
from interview.models.release import decode_files, encode_files
from interview.services.question import publish_statement


@pytest.fixture
def question(bank: None) -> Question:
    return Question.objects.get(slug="explain-backpropagation")


def test_a_new_statement_makes_the_next_release(question: Question, admin: User) -> None:
    release = publish_statement(question, "Say it **better**.", admin, seen=1, note="Clearer")
    assert (release.number, release.author, release.note) == (2, admin, "Clearer")
    assert release.statement == "Say it **better**.\n"
    assert release.file_contents["statement.md"] == b"Say it **better**.\n"


def test_a_new_statement_changes_nothing_else(question: Question, admin: User) -> None:
    first = question.releases.get(number=1)
    publish_statement(question, "Other words.", admin, seen=1)
    second = question.releases.get(number=2)
    assert {path for path in first.files if first.files[path] != second.files.get(path)} == {"statement.md"}
    assert (second.rubric, second.solution) == (first.rubric, first.solution)


def test_an_edit_of_a_release_that_is_not_the_newest_is_refused(question: Question, admin: User) -> None:
    publish_statement(question, "First edit.", admin, seen=1)
    with pytest.raises(InvalidRelease, match="release 2 appeared while you edited release 1"):
        publish_statement(question, "Second edit.", admin, seen=1)


@pytest.mark.parametrize("statement", ["", "  \n "])
def test_an_empty_statement_is_refused(question: Question, admin: User, statement: str) -> None:
    with pytest.raises(InvalidRelease):
        publish_statement(question, statement, admin, seen=1)
    assert question.releases.count() == 1


def test_an_unchanged_statement_is_not_published(question: Question, admin: User) -> None:
    same = question.releases.get().statement.replace("\n", "\r\n")
    with pytest.raises(InvalidRelease, match="Nothing to publish"):
        publish_statement(question, same, admin, seen=1)


def test_only_an_admin_publishes(question: Question, interviewer: User) -> None:
    with pytest.raises(NotAllowed):
        publish_statement(question, "Mine.", interviewer, seen=1)


def test_postgres_refuses_to_change_or_delete_a_release(bank: None) -> None:
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot"), transaction.atomic():
        Release.objects.update(title="Another")
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM interview_release")


def test_files_of_any_bytes_survive_storage() -> None:
    files = {"a.md": "é\n".encode(), "b.bin": bytes(range(256)), "c.txt": b"with\0nul"}
    assert decode_files(encode_files(files)) == files
