"""What lies in a question folder: the names that it may have, reading it, and what it comes to as one hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import Problem, QuestionError
from grader.loading import MAIN
from grader.yamlfile import suggestion

#: What may lie in a question folder; anything else is a misspelling until proven otherwise.
KNOWN_FILES = (
    "question.yaml", "statement.md", "rubric.yaml", "solution.md", "answer.yaml", "starter.py", "starter.out",
)  # fmt: skip
KNOWN_FOLDERS = ("hints", "figures", "starter", "grading", "data", "submissions")


@dataclass(frozen=True)
class Shape:
    """What the paths in one folder of a question look like; a file of another path would never be read."""

    pattern: re.Pattern[str]
    hint: str


_GRADING = ("grading/tests.py", "grading/reference.py", "grading/equivalent.yaml")
_GRADING_FOLDERS = (r"grading/data/.+", r"grading/baselines/\w+\.py", r"grading/mutants/\w+/\w+\.py")
SHAPES = {
    "hints": Shape(re.compile(r"hints/[1-9]\d*\.md"), "hints are called hints/1.md, hints/2.md …"),
    "starter": Shape(
        re.compile(r"starter/[A-Za-z_]\w*\.py"),
        f"files of the starter are Python files under the names that the editor shows: starter/{MAIN}, starter/….py",
    ),
    "figures": Shape(
        re.compile(r"figures/[\w-]+\.svg"), "figures are SVG files: letters, digits, hyphens, then .svg"
    ),
    "grading": Shape(
        re.compile("|".join([*map(re.escape, _GRADING), *_GRADING_FOLDERS])),
        f"known: {', '.join(_GRADING)}, grading/data/…, grading/baselines/….py, grading/mutants/faulty/….py",
    ),
    "submissions": Shape(
        re.compile(r"submissions/[\w-]+/[\w-]+\.py"), "examples are called submissions/<verdict>/<name>.py"
    ),
}
#: Left by tools beside the files of an author.
LITTER = ("__pycache__", ".DS_Store", ".mypy_cache", ".ruff_cache")


def read_folder(root: Path) -> dict[str, bytes]:
    """Every file below `root` by its relative path; caches of tools are left out, links are refused."""
    files: dict[str, bytes] = {}
    for file in sorted(root.rglob("*")):
        relative = file.relative_to(root)
        if any(part in LITTER for part in relative.parts):
            continue
        if file.is_symlink():
            raise QuestionError([Problem(str(relative), 0, "is a link", "a question holds plain files only")])
        if file.is_file():
            files[relative.as_posix()] = file.read_bytes()
    return files


def content_hash(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the sorted paths and contents, each with its length: no two folders read the same."""
    digest = hashlib.sha256()
    for path in sorted(files):
        for part in (path.encode(), files[path]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def file_problems(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """What is missing, and what nobody would ever read."""
    for needed in ("question.yaml", "statement.md"):
        if needed not in files:
            yield Problem(needed, 0, "is missing", "every question has one")
    for path in sorted(files):
        parts = PurePosixPath(path).parts
        if len(parts) == 1 and path not in KNOWN_FILES:
            hint = suggestion(path, KNOWN_FILES) or f"known: {', '.join(KNOWN_FILES)}"
            yield Problem(path, 0, "is not a file that a question has", hint)
        elif len(parts) > 1 and parts[0] not in KNOWN_FOLDERS:
            hint = suggestion(parts[0], KNOWN_FOLDERS) or f"known: {', '.join(KNOWN_FOLDERS)}"
            yield Problem(path, 0, f"'{parts[0]}/' is not a folder of a question", hint)
        elif parts[0] in SHAPES and not SHAPES[parts[0]].pattern.fullmatch(path):
            yield Problem(path, 0, "would never be read", SHAPES[parts[0]].hint)
    if "starter.py" in files and has_starter_folder(files):
        yield Problem("starter.py", 0, "stands beside the folder starter/", "keep one of the two")


def has_starter_folder(files: Mapping[str, bytes]) -> bool:
    """Whether the editor opens with the files of a folder, and not with one."""
    return any(path.startswith("starter/") for path in files)
