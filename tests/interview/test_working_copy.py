"""Working copies: what is edited, how nothing of it is lost, and what the database keeps true."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from grader.folder import content_hash
from interview.exceptions import InvalidFiles, NotAllowed, Stale
from interview.models import Change, Question, Release, User, WorkingCopy
from interview.models.question import Kind, QuestionState
from interview.models.user import Role
from interview.services.folder import COUNT_LIMIT, FILE_LIMIT, PATH_LIMIT
from interview.services.working_copy import create, problems_of, restore, save_files

STATEMENT = "statement.md"


@pytest.fixture
def author(person: Callable[..., User]) -> User:
    return person("anna", Role.AUTHOR)


@pytest.fixture
def question(bank: None) -> Question:
    return Question.objects.get(slug="explain-backpropagation")


def copy_of(question: Question) -> WorkingCopy:
    return WorkingCopy.objects.get(question=question)


def told(question: Question) -> list[tuple[str, list[str], str]]:
    """The question's history, newest first."""
    return [(change.kind, change.paths, str(change.actor)) for change in question.changes.all()]


# Loading and creating


def test_every_question_of_the_bank_has_a_working_copy_in_step_with_its_folder(bank: None) -> None:
    copies = list(WorkingCopy.objects.select_related("question", "based_on"))
    assert len(copies) == Question.objects.count()
    assert [copy.content_hash for copy in copies] == [content_hash(copy.file_contents) for copy in copies]
    assert [copy.synced_hash for copy in copies] == [copy.content_hash for copy in copies]
    published = [copy.question.state == QuestionState.PUBLISHED for copy in copies]
    assert [copy.is_published for copy in copies] == published


@pytest.mark.parametrize("kind", Kind.values)
def test_a_new_question_of_any_kind_is_a_draft_in_order(bank: None, author: User, kind: str) -> None:
    made = create(author, "optimizers", "a-new-one", kind, "A new one")
    assert (made.state, made.title, made.kind, made.area_id) == (
        QuestionState.DRAFT,
        "A new one",
        kind,
        "optimizers",
    )
    assert problems_of(copy_of(made).file_contents) == []
    assert told(made) == [("created", sorted(copy_of(made).files), "Anna")]


def test_a_short_name_that_is_taken_is_refused(question: Question, author: User) -> None:
    with pytest.raises(InvalidFiles, match="There is a question “explain-backpropagation” already"):
        create(author, "optimizers", question.slug, "conceptual", "Again")


@pytest.mark.parametrize(
    ("area", "slug", "kind"),
    [("nowhere", "x", "coding"), ("optimizers", "No Slug", "coding"), ("optimizers", "x", "riddle")],
)
def test_what_no_question_can_be_is_refused(
    bank: None, author: User, area: str, slug: str, kind: str
) -> None:
    before = Question.objects.count()
    with pytest.raises(InvalidFiles):
        create(author, area, slug, kind, "Title")
    assert Question.objects.count() == before


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.INTERVIEWER, Role.TESTER])
def test_who_does_not_write_changes_nothing(
    question: Question, person: Callable[..., User], role: Role
) -> None:
    me = person("mia", role)
    release = question.releases.get()
    for change in (
        lambda: create(me, "optimizers", "mine", "coding", "Mine"),
        lambda: save_files(question, me, {STATEMENT: b"Mine\n"}, seen=1),
        lambda: restore(question, me, release, seen=1),
    ):
        with pytest.raises(NotAllowed):
            change()
    assert copy_of(question).revision == 1


# Saving


def test_a_save_changes_adds_and_deletes_files_and_says_who_did_it(question: Question, author: User) -> None:
    held = copy_of(question).file_contents
    copy = save_files(
        question, author, {STATEMENT: b"New.\n", "hints/9.md": b"Look.\n", "solution.md": None}, seen=1
    )
    assert (copy.revision, copy.changed_by) == (2, author)
    assert copy.file_contents == {
        **{path: content for path, content in held.items() if path != "solution.md"},
        STATEMENT: b"New.\n",
        "hints/9.md": b"Look.\n",
    }
    assert told(question)[0] == ("edited", ["hints/9.md", "solution.md", STATEMENT], "Anna")


def test_what_a_save_replaced_is_kept_in_the_history(question: Question, author: User) -> None:
    held = copy_of(question).file_contents[STATEMENT].decode()
    save_files(question, author, {STATEMENT: b"New.\n", "hints/9.md": b"Look.\n"}, seen=1)
    assert question.changes.first().before == {STATEMENT: {"text": held}, "hints/9.md": None}


def test_a_save_that_changes_nothing_leaves_no_trace(question: Question, author: User) -> None:
    held = copy_of(question).file_contents
    before = told(question)
    assert save_files(question, author, {STATEMENT: held[STATEMENT]}, seen=1).revision == 1
    assert told(question) == before


def test_a_save_over_an_unseen_revision_is_refused_with_what_was_changed(
    question: Question, author: User, admin: User
) -> None:
    save_files(question, admin, {STATEMENT: b"Theirs.\n"}, seen=1)
    save_files(question, admin, {"rubric.yaml": b"x\n"}, seen=2)
    with pytest.raises(Stale, match="Ada saved revision 3 while you worked on revision 1") as refusal:
        save_files(question, author, {STATEMENT: b"Mine.\n"}, seen=1)
    assert (refusal.value.revision, refusal.value.paths) == (3, ("rubric.yaml", STATEMENT))
    assert copy_of(question).file_contents[STATEMENT] == b"Theirs.\n"


def test_files_that_make_no_question_are_kept_and_lists_go_on_with_what_was_known(
    question: Question, author: User
) -> None:
    title = question.title
    copy = save_files(question, author, {"question.yaml": b"titel: Broken\n"}, seen=1)
    question.refresh_from_db()
    assert copy.file_contents["question.yaml"] == b"titel: Broken\n"
    assert question.title == title
    problem = problems_of(copy.file_contents)[0]
    assert (problem.path, problem.line) == ("question.yaml", 1)


def test_a_saved_front_page_is_what_lists_show(question: Question, author: User) -> None:
    front = copy_of(question).file_contents["question.yaml"].decode()
    changed = front.replace("title: ", "title: Newly ").replace("level: junior", "level: senior")
    save_files(question, author, {"question.yaml": changed.encode()}, seen=1)
    question.refresh_from_db()
    assert question.title.startswith("Newly ")


def test_kind_and_area_of_a_released_question_wait_for_the_next_release(
    question: Question, author: User
) -> None:
    front = copy_of(question).file_contents["question.yaml"].decode()
    changed = front.replace("area: backpropagation", "area: optimizers")
    assert changed != front
    save_files(question, author, {"question.yaml": changed.encode()}, seen=1)
    question.refresh_from_db()
    assert question.area_id == "backpropagation"


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("../escape.md", b"", "climbs out of the folder"),
        ("hints/../../escape.md", b"", "climbs out of the folder"),
        ("/etc/passwd", b"", "is an absolute path"),
        ("C:/boot.ini", b"", "is an absolute path"),
        ("hints\\1.md", b"", "has a backslash"),
        ("hints//1.md", b"", "is no plain path"),
        ("./statement.md", b"", "is no plain path"),
        ("hints/", b"", "is no plain path"),
        ("hints/a\nb.md", b"", "has a control character"),
        ("hints/\u202egpj.md", b"", "has a control character"),
        ("hints/" + "a" * PATH_LIMIT, b"", f"is longer than {PATH_LIMIT} bytes"),
        ("virus.exe", b"", "does not belong to a question"),
        ("node_modules/x.js", b"", "does not belong to a question"),
        ("hints/1.md", b"x" * (FILE_LIMIT + 1), "a file has at most 4.0 MB"),
        ("Statement.md", b"", "does not belong to a question"),
        ("hints/1.md/x", b"", "is a file and a folder at once"),
        ("hints/1.MD", b"", "is there 2 times"),
    ],
)
def test_what_no_folder_can_hold_is_refused_with_the_reason(
    question: Question, author: User, path: str, content: bytes, reason: str
) -> None:
    changes: dict[str, bytes | None] = {"hints/1.md": b"Look.\n"}
    with pytest.raises(InvalidFiles, match=reason):
        save_files(question, author, changes | {path: content}, seen=1)
    assert copy_of(question).revision == 1


def test_too_many_files_are_refused(question: Question, author: User) -> None:
    many: dict[str, bytes | None] = {f"data/{number}.txt": b"" for number in range(COUNT_LIMIT)}
    with pytest.raises(InvalidFiles, match=f"a question has at most {COUNT_LIMIT}"):
        save_files(question, author, many, seen=1)


def test_files_that_are_too_much_together_are_refused(question: Question, author: User) -> None:
    large: dict[str, bytes | None] = {f"data/{number}.bin": bytes(FILE_LIMIT) for number in range(5)}
    with pytest.raises(InvalidFiles, match=r"a question has at most 16\.0 MB"):
        save_files(question, author, large, seen=1)


# Restoring


def test_an_older_release_comes_back_and_what_was_there_stays_in_the_history(
    question: Question, author: User
) -> None:
    release = question.releases.get()
    save_files(question, author, {STATEMENT: b"Worse.\n", "hints/9.md": b"Bad.\n"}, seen=1)
    copy = restore(question, author, release, seen=2)
    assert (copy.file_contents, copy.revision, copy.is_published) == (release.file_contents, 3, True)
    change = question.changes.first()
    assert (change.kind, change.release, change.before["hints/9.md"]) == (
        "restored",
        release,
        {"text": "Bad.\n"},
    )


def test_a_restore_over_an_unseen_revision_is_refused(question: Question, author: User) -> None:
    save_files(question, author, {STATEMENT: b"Theirs.\n"}, seen=1)
    with pytest.raises(Stale):
        restore(question, author, question.releases.get(), seen=1)


def test_a_release_of_another_question_is_not_restored(question: Question, author: User) -> None:
    foreign = Release.objects.exclude(question=question).first()
    assert foreign is not None
    with pytest.raises(NotAllowed, match="another question's"):
        restore(question, author, foreign, seen=1)


# What the database keeps true


def test_postgres_refuses_a_revision_that_does_not_grow(question: Question) -> None:
    copies = WorkingCopy.objects.filter(question=question)
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot update"), transaction.atomic():
        copies.update(revision=0)
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot update"), transaction.atomic():
        copies.update(files={})
    copies.update(files={}, revision=2)


def test_postgres_refuses_to_change_or_delete_history(question: Question) -> None:
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot update"), transaction.atomic():
        Change.objects.update(note="Nothing happened")
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot"), transaction.atomic():
        Change.objects.all().delete()


def test_postgres_refuses_a_question_without_a_working_copy(question: Question) -> None:
    uuid = "00000000-0000-4000-8000-000000000000"
    with pytest.raises(IntegrityError, match="has no working copy"), transaction.atomic():
        add_bare_question(uuid, question)


def add_bare_question(uuid: str, like: Question) -> None:
    """What the constraint says at the end of a transaction, now."""
    Question.objects.create(uuid=uuid, slug="bare", area=like.area, kind="coding")
    connection.check_constraints()


def test_postgres_refuses_to_delete_a_working_copy(question: Question) -> None:
    with pytest.raises(ProgrammingError, match="pgtrigger: Cannot delete"), transaction.atomic():
        WorkingCopy.objects.filter(question=question).delete()


def test_the_search_follows_the_statement(question: Question, author: User) -> None:
    assert not Question.objects.filter(pk=question.pk, search="zebra").exists()
    save_files(question, author, {STATEMENT: b"Explain the zebra.\n"}, seen=1)
    assert Question.objects.filter(pk=question.pk, search="zebra").exists()
