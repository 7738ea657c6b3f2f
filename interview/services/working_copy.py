"""Editing a question's files: every change is named in its history, none is overwritten unseen."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from grader import Problem, QuestionError
from grader import Question as Folder
from grader.folder import content_hash
from grader.skeleton import skeleton
from interview.exceptions import InvalidFiles, NotAllowed, Stale
from interview.models import Area, Question, Release, User, WorkingCopy
from interview.models.release import encode_files
from interview.models.working_copy import Change, ChangeKind
from interview.services import folder as folders
from interview.services.change import record


def create(user: User, area: str, slug: str, kind: str, title: str) -> Question:
    """A new draft of `kind` that works as it is, to be rewritten. Raises NotAllowed, InvalidFiles."""
    refuse_readers(user)
    if Question.objects.filter(slug=slug).exists():
        raise InvalidFiles([f"There is a question “{slug}” already. Choose another short name."])
    try:
        files = skeleton(area, slug, kind, title)
        return add_question(Folder.from_files(files), slug, user, ChangeKind.CREATED).question
    except QuestionError as error:
        raise InvalidFiles([str(problem) for problem in error.problems]) from error


@transaction.atomic
def save_files(
    question: Question, user: User, changes: Mapping[str, bytes | None], seen: int, note: str = ""
) -> WorkingCopy:
    """Put `changes` (path to content, None deletes) over revision `seen` of the working copy.

    Files that do not make a question are kept as well: `problems_of` says what to mend. Raises NotAllowed, Stale when
    the copy has another revision by now, InvalidFiles for what no question can hold. None of them changes anything.
    """
    refuse_readers(user)
    copy = lock(question)
    refuse_stale(copy, seen)
    merged = {**copy.file_contents, **changes}
    files = {path: content for path, content in merged.items() if content is not None}
    if faults := folders.faults(files):
        raise InvalidFiles(faults)
    return write(copy, files, user, ChangeKind.EDITED, note)


@transaction.atomic
def restore(question: Question, user: User, release: Release, seen: int) -> WorkingCopy:
    """Put the files of an older `release` in the place of revision `seen`; what was there stays in the history.

    Raises NotAllowed, Stale.
    """
    refuse_readers(user)
    if release.question_id != question.pk:
        raise NotAllowed("That release is another question's. Choose one from this question's history.")
    copy = lock(question)
    refuse_stale(copy, seen)
    copy.based_on = release
    copy.save(update_fields=["based_on"])
    note = f"Files of release {release.number}"
    return write(copy, release.file_contents, user, ChangeKind.RESTORED, note, release)


def refuse_readers(user: User) -> None:
    if not user.writes:
        raise NotAllowed("Only authors, curators and admins may change questions. Report a problem instead.")


def refuse_stale(copy: WorkingCopy, seen: int) -> None:
    """Raises Stale unless the locked `copy` is at revision `seen`."""
    if copy.revision == seen:
        return
    later = Change.objects.filter(question=copy.question_id, revision__gt=seen).values_list(
        "paths", flat=True
    )
    changed = sorted({path for paths in later for path in paths})
    by = copy.changed_by.display_name if copy.changed_by else "A load from a folder"
    raise Stale(copy.revision, seen, changed, by)


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
