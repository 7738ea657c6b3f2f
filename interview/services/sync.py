"""Working copies and a tree of folders, kept in step in both directions without overwriting what changed on the other.

Each side is compared with what both last agreed on (`WorkingCopy.synced_hash`). What changed on one side alone goes
over to the other; what changed on both is a conflict, which a person settles.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import yaml
from django.db import transaction

from grader import Question as Folder
from grader import QuestionError
from grader.folder import content_hash, read_folder
from interview.models import Question, WorkingCopy
from interview.models.working_copy import ChangeKind
from interview.services import folder as folders
from interview.services import working_copy
from interview.services.archive import new_question_faults


class Outcome(Enum):
    """What became of one question; the value is the word for it."""

    SAME = "in step"
    CREATED = "new, a draft now"
    UPDATED = "loaded"
    WRITTEN = "written"
    KEPT = "edited in the browser, left as it is"
    NEWER = "the folder is newer, left as it is"
    CONFLICT = "CONFLICT"
    FAULTY = "NOT USABLE"


@dataclass(frozen=True)
class Synced:
    """One question after a look at both sides; `told` says what to do where something is to be done."""

    slug: str
    outcome: Outcome
    told: str = ""
    question: Question | None = None

    @property
    def needs_a_person(self) -> bool:
        return self.outcome in {Outcome.CONFLICT, Outcome.FAULTY}

    @property
    def is_in_step(self) -> bool:
        return self.outcome in {Outcome.SAME, Outcome.CREATED, Outcome.UPDATED, Outcome.WRITTEN}

    def __str__(self) -> str:
        return f"{self.slug}: {self.outcome.value}{f'. {self.told}' if self.told else ''}"


class _Unusable(Exception):
    """Why a folder cannot be read as a question."""


# From folders


def load_tree(
    root: Path, take_folder: Collection[str] = (), keep_browser: Collection[str] = ()
) -> Iterator[Synced]:
    """Bring working copies in step with the question folders `root`/*/*, one transaction for each.

    A conflict is settled in favour of the folder for the names in `take_folder` (the edits stay in the history), and
    of the browser for those in `keep_browser`.
    """
    seen: dict[str, Path] = {}
    for place in question_folders(root):
        try:
            folder = _read(place)
        except _Unusable as reason:
            yield Synced(place.name, Outcome.FAULTY, str(reason))
            continue
        if (first := seen.setdefault(folder.uuid, place)) != place:
            yield Synced(place.name, Outcome.FAULTY, f"It has the uuid of {first}. Give one of them its own.")
        else:
            yield bring_in(
                place.name, folder, take=place.name in take_folder, keep=place.name in keep_browser
            )


def question_folders(root: Path) -> list[Path]:
    """Where questions lie below `root`, as a bank has them: AREA/NAME."""
    return sorted(path.parent for path in root.glob("*/*/question.yaml"))


def _read(place: Path) -> Folder:
    """The question in a folder, whose size is looked at before its contents. Raises _Unusable."""
    try:
        return Folder.from_files(_files(place))
    except QuestionError as error:
        raise _Unusable("; ".join(str(problem) for problem in error.problems)) from error


def _files(place: Path) -> dict[str, bytes]:
    if place.is_symlink() or place.parent.is_symlink():
        raise _Unusable("The folder is a link, and only real folders are read and written.")
    found = [file for file in place.rglob("*") if file.is_file() and not file.is_symlink()]
    sizes = {file.relative_to(place).as_posix(): file.stat().st_size for file in found}
    if faults := list(folders.size_faults(sizes)):
        raise _Unusable(" ".join(faults))
    try:
        return read_folder(place)
    except QuestionError as error:
        raise _Unusable("; ".join(str(problem) for problem in error.problems)) from error


@transaction.atomic
def bring_in(slug: str, folder: Folder, *, take: bool = False, keep: bool = False) -> Synced:
    """The working copy of a folder's question in step with it, unless it was edited since they last were."""
    question = Question.objects.filter(uuid=folder.uuid).first()
    if question is None:
        return _begin(slug, folder)
    copy = working_copy.lock(question)
    agreed, here, there = copy.synced_hash, copy.content_hash, folder.content_hash
    if here == there:
        return _agree(copy, there, Outcome.SAME)
    if here == agreed or take:
        copy = working_copy.write(copy, folder.files, None, ChangeKind.SYNCED)
        return _agree(copy, there, Outcome.UPDATED)
    if keep:
        return _agree(copy, there, Outcome.KEPT)
    if there == agreed:
        return Synced(question.slug, Outcome.KEPT, question=copy.question)
    return Synced(question.slug, Outcome.CONFLICT, _settling(copy), copy.question)


def _begin(slug: str, folder: Folder) -> Synced:
    faults = [*folders.faults(folder.files), *new_question_faults(folder, slug)]
    if faults:
        return Synced(slug, Outcome.FAULTY, " ".join(faults))
    copy = working_copy.add_question(folder, slug, None, ChangeKind.SYNCED, in_step=True)
    return Synced(slug, Outcome.CREATED, question=copy.question)


def _agree(copy: WorkingCopy, there: str, outcome: Outcome) -> Synced:
    """Remember the content of the folder as what both sides know."""
    if copy.synced_hash != there:
        copy.synced_hash = there
        copy.save(update_fields=["synced_hash"])
    return Synced(copy.question.slug, outcome, question=copy.question)


def _settling(copy: WorkingCopy) -> str:
    by = f"by {copy.changed_by.display_name} " if copy.changed_by else ""
    slug = copy.question.slug
    return (
        f"It was edited in the browser ({by}on {copy.changed_at:%d %B %Y}) and the folder was changed as well; neither "
        f"was touched. Compare them, then settle it: manage.py sync_bank DIR --take-folder {slug}, or --keep-browser "
        f"{slug}."
    )


# To folders


def export_tree(root: Path) -> Iterator[Synced]:
    """Write every working copy to its folder below `root`, byte for byte; nothing else there is touched."""
    places = {_uuid(place): place for place in question_folders(root)}
    for question in Question.objects.select_related("area"):
        place = places.get(str(question.uuid), root / question.area_id / question.slug)
        try:
            yield _write_out(question, place)
        except _Unusable as reason:
            yield Synced(question.slug, Outcome.FAULTY, f"{place}: {reason}")


def _uuid(place: Path) -> str:
    """By which a folder is known to be a question's, whatever else is wrong with it."""
    try:
        front = yaml.safe_load((place / "question.yaml").read_bytes())
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    return str(front.get("uuid", "")) if isinstance(front, dict) else ""


@transaction.atomic
def _write_out(question: Question, place: Path) -> Synced:
    copy = working_copy.lock(question)
    on_disk = _files(place) if place.exists() or place.is_symlink() or place.parent.is_symlink() else {}
    agreed, here, there = copy.synced_hash, copy.content_hash, content_hash(on_disk) if on_disk else ""
    if here == there:
        return _agree(copy, here, Outcome.SAME)
    if there in {"", agreed}:
        _put(copy.file_contents, on_disk, place)
        return _agree(copy, here, Outcome.WRITTEN)
    if here == agreed:
        return Synced(question.slug, Outcome.NEWER, "Load it first, without --export.", question)
    return Synced(question.slug, Outcome.CONFLICT, _settling(copy), question)


def _put(files: Mapping[str, bytes], on_disk: Mapping[str, bytes], place: Path) -> None:
    """Make the folder hold `files` where it held `on_disk`; equal files keep their dates."""
    if faults := folders.faults(files):
        raise _Unusable(" ".join(faults))
    # First what goes: a file may stand where a folder has to be.
    for path in on_disk.keys() - files.keys():
        (place / path).unlink()
        _prune((place / path).parent, place)
    for path, content in files.items():
        if on_disk.get(path) != content:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(content)


def _prune(directory: Path, place: Path) -> None:
    """Take away folders that became empty, up to the question's own."""
    while directory != place and not any(directory.iterdir()):
        directory.rmdir()
        directory = directory.parent
