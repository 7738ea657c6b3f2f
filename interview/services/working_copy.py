"""Editing a question's files: every change is named in its history, none is overwritten unseen."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from grader import Problem, QuestionError
from grader import Question as Folder
from grader.question import content_hash
from interview.models import Area, Question, Release, User, WorkingCopy
from interview.models.release import encode_files
from interview.models.working_copy import ChangeKind
from interview.services.change import record


def problems_of(files: Mapping[str, bytes]) -> list[Problem]:
    """Everything that keeps these files from being a question, with path, line, message and hint; empty is well."""
    try:
        Folder.from_files(files)
    except QuestionError as error:
        return list(error.problems)
    return []


def read(files: Mapping[str, bytes]) -> Folder | None:
    """The folder, when these files make a question."""
    try:
        return Folder.from_files(files)
    except QuestionError:
        return None


@transaction.atomic
def add_question(
    folder: Folder, slug: str, user: User | None, kind: ChangeKind, *, in_step: bool = False
) -> WorkingCopy:
    """A new question and its working copy; `in_step` says that a folder of the bank holds the same files."""
    question = Question.objects.create(uuid=folder.uuid, slug=slug, area_id=folder.area, kind=folder.kind)
    copy = WorkingCopy.objects.create(
        question=question,
        files=encode_files(folder.files),
        content_hash=folder.content_hash,
        synced_hash=folder.content_hash if in_step else "",
        changed_by=user,
    )
    read_out(question, folder)
    record(question, kind, user, dict.fromkeys(folder.files), copy.revision)
    return copy


def lock(question: Question) -> WorkingCopy:
    """The working copy, nobody else's until this transaction ends. Its question's row is read anew."""
    copies = WorkingCopy.objects.select_for_update(of=("self",)).select_related("question", "based_on")
    return copies.get(question=question)


def write(
    copy: WorkingCopy,
    files: Mapping[str, bytes],
    user: User | None,
    kind: ChangeKind,
    note: str = "",
    release: Release | None = None,
) -> WorkingCopy:
    """Put `files` in the place of what the locked `copy` held; nothing happens when they are the same."""
    held = copy.file_contents
    before = {path: held.get(path) for path in {*held, *files} if held.get(path) != files.get(path)}
    if not before:
        return copy
    copy.files = encode_files(files)
    copy.content_hash = content_hash(files)
    copy.revision += 1
    copy.changed_by, copy.changed_at = user, timezone.now()
    copy.save()
    if folder := read(files):
        read_out(copy.question, folder)
    record(copy.question, kind, user, before, copy.revision, note, release)
    return copy


def read_out(question: Question, folder: Folder) -> None:
    """What lists and searches know of a question. Its kind and area are fixed by its first release."""
    question.title, question.level, question.minutes = folder.title, folder.level, folder.minutes
    question.covers, question.keywords = list(folder.covers), list(folder.keywords)
    if not question.releases.exists() and Area.objects.filter(slug=folder.area).exists():
        question.kind, question.area_id = folder.kind, folder.area
    question.save(update_fields=["title", "level", "minutes", "covers", "keywords", "kind", "area"])
