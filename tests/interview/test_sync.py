"""Keeping working copies and a tree of folders in step, in both directions, without overwriting anybody's work."""

import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from interview.models import Question, User, WorkingCopy
from interview.models.question import QuestionState
from interview.models.user import Role
from interview.services import bank as banks
from interview.services.folder import FILE_LIMIT
from interview.services.question import retire
from interview.services.sync import Outcome, Synced, export_tree, load_tree, question_folders
from interview.services.working_copy import save_files
from tests.interview.test_archive import OTHER_UUID, another

SLUG = "explain-backpropagation"
STATEMENT = "statement.md"


@pytest.fixture
def author(person: Callable[..., User]) -> User:
    return person("anna", Role.AUTHOR)


@pytest.fixture
def question(bank: None) -> Question:
    return Question.objects.get(slug=SLUG)


@pytest.fixture
def tree(question: Question, tmp_path: Path) -> Path:
    """A tree with that one question, in step with its working copy."""
    place = tmp_path / "tree" / "backpropagation" / SLUG
    shutil.copytree(settings.BANK_DIR / "backpropagation" / SLUG, place)
    return tmp_path / "tree"


@pytest.fixture
def folder(tree: Path) -> Path:
    return tree / "backpropagation" / SLUG


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def files_of(question: Question) -> dict[str, bytes]:
    return WorkingCopy.objects.get(question=question).file_contents


def edit(question: Question, author: User, text: bytes = b"From the browser.\n") -> None:
    save_files(question, author, {STATEMENT: text}, seen=question.working_copy.revision)
    question.working_copy.refresh_from_db()


def loaded(tree: Path, **settled: list[str]) -> Synced:
    return next(synced for synced in load_tree(tree, **settled) if synced.slug == SLUG)


def exported(tree: Path) -> Synced:
    """What became of that one question; all of the bank is written beside it."""
    return next(synced for synced in list(export_tree(tree)) if synced.slug == SLUG)


# Byte for byte


def test_a_tree_that_is_written_is_the_tree_that_was_loaded(bank: None, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    shutil.copytree(settings.BANK_DIR, source, ignore=shutil.ignore_patterns("__pycache__"))
    target.mkdir()
    assert [synced for synced in load_tree(source) if not synced.is_in_step] == []
    list(export_tree(target))
    for place in question_folders(source):
        assert snapshot(target / place.relative_to(source)) == snapshot(place)
    assert {synced.outcome for synced in export_tree(target)} == {Outcome.SAME}
    assert {synced.outcome for synced in load_tree(target)} == {Outcome.SAME}


def test_files_outside_question_folders_are_never_touched(
    question: Question, author: User, tree: Path
) -> None:
    beside = {
        "README.md": b"Mine\n",
        "areas.yaml": b"areas: []\n",
        "backpropagation/notes.txt": b"x",
        "x/y/z.md": b"x",
    }
    for path, content in beside.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)
    edit(question, author)
    list(export_tree(tree))
    after = snapshot(tree)
    assert {path: after[path] for path in beside} == beside
    assert after[f"backpropagation/{SLUG}/{STATEMENT}"] == b"From the browser.\n"


def test_what_tools_leave_in_a_folder_is_neither_loaded_nor_removed(
    question: Question, author: User, tree: Path, folder: Path
) -> None:
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"x")
    assert loaded(tree).outcome is Outcome.SAME
    edit(question, author)
    assert exported(tree).outcome is Outcome.WRITTEN
    assert (folder / "__pycache__" / "x.pyc").exists()


def test_files_that_went_are_removed_with_the_folders_that_they_leave_empty(
    question: Question, author: User, tree: Path, folder: Path
) -> None:
    gone = {path: None for path in files_of(question) if path.startswith("figures/")}
    assert gone
    save_files(question, author, {**gone, "figures": None}, seen=1)
    assert exported(tree).outcome is Outcome.WRITTEN
    assert not (folder / "figures").exists()


# One side changed


def test_a_changed_folder_is_loaded(question: Question, tree: Path, folder: Path) -> None:
    (folder / STATEMENT).write_bytes(b"From the folder.\n")
    assert loaded(tree).outcome is Outcome.UPDATED
    assert files_of(question)[STATEMENT] == b"From the folder.\n"
    change = question.changes.first()
    assert (change.kind, change.actor, change.paths) == ("synced", None, [STATEMENT])
    assert loaded(tree).outcome is Outcome.SAME


def test_an_edit_in_the_browser_is_kept_and_written(
    question: Question, author: User, tree: Path, folder: Path
) -> None:
    edit(question, author)
    assert loaded(tree).outcome is Outcome.KEPT
    assert files_of(question)[STATEMENT] == b"From the browser.\n"
    assert exported(tree).outcome is Outcome.WRITTEN
    assert (folder / STATEMENT).read_bytes() == b"From the browser.\n"
    assert loaded(tree).outcome is Outcome.SAME


def test_a_folder_that_is_newer_is_not_written_over(question: Question, tree: Path, folder: Path) -> None:
    (folder / STATEMENT).write_bytes(b"From the folder.\n")
    assert exported(tree).outcome is Outcome.NEWER
    assert (folder / STATEMENT).read_bytes() == b"From the folder.\n"


def test_a_new_folder_becomes_a_draft(question: Question, tree: Path) -> None:
    place = tree / "backpropagation" / "brand-new"
    for path, content in another(files_of(question)).items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content)
    outcomes = {synced.slug: synced.outcome for synced in load_tree(tree)}
    assert outcomes == {SLUG: Outcome.SAME, "brand-new": Outcome.CREATED}
    made = Question.objects.get(slug="brand-new")
    assert (made.state, str(made.uuid)) == (QuestionState.DRAFT, OTHER_UUID)


def test_a_renamed_folder_stays_the_same_question(
    question: Question, author: User, tree: Path, folder: Path
) -> None:
    folder.rename(folder.with_name("renamed"))
    assert loaded(tree).outcome is Outcome.SAME
    edit(question, author)
    assert exported(tree).outcome is Outcome.WRITTEN
    assert (folder.with_name("renamed") / STATEMENT).read_bytes() == b"From the browser.\n"
    assert not folder.exists()


# Both sides changed


@pytest.fixture
def conflict(question: Question, author: User, folder: Path) -> None:
    edit(question, author)
    (folder / STATEMENT).write_bytes(b"From the folder.\n")


@pytest.mark.usefixtures("conflict")
def test_a_conflict_is_reported_and_neither_side_is_touched(
    question: Question, tree: Path, folder: Path
) -> None:
    synced = loaded(tree)
    assert synced.outcome is Outcome.CONFLICT
    assert synced.told.startswith("It was edited in the browser (by Anna on ")
    assert f"--take-folder {SLUG}, or --keep-browser {SLUG}." in synced.told
    assert exported(tree).outcome is Outcome.CONFLICT
    assert files_of(question)[STATEMENT] == b"From the browser.\n"
    assert (folder / STATEMENT).read_bytes() == b"From the folder.\n"


@pytest.mark.usefixtures("conflict")
def test_the_same_change_on_both_sides_is_no_conflict(question: Question, tree: Path, folder: Path) -> None:
    (folder / STATEMENT).write_bytes(b"From the browser.\n")
    assert loaded(tree).outcome is Outcome.SAME


@pytest.mark.usefixtures("conflict")
def test_a_conflict_settled_for_the_folder_keeps_the_edit_in_the_history(
    question: Question, tree: Path
) -> None:
    assert loaded(tree, take_folder=[SLUG]).outcome is Outcome.UPDATED
    assert files_of(question)[STATEMENT] == b"From the folder.\n"
    assert question.changes.first().before == {STATEMENT: {"text": "From the browser.\n"}}


@pytest.mark.usefixtures("conflict")
def test_a_conflict_settled_for_the_browser_is_written_by_the_next_export(
    question: Question, tree: Path, folder: Path
) -> None:
    assert loaded(tree, keep_browser=[SLUG]).outcome is Outcome.KEPT
    assert exported(tree).outcome is Outcome.WRITTEN
    assert (folder / STATEMENT).read_bytes() == b"From the browser.\n"


@pytest.mark.usefixtures("conflict")
def test_the_start_of_the_product_reports_a_conflict_and_publishes_nothing(
    question: Question, folder: Path
) -> None:
    told = banks.load_folder(SLUG, banks._folder(folder))
    assert (told.release, question.releases.count()) == (None, 1)
    assert told.told.startswith(f"{SLUG}: CONFLICT. It was edited in the browser")


def test_a_retired_question_takes_its_folder_and_stays_retired(
    question: Question, admin: User, folder: Path
) -> None:
    retire(question, admin)
    (folder / STATEMENT).write_bytes(b"From the folder.\n")
    assert banks.load_folder(SLUG, banks._folder(folder)).release is None
    question.refresh_from_db()
    assert question.state == QuestionState.RETIRED
    assert files_of(question)[STATEMENT] == b"From the folder.\n"


# What cannot be used


def test_a_folder_that_makes_no_question_is_named_with_file_and_line(
    question: Question, tree: Path, folder: Path
) -> None:
    (folder / "question.yaml").write_text("format_version: 1\nlevle: mid\n")
    synced = loaded(tree)
    assert synced.outcome is Outcome.FAULTY
    assert "question.yaml:2: unknown key 'levle'" in synced.told
    assert exported(tree).outcome is Outcome.NEWER


def test_two_folders_with_one_uuid_are_told_apart(question: Question, tree: Path, folder: Path) -> None:
    shutil.copytree(folder, folder.with_name("twin"))
    first, second = load_tree(tree)
    assert (first.outcome, second.outcome) == (Outcome.SAME, Outcome.FAULTY)
    assert second.told == f"It has the uuid of {folder}. Give one of them its own."


def test_a_name_that_another_question_has_is_refused(question: Question, tree: Path, folder: Path) -> None:
    for path, content in another(files_of(question)).items():
        (folder / path).write_bytes(content)
    synced = loaded(tree)
    assert synced.outcome is Outcome.FAULTY
    assert "with another uuid" in synced.told


@pytest.mark.parametrize("direction", [load_tree, export_tree])
def test_a_link_in_a_folder_is_neither_read_nor_written_through(
    question: Question,
    author: User,
    tree: Path,
    folder: Path,
    tmp_path: Path,
    direction: Callable[..., list[Synced]],
) -> None:
    outside = tmp_path / "secret"
    outside.write_text("secret")
    (folder / STATEMENT).unlink()
    (folder / STATEMENT).symlink_to(outside)
    edit(question, author)
    synced = next(synced for synced in direction(tree) if synced.slug == SLUG)
    assert synced.outcome is Outcome.FAULTY
    assert "is a link" in synced.told
    assert outside.read_text() == "secret"


@pytest.mark.parametrize("direction", [load_tree, export_tree])
@pytest.mark.parametrize("level", [0, 1])
def test_a_folder_that_is_a_link_is_neither_read_nor_written(
    question: Question,
    author: User,
    tree: Path,
    folder: Path,
    tmp_path: Path,
    direction: Callable[..., list[Synced]],
    level: int,
) -> None:
    linked = [folder, folder.parent][level]
    linked.rename(tmp_path / "elsewhere")
    linked.symlink_to(tmp_path / "elsewhere")
    edit(question, author)
    before = snapshot(tmp_path / "elsewhere")
    synced = next(synced for synced in direction(tree) if synced.slug == SLUG)
    assert (synced.outcome, "is a link" in synced.told) == (Outcome.FAULTY, True)
    assert snapshot(tmp_path / "elsewhere") == before


def test_a_huge_file_is_refused_before_it_is_read(question: Question, tree: Path, folder: Path) -> None:
    with (folder / "solution.md").open("wb") as file:
        file.truncate(FILE_LIMIT + 1)
    assert loaded(tree).told == "“solution.md” has 4.0 MB, and a file has at most 4.0 MB."


# The command


def sync_bank(*arguments: object) -> tuple[str, str]:
    out = StringIO()
    try:
        call_command("sync_bank", *map(str, arguments), stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


@pytest.mark.usefixtures("conflict")
def test_the_command_tells_what_became_of_each_and_fails_on_a_conflict(tree: Path) -> None:
    out, error = sync_bank(tree)
    assert out.startswith(f"{SLUG}: CONFLICT. It was edited in the browser")
    assert error == "1 of 1 questions need a person; see above."
    assert sync_bank(tree, "--take-folder", SLUG) == (f"{SLUG}: loaded\n", "")


def test_the_command_exports(question: Question, tmp_path: Path) -> None:
    out, error = sync_bank(tmp_path, "--export")
    assert (f"{SLUG}: written\n" in out, error) == (True, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere is not a folder. Name the one that has the areas in it."),
        ([".", "--export", "--take-folder", "x"], "Settle conflicts while loading; then export."),
    ],
)
def test_the_command_says_what_it_needs(bank: None, arguments: list[str], said: str) -> None:
    assert sync_bank(*arguments) == ("", said)
