"""What is to be judged, and how: it goes through the rooms of a grading as one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.frames import OWN_LINES
from grader.question import Question
from grader.results import Progress

#: Bytes of UTF-8 that somebody's own lines, and the text that their code reads, may have each.
MOST_OWN = 64 * 1024


@dataclass(frozen=True)
class Own:
    """What comes with the files when their author wants to see them run: lines to run after them, text to read."""

    snippet: str = ""
    stdin: str = ""

    def fault(self) -> str:
        """Why they cannot be run with, or nothing."""
        for what, text in (("Your own lines come", self.snippet), ("Your input comes", self.stdin)):
            size = len(text.encode("utf-8", "surrogatepass"))
            if size > MOST_OWN:
                return f"{what} to {size // 1024} KiB; at most {MOST_OWN // 1024} KiB are accepted."
        return "Your own lines hold NUL characters." if "\0" in self.snippet else ""


@dataclass(frozen=True)
class Request:
    """One grading as it was asked for, see `Grader.judge`. `files` are path to text.

    `beside` names one of them that was not handed in, and whose lines are nobody's to read. With `own` no test runs,
    see `Grader.run`.
    """

    question: Question
    files: Mapping[str, str]
    seed: int
    visible_only: bool = False
    on_progress: Callable[[Progress], None] | None = None
    stop_early: bool = False
    hints: bool = True
    beside: str = ""
    own: Own | None = None

    def served(self) -> list[int]:
        """The positions of the tests that are asked for."""
        tests = () if self.own else self.question.tests
        return [n for n, test in enumerate(tests) if test.visible or not self.visible_only]

    def theirs(self) -> dict[str, str]:
        """What was handed in, own lines included: the lines that its author may be shown."""
        own = {OWN_LINES: self.own.snippet} if self.own else {}
        return {path: text for path, text in self.files.items() if path != self.beside} | own

    def tell(self, progress: Progress) -> None:
        """Tell whoever wants to know. An exception of theirs ends the grading."""
        if self.on_progress is not None:
            self.on_progress(progress)
