"""What is to be judged, and how: it goes through the rooms of a grading as one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from grader.question import Question
from grader.results import Progress


@dataclass(frozen=True)
class Request:
    """One grading as it was asked for, see `Grader.judge`. `files` are path to text."""

    question: Question
    files: Mapping[str, str]
    seed: int
    visible_only: bool = False
    on_progress: Callable[[Progress], None] | None = None
    stop_early: bool = False
    hints: bool = True

    def served(self) -> list[int]:
        """The positions of the tests that are asked for."""
        tests = self.question.tests
        return [n for n, test in enumerate(tests) if test.visible or not self.visible_only]

    def tell(self, progress: Progress) -> None:
        """Tell whoever wants to know. An exception of theirs ends the grading."""
        if self.on_progress is not None:
            self.on_progress(progress)
