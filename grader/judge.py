"""The story of one grading, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from grader.errors import SandboxUnavailable
from grader.question import Question
from grader.results import Progress, Result


class Grader:
    """Owns the sandbox of this process. Safe to share between threads; starts when first needed."""

    def judge(
        self,
        question: Question,
        files: Mapping[str, str],
        *,
        seed: int | None = None,
        visible_only: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Result:
        """Judge `files` (path to text; the one to import is solution.py) against the question's tests."""
        raise SandboxUnavailable(["forkserver"])

    def close(self) -> None:
        """Stop the forkserver and everything below it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
