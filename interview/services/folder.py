"""What a question folder can hold: the same rules for what is typed, uploaded, and read from disk."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import PurePosixPath

from grader.folder import KNOWN_FILES, KNOWN_FOLDERS

FILE_LIMIT = 4 * 1024 * 1024  # bytes
TOTAL_LIMIT = 16 * 1024 * 1024  # bytes of one question
COUNT_LIMIT = 300  # files of one question
PATH_LIMIT = 200  # bytes; disks take 255 for each part
SHOWN = 120  # characters of a path in a message
SLUG_LIMIT = 80  # characters, as the column
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def shown(path: str) -> str:
    """A path that came from outside, made fit for a sentence."""
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in path)
    return f"“{plain[:SHOWN]}{'…' if len(plain) > SHOWN else ''}”"


def path_fault(path: str) -> str:
    """What stands against `path` as a place in a folder, wherever it came from; empty when nothing does."""
    return next((f"{shown(path)} {said}" for is_bad, said in _RULES if is_bad(path)), "")


# The first that is broken speaks; the length in bytes is asked last, when nothing is left that has none.
_RULES: tuple[tuple[Callable[[str], object], str], ...] = (
    (
        re.compile(r"/|[A-Za-z]:").match,
        "is an absolute path; the files of a question lie inside its folder.",
    ),
    (lambda path: "\\" in path, "has a backslash; write folders with /."),
    (lambda path: ".." in path.split("/"), "climbs out of the folder."),
    (lambda path: {"", "."} & set(path.split("/")), "is no plain path: a part of it is empty or a dot."),
    (
        lambda path: any(unicodedata.category(letter)[0] == "C" for letter in path),
        "has a control character in its name.",
    ),
    (lambda path: len(path.encode()) > PATH_LIMIT, f"is longer than {PATH_LIMIT} bytes."),
)


def foreign_fault(path: str) -> str:
    """Why a question has no such file; empty when it has. `path` is a plain one."""
    parts = PurePosixPath(path).parts
    known = KNOWN_FOLDERS if len(parts) > 1 else KNOWN_FILES
    if parts[0] in known:
        return ""
    what = "folder" if len(parts) > 1 else "file"
    return f"{shown(path)} does not belong to a question; it knows the {what}s {', '.join(known)}."


def size_faults(sizes: Mapping[str, int]) -> Iterator[str]:
    """What is too much of path to size in bytes."""
    if len(sizes) > COUNT_LIMIT:
        yield f"There are {len(sizes)} files, and a question has at most {COUNT_LIMIT}."
    for path, size in sizes.items():
        if size > FILE_LIMIT:
            yield f"{shown(path)} has {megabytes(size)}, and a file has at most {megabytes(FILE_LIMIT)}."
    if (total := sum(sizes.values())) > TOTAL_LIMIT:
        yield f"The files have {megabytes(total)} together, and a question has at most {megabytes(TOTAL_LIMIT)}."


def clash_faults(paths: Collection[str]) -> Iterator[str]:
    """Names that cannot be beside each other on every disk: twice the same, or a file where a folder is."""
    counted = Counter(unicodedata.normalize("NFC", path).casefold() for path in paths)
    yield from (f"{shown(path)} is there {number} times." for path, number in counted.items() if number > 1)
    folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
    yield from (f"{shown(path)} is a file and a folder at once." for path in paths if path in folders)


def faults(files: Mapping[str, bytes]) -> list[str]:
    """Every reason for which these files cannot be those of one question, whether or not they make a good one."""
    named = [path_fault(path) or foreign_fault(path) for path in files]
    sizes = {path: len(content) for path, content in files.items()}
    return [*filter(None, named), *size_faults(sizes), *clash_faults(files)]


def megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
