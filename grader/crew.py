"""Many gradings of one check, some at a time, with progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from threading import Event
from types import TracebackType
from typing import Generic, Self, TypeVar

from grader.proof import Step

Key = TypeVar("Key")
Value = TypeVar("Value")


class Crew:
    """A few threads that share one grader. Progress is told by the thread that waits for the results.

    Whatever goes wrong in one job, or in telling of it, ends all: jobs that wait are dropped, those at work are let
    finish the grading that they are at.
    """

    def __init__(self, workers: int, total: int, on_progress: Callable[[Step], None] | None) -> None:
        self._pool = ThreadPoolExecutor(workers)
        self._on_progress = on_progress
        self._done = 0
        self.total = total
        self.stopped = Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self._pool.shutdown(cancel_futures=True)

    def run(self, jobs: Iterable[Job[Key, Value]]) -> dict[Key, Value]:
        """Do all `jobs`; what each gave, by its key."""
        futures: dict[Future[Value], Job[Key, Value]] = {self._pool.submit(job.work): job for job in jobs}
        for future in as_completed(futures):
            future.result()
            self._tell(futures[future].label)
        return {job.key: future.result() for future, job in futures.items()}

    def _tell(self, label: str) -> None:
        self._done += 1
        if self._on_progress is not None:
            self._on_progress(Step(self._done, max(self.total, self._done), label))


class Job(Generic[Key, Value]):
    """Something to do: what people see of it, what the result is kept under, and the doing."""

    def __init__(self, label: str, key: Key, work: Callable[[], Value]) -> None:
        self.label, self.key, self.work = label, key, work
