"""The story of one grading, top to bottom, as the parent of both processes sees it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import Self

from grader.errors import DeviceUnavailable, JudgeError
from grader.loading import MAIN
from grader.outline import unrun
from grader.question import Question
from grader.request import Own, Request
from grader.results import Progress, Result, Verdict
from grader.sandbox import hands
from grader.sandbox.fleet import Fleet
from grader.sandbox.owner import ForkserverLost
from grader.sandbox.pool import Pool
from grader.sandbox.seat import Seat
from grader.sandbox.slot import Slot
from grader.sandbox.supply import Supply
from grader.session import Session
from grader.variants import judge_variants

#: A submission may be this large in all, in bytes of UTF-8.
MAX_SOURCE = 256 * 1024
MAX_FILES = 32

#: How often a grading is begun again after the forkserver was lost.
ATTEMPTS = 3


class Grader:
    """Owns the sandbox of this process. Safe to share between threads; starts when first needed."""

    def __init__(self, *, spares: int = 2, device: str = "") -> None:
        """`spares` pairs of processes wait, jailed and ready, for gradings to come; 5 to 10 MB each.

        `device` is "cuda" for every GPU that this process may see, "cuda:N" for one, empty for none. A question that
        needs a GPU, or takes either, is judged on one of them, one grading at a time on each.
        """
        self._supply = Supply(spares)
        self._device = device
        self._fleet = Fleet(partial(hands.slots, device))

    def judge(
        self,
        question: Question,
        files: Mapping[str, str],
        *,
        seed: int | None = None,
        visible_only: bool = False,
        on_progress: Callable[[Progress], None] | None = None,
        stop_early: bool = False,
        hints: bool = True,
    ) -> Result:
        """Judge `files` (path to text; solution.py is imported) against the question's tests.

        `on_progress` is called when a test begins, and again every few hundredths of a second while nothing new
        happens; an exception of its ends the grading, of which nothing is left when it arrives here.
        With `stop_early` the first test that is not passed is the last; those after it are Skipped.
        Without `hints` nobody watches how the submission trains; verdict and points are the same.
        The same seed gives the same inputs again; without one it is drawn. A question whose own tests are broken
        gives the verdict Judge Error; SandboxUnavailable means that nothing can be judged on this host, its kind
        DeviceUnavailable that the question needs a GPU and none can be used, JudgeError that the platform failed and
        the grading should be tried again later.
        """
        chosen = secrets.randbits(48) if seed is None else seed
        fault = invalid(files)
        if fault:
            return not_judged(question, Verdict.INVALID, fault, chosen)
        return self._done(Request(question, files, chosen, visible_only, on_progress, stop_early, hints))

    def run(
        self,
        question: Question,
        files: Mapping[str, str],
        own: Own,
        *,
        seed: int | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> Result:
        """Run `files` for their author to see, in the same jail and under the same limits as a grading of them.

        Nothing that tests is anywhere near: neither tests nor reference, nor what only the judge reads. Without own
        lines solution.py runs as a script; with them it is imported, and they run in its namespace. One that ends
        without an error has the verdict RAN; what is raised is as in `judge`.
        """
        chosen = secrets.randbits(48) if seed is None else seed
        fault = invalid(files) or own.fault()
        if fault:
            return Result(Verdict.INVALID, 0.0, 0.0, chosen, message=fault)
        # A test of theirs cannot even be imported without something that it tests.
        beside = question.variants.specimen() if question.variants else {}
        together = {**files, **beside}
        return self._done(
            Request(question, together, chosen, on_progress=on_progress, beside="".join(beside), own=own)
        )

    def _done(self, request: Request) -> Result:
        """A grading, begun again when the forkserver is lost on the way."""
        for _ in range(ATTEMPTS):
            try:
                with self._place(request.question.device) as place:
                    return _judged(place, request)
            except ForkserverLost as lost:
                reason = lost
        raise JudgeError(f"The forkserver was lost {ATTEMPTS} times: {reason}")

    def start(self) -> None:
        """Load PyTorch now, so that the first grading does not wait for it; raises SandboxUnavailable."""
        self._supply.start()
        if self._device:
            self._fleet.start()

    def close(self) -> None:
        """Stop the forkservers and everything below them."""
        self._fleet.close()
        self._supply.close()

    @contextmanager
    def _place(self, device: str) -> Iterator[Pool | Seat]:
        """Where a grading runs. A device first: what waits for one holds nothing else meanwhile."""
        with ExitStack() as stack:
            slot = self._slot(stack, device)
            pool = stack.enter_context(self._supply.lease())
            yield Seat(pool, slot) if slot else pool

    def _slot(self, stack: ExitStack, device: str) -> Slot | None:
        """A question that takes either device is judged on the processor where no other can be used."""
        if device == "cpu" or (device == "either" and not self._device):
            return None
        try:
            return stack.enter_context(self._fleet.lease())
        except DeviceUnavailable:
            if device == "gpu":
                raise
            return None

    @property
    def device_faults(self) -> tuple[str, ...]:
        """Why no GPU of this process can be used any more, once that is so."""
        return tuple(self._fleet.faults())

    @property
    def forkserver_pid(self) -> int | None:
        """The process id below which everything of the sandbox lives; None before the first grading."""
        pool = self._supply.present
        return None if pool is None else pool.forkserver.pid

    @property
    def spares_ready(self) -> int:
        """How many pairs of processes wait for work."""
        pool = self._supply.present
        return 0 if pool is None else pool.count()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _judged(place: Pool | Seat, request: Request) -> Result:
    """One session; where the submission is a test, one for each variant that it has to tell apart."""
    if request.question.variants is None or request.own:
        return Session(place, request).run()
    return judge_variants(request, lambda alone: Session(place, alone).run())


def invalid(files: Mapping[str, str]) -> str:
    """Why these files cannot be judged at all, or nothing."""
    if MAIN not in files:
        return f"The submission has no {MAIN}."
    if len(files) > MAX_FILES:
        return f"The submission has {len(files)} files; at most {MAX_FILES} are accepted."
    if any(not _is_plain_path(path) for path in files):
        return "A file of the submission has a name that is not accepted: letters, digits, _, - and . only."
    if any("\0" in text for text in files.values()):
        return "The submission is not text: it holds NUL characters."
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in files.values())
    if size > MAX_SOURCE:
        return f"The submission has {size // 1024} KiB; at most {MAX_SOURCE // 1024} KiB are accepted."
    return ""


def _is_plain_path(path: str) -> bool:
    parts = path.split("/")
    return len(path) <= 200 and all(part.strip(".") and _is_plain_name(part) for part in parts)


def _is_plain_name(name: str) -> bool:
    return name.isascii() and all(letter.isalnum() or letter in "_-." for letter in name)


def not_judged(question: Question, verdict: Verdict, message: str, seed: int) -> Result:
    """A result in which no test ran."""
    tests = tuple(unrun(test, Verdict.SKIPPED) for test in question.tests)
    return Result(verdict, 0.0, question.max_points, seed, tests, message, groups=question.groups)
