"""Where in the submission's own files an error arose.

It is told by the process of the submission, so it is hostile: what stays are places in files that were handed in. The
text of a line is taken from those files, never from what was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.plain import plain

#: So many places of one error are kept, those nearest to where it arose.
MOST = 8
LONGEST_NAME, LONGEST_LINE = 80, 200

#: What a person's own lines are called where a file would be named. No file can be: it has spaces.
OWN_LINES = "your own lines"


@dataclass(frozen=True)
class Frame:
    """A line of the submission that an error came through, outermost first.

    `line` and `column` count from 1; a column of 0 is not known, as is an empty `function` outside of all functions.
    """

    file: str
    line: int
    function: str = ""
    text: str = ""
    column: int = 0

    @property
    def is_own(self) -> bool:
        """Whether it lies in lines that were run after the files, and in none of them."""
        return self.file == OWN_LINES

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}"
        within = f", in {self.function}" if self.function else ""
        return f"{where}{within}: {self.text}"


#: A place as it travels: file, line, function, column.
Place = tuple[str, int, str, int]


def read_places(told: object) -> list[Place]:
    """The places in what a process said; everything else in it is left out."""
    items = told[-MOST:] if isinstance(told, list | tuple) else ()
    return [(item[0], item[1], item[2], item[3]) for item in items if _is_place(item)]


def _is_place(item: Any) -> bool:
    return isinstance(item, list | tuple) and [type(part) for part in item] == [str, int, str, int]


def read_frames(told: object, files: Mapping[str, str]) -> tuple[Frame, ...]:
    """Those of the places that lie in `files`, a path to its text, each with its line."""
    return tuple(_frames(read_places(told), files))


def _frames(places: list[Place], files: Mapping[str, str]) -> Iterator[Frame]:
    for file, line, function, column in places:
        # As Python counts lines: what else splits a text for people does not count.
        lines = files.get(file, "").split("\n")
        if file in files and 1 <= line <= len(lines):
            name = "" if function == "<module>" else plain(function[:LONGEST_NAME])
            text = plain(lines[line - 1].strip()[:LONGEST_LINE])
            yield Frame(file, line, name, text, column if 0 <= column <= 10**6 else 0)
