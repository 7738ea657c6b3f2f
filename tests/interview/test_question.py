"""Releases: immutable, numbered, published from files that make a question."""

import pytest
from django.db import ProgrammingError, connection, transaction

from interview.exceptions import InvalidRelease
from interview.models import Question, Release, User
from interview.models.release import decode_files, encode_files
from interview.services.question import parsed, publish, publish_release
from tests.interview.curation import copy_of, edited, prove, published


@pytest.fixture
def question(bank: None) -> Question:
    return Question.objects.get(slug="explain-backpropagation")


def test_a_new_statement_makes_the_next_release(question: Question, admin: User) -> None:
    release = published(question, admin, "Say it **better**.\n", note="Clearer")
    assert (release.number, release.author, release.note) == (2, admin, "Clearer")
    assert release.statement == "Say it **better**.\n"
    assert release.file_contents["statement.md"] == b"Say it **better**.\n"


def test_a_new_statement_changes_nothing_else(question: Question, admin: User) -> None:
    first = question.releases.get(number=1)
    published(question, admin, "Other words.\n")
    second = question.releases.get(number=2)
    assert {path for path in first.files if first.files[path] != second.files.get(path)} == {"statement.md"}
    assert (second.rubric, second.solution) == (first.rubric, first.solution)


def test_files_that_no_check_found_in_order_are_not_published(question: Question, admin: User) -> None:
    edited(question, admin)
    with pytest.raises(InvalidRelease, match="no check has found exactly these files in order"):
        publish(question, admin, copy_of(question).revision)
    assert question.releases.count() == 1


def test_postgres_takes_no_release_without_a_proof_of_its_files(question: Question, admin: User) -> None:
    edited(question, admin)
    folder = parsed(copy_of(question).file_contents)
    with (
        pytest.raises(ProgrammingError, match="This release was not proven"),
        transaction.atomic(),
    ):
        publish_release(question, folder, admin)
    prove(question)
    assert publish_release(question, folder, admin).number == 2


def test_postgres_refuses_to_change_or_delete_a_release(bank: None) -> None:
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot"), transaction.atomic():
        Release.objects.update(title="Another")
    with (
        pytest.raises(ProgrammingError, match="pgtrigger: Cannot"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM interview_release")


def test_files_of_any_bytes_survive_storage() -> None:
    files = {"a.md": "é\n".encode(), "b.bin": bytes(range(256)), "c.txt": b"with\0nul"}
    assert decode_files(encode_files(files)) == files
