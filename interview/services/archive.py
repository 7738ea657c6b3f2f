"""Questions as zip archives and as folders that a browser sends: out byte for byte, in only what is safe and known."""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from django.db import transaction

from grader import Question as Folder
from grader import QuestionError
from grader.folder import LITTER
from interview.exceptions import InvalidArchive
from interview.models import Area, Question, Release, User, WorkingCopy
from interview.models.working_copy import ChangeKind
from interview.services import folder as folders
from interview.services import working_copy
from interview.services.folder import megabytes, shown
from interview.services.question import refuse_others

UPLOAD_LIMIT = 8 * 1024 * 1024  # bytes of an archive, packed
UNPACKED_LIMIT = 64 * 1024 * 1024  # bytes of everything in it
ENTRIES_LIMIT = 3000
# Text packs ten to one, tables of numbers perhaps fifty; a bomb lives from the thousand that the format allows.
RATIO_LIMIT = 200
RATIO_MATTERS_FROM = 64 * 1024  # bytes unpacked; below it the ratio harms nobody
REASONS_LIMIT = 20
IGNORED = {*LITTER, "__MACOSX"}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the format knows nothing earlier
PLAIN = 0o100644


@dataclass(frozen=True)
class Imported:
    """What became of one folder of an import."""

    question: Question
    is_new: bool
    is_changed: bool


# Out


def export_zip(question: Question, release: Release | None = None) -> bytes:
    """The files of the working copy, or of a release, in a folder of the question's name; equal for equal files."""
    files = (release or WorkingCopy.objects.get(question=question)).file_contents
    return pack({f"{question.slug}/{path}": content for path, content in files.items()})


def export_all(chosen: Iterable[Question]) -> bytes:
    """The working copies of many questions, in folders by area and name like those of a bank."""
    copies = WorkingCopy.objects.filter(question__in=chosen).select_related("question")
    return pack(
        {
            f"{copy.question.area_id}/{copy.question.slug}/{path}": content
            for copy in copies
            for path, content in copy.file_contents.items()
        }
    )


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of path to content whose bytes depend on these alone, not on the day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.external_attr = PLAIN << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[path])
    return out.getvalue()


# In


def import_zip(user: User, upload: BinaryIO, name: str = "", seen: int | None = None) -> list[Imported]:
    """Take in the questions of a zip: all of them, or with InvalidArchive none.

    A question is known by its uuid. A new one becomes a draft called after its folder, or `name` where it lies at the
    top. The files of a known one are replaced, which its history keeps; where it has edits that are in no release, only
    if `seen` is its revision. Raises NotAllowed.
    """
    refuse_others(user)
    return import_files(user, unpack(upload), name, seen)


def import_files(
    user: User, files: Mapping[str, bytes], name: str = "", seen: int | None = None
) -> list[Imported]:
    """The same for a folder, given as relative path to content."""
    refuse_others(user)
    _refuse(filter(None, map(folders.path_fault, files)))
    found = _folders(files)
    _refuse(reason for root in found.values() for reason in folders.faults(root))
    with transaction.atomic():
        taken, reasons = [], []
        for root, own in found.items():
            try:
                taken.append(_import(user, PurePosixPath(root).name or name, own, seen))
            except InvalidArchive as refusal:
                reasons += [f"{root}: {reason}" if root else reason for reason in refusal.reasons]
        _refuse(reasons)
        return taken


def _refuse(reasons: Iterable[str]) -> None:
    """Raise InvalidArchive if there is any reason; nobody reads more than a screen of them."""
    found = list(reasons)
    if len(found) > REASONS_LIMIT:
        found = [*found[:REASONS_LIMIT], f"And {len(found) - REASONS_LIMIT} more."]
    if found:
        raise InvalidArchive(found)


def unpack(upload: BinaryIO) -> dict[str, bytes]:
    """Path to content of a zip, its entries refused by what they claim before a byte is unpacked."""
    if (size := upload.seek(0, io.SEEK_END)) > UPLOAD_LIMIT:
        raise InvalidArchive([f"The archive has {megabytes(size)}, and {megabytes(UPLOAD_LIMIT)} are taken."])
    try:
        archive = zipfile.ZipFile(upload)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise InvalidArchive(["This is no zip archive, or it is damaged. Pack the folder again."]) from error
    with archive:
        entries = archive.infolist()
        _refuse(_archive_faults(entries))
        _refuse(filter(None, map(_entry_fault, entries)))
        wanted = [entry for entry in entries if not entry.is_dir() and not _is_litter(entry.filename)]
        _refuse(folders.clash_faults([entry.filename for entry in wanted]))
        return {entry.filename: _content(archive, entry) for entry in wanted}


def _archive_faults(entries: list[zipfile.ZipInfo]) -> Iterator[str]:
    if len(entries) > ENTRIES_LIMIT:
        yield f"The archive has {len(entries)} entries, and {ENTRIES_LIMIT} are taken."
    if (total := sum(entry.file_size for entry in entries)) > UNPACKED_LIMIT:
        yield f"Unpacked it would have {megabytes(total)}, and {megabytes(UNPACKED_LIMIT)} are taken."


def _entry_fault(entry: zipfile.ZipInfo) -> str:
    """What stands against unpacking this entry, by what the archive says of it; empty when nothing does."""
    # Its other name ends at the first NUL, which would hide what comes after.
    path = entry.orig_filename.removesuffix("/")
    if fault := folders.path_fault(path):
        return fault
    return next((f"{shown(path)} {said}" for is_bad, said in _ENTRY_RULES if is_bad(entry)), "")


_ENTRY_RULES = (
    (
        lambda entry: stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR},
        "is a link or a device; only plain files are taken.",
    ),
    (lambda entry: entry.flag_bits & 0x1, "is encrypted. Pack it without a password."),
    (
        lambda entry: entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED},
        "is packed in an unusual way. Pack it as an ordinary zip.",
    ),
    (
        lambda entry: entry.file_size > folders.FILE_LIMIT,
        f"says that it is over {megabytes(folders.FILE_LIMIT)}, which is the most that a file may have.",
    ),
    (
        lambda entry: (
            entry.file_size > RATIO_MATTERS_FROM
            and entry.file_size > RATIO_LIMIT * max(entry.compress_size, 1)
        ),
        f"is packed to less than 1/{RATIO_LIMIT} of its size, like a bomb.",
    ),
)


#: What reading a damaged entry ends in: places before the beginning and headers that break off included.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError)


def _is_litter(path: str) -> bool:
    return any(part in IGNORED for part in PurePosixPath(path).parts)


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry. Unpacking stops at the size that it claims, so a liar fails its own checksum."""
    try:
        with archive.open(entry) as file:
            content = file.read(entry.file_size + 1)
    except (*_DAMAGE, NotImplementedError) as error:
        raise _damaged(entry) from error
    if len(content) != entry.file_size:
        raise _damaged(entry)
    return content


def _damaged(entry: zipfile.ZipInfo) -> InvalidArchive:
    return InvalidArchive([f"{shown(entry.filename)} is damaged, or not as large as it says. Pack it again."])


def _folders(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The question folders among `files`: their place to their own files. Raises InvalidArchive for what is beside."""
    wanted = {path: content for path, content in files.items() if not _is_litter(path)}
    named = [
        str(PurePosixPath(path).parent) for path in wanted if PurePosixPath(path).name == "question.yaml"
    ]
    if not named:
        raise InvalidArchive(["There is no question.yaml in it, so there is no question."])
    roots = ["" if place == "." else f"{place}/" for place in named]
    outer = [root for root in roots if not any(root != other and root.startswith(other) for other in roots)]
    _refuse(
        f"{shown(path)} lies beside the folder of a question; take it out."
        for path in wanted
        if not path.startswith(tuple(outer))
    )
    return {
        root.rstrip("/"): {
            path.removeprefix(root): content for path, content in wanted.items() if path.startswith(root)
        }
        for root in outer
    }


def _import(user: User, name: str, files: Mapping[str, bytes], seen: int | None) -> Imported:
    try:
        folder = Folder.from_files(files)
    except QuestionError as error:
        raise InvalidArchive([f"{problem}." for problem in error.problems]) from error
    known = Question.objects.filter(uuid=folder.uuid).first()
    return _replace(known, user, folder, seen) if known else _add(user, folder, _slug(name))


def _add(user: User, folder: Folder, slug: str) -> Imported:
    _refuse(new_question_faults(folder, slug))
    copy = working_copy.add_question(folder, slug, user, ChangeKind.IMPORTED)
    return Imported(copy.question, is_new=True, is_changed=True)


def new_question_faults(folder: Folder, slug: str) -> Iterator[str]:
    """Why `folder` cannot become a new question called `slug`."""
    if not folders.SLUG.fullmatch(slug) or len(slug) > folders.SLUG_LIMIT:
        yield (
            f"{shown(slug)} cannot be the short name of a question. Call its folder with small letters, digits "
            f"and hyphens, {folders.SLUG_LIMIT} at most."
        )
    elif Question.objects.filter(slug=slug).exists():
        yield (
            f"There is another question “{slug}” with another uuid. Rename the folder, or give it the uuid of "
            "that question to replace its files."
        )
    if not Area.objects.filter(slug=folder.area).exists():
        yield f"The area “{folder.area}” is not loaded here. Load it with `manage.py load_bank` first."


def _replace(question: Question, user: User, folder: Folder, seen: int | None) -> Imported:
    copy = working_copy.lock(question)
    if seen is not None and copy.content_hash != folder.content_hash:
        working_copy.refuse_stale(copy, seen)
    elif not copy.is_published and copy.content_hash != folder.content_hash:
        raise InvalidArchive(
            [
                f"“{question.slug}” has edits that are in no release, and this would replace them. "
                "Publish them first, or import from that question's own page."
            ]
        )
    before = copy.revision
    copy = working_copy.write(copy, folder.files, user, ChangeKind.IMPORTED)
    return Imported(copy.question, is_new=False, is_changed=copy.revision != before)


def _slug(name: str) -> str:
    """A short name from that of a folder or an archive, whose browser may have added a number."""
    stem = re.sub(r"(\.zip| ?\(\d+\))+$", "", name.strip())
    return re.sub(r"[\s_]+", "-", stem).casefold()
