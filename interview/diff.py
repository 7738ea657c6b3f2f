"""What differs between two folders of files, line by line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

CONTEXT = 3  # unchanged lines around each change
LONGEST = 4000  # lines; comparing takes a time that grows with the square of them


@dataclass(frozen=True)
class Line:
    """A line of a comparison: `kind` is same, removed, added or gap; `old` and `new` are its numbers from one."""

    kind: str
    text: str = ""
    old: int | None = None
    new: int | None = None


@dataclass(frozen=True)
class FileDiff:
    """One file that is not the same: `status` is added, removed or changed; `note` says why there are no lines."""

    path: str
    status: str
    lines: list[Line] = field(default_factory=list)
    note: str = ""

    @property
    def added(self) -> int:
        return sum(line.kind == "added" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind == "removed" for line in self.lines)


def compare(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[FileDiff]:
    """The files that differ, in the order of their paths."""
    return [
        _file(path, old.get(path), new.get(path))
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]


def compare_texts(old: str, new: str) -> list[Line]:
    """The changed lines with some unchanged ones around them; a gap stands for what is left out between."""
    before, after = old.splitlines(), new.splitlines()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    groups = [list(_lines(group, before, after)) for group in matcher.get_grouped_opcodes(CONTEXT)]
    if not groups:
        return []
    joined = groups[0]
    for _, group in pairwise(groups):
        joined = [*joined, Line("gap"), *group]
    return joined


def unified(text: str) -> list[Line]:
    """The lines of a unified diff, without its heads."""
    kinds = {"+": "added", "-": "removed", "@": "gap"}
    shown = [line for line in text.splitlines() if not line.startswith(("--- ", "+++ "))]
    return [_unified(kinds.get(line[:1], "same"), line) for line in shown]


def _unified(kind: str, line: str) -> Line:
    return Line(kind) if kind == "gap" else Line(kind, line[1:])


def _file(path: str, old: bytes | None, new: bytes | None) -> FileDiff:
    status = "added" if old is None else "removed" if new is None else "changed"
    before, after = _text(old), _text(new)
    if before is None or after is None:
        return FileDiff(path, status, note=f"Not text: {_size(old)} before, {_size(new)} after.")
    if max(before.count("\n"), after.count("\n")) > LONGEST:
        return FileDiff(path, status, note=f"Over {LONGEST} lines, too long to compare here.")
    lines = compare_texts(before, after)
    return FileDiff(path, status, lines, "" if lines else "Differs only in how its lines end, or is empty.")


def _text(content: bytes | None) -> str | None:
    """The text of a file, empty for one that is not there; None where it is not text."""
    try:
        return (content or b"").decode()
    except UnicodeDecodeError:
        return None


def _size(content: bytes | None) -> str:
    return "no file" if content is None else f"{len(content):,} bytes"


def _lines(
    group: Iterable[tuple[str, int, int, int, int]], before: list[str], after: list[str]
) -> Iterable[Line]:
    for what, i1, i2, j1, j2 in group:
        if what == "equal":
            yield from (Line("same", before[i], i + 1, j1 + i - i1 + 1) for i in range(i1, i2))
            continue
        yield from (Line("removed", before[i], old=i + 1) for i in range(i1, i2))
        yield from (Line("added", after[j], new=j + 1) for j in range(j1, j2))
