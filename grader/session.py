"""One grading from the parent's chair: it feeds the judge, keeps the clocks and the limits, and writes the result.

Everything that arrives here comes from a jail. It is bounded, checked against what was expected, and made plain.
"""

from __future__ import annotations

import os
import select
import socket
import time
from dataclasses import replace
from typing import Any

from grader.channel import Channel, ChannelClosed
from grader.curves import read_curves
from grader.errors import SandboxUnavailable
from grader.facts import read_facts
from grader.fate import Fate, device_exceeded, exceeded, fate_of, last_words
from grader.frames import Frame, read_frames
from grader.groups import subtotals, unmet
from grader.hints import Observed
from grader.job import job_of
from grader.limits import Limits
from grader.outcome import tested
from grader.outline import unrun
from grader.output import Printed, Streams
from grader.plain import plain
from grader.region import track
from grader.request import Request
from grader.results import Phases, Progress, Result, TestResult, Usage, Verdict, overall, overall_detail
from grader.sandbox.accounting import Meter
from grader.sandbox.jail import MEGABYTE
from grader.sandbox.owner import ForkserverLost
from grader.sandbox.pool import Pool, Prepared
from grader.sandbox.seat import Seat
from grader.turns import Turns

#: Seconds that the judge may take for its own files before the candidate's clock starts.
PREPARING_SECONDS = 60.0
#: Seconds in which the judge must react when its candidate was taken away.
REACTION_SECONDS = 5.0
#: Time between two looks at the tree's use.
WATCH_SECONDS = 0.02


class Session:
    """One grading. Used once, by one thread."""

    def __init__(self, pool: Pool | Seat, request: Request) -> None:
        question = request.question
        self._pool = pool
        self._request = request
        self._question = question
        self._limits: Limits = question.limits
        self._streams = Streams(self._limits.output_kb * 1024)
        #: What was printed in parts that are over, and that the candidate may read.
        self._readable = Printed()
        self._progress = Progress(0, 0 if request.own else len(question.tests), "")
        self._told = (-1, 0)
        self._outcomes: dict[int, TestResult] = {}
        self._observed = Observed()
        self._verdict: Verdict | None = None
        self._message = self._detail = ""
        self._frames: tuple[Frame, ...] = ()
        self._current: int | None = None
        self._fate: Fate | None = None
        self._begun = time.monotonic()
        self._started = self._loaded = self._ended = 0.0
        self._deadline = self._begun + PREPARING_SECONDS
        self._cpu_before = self._watched_at = 0.0
        self._peak = self._device_peak = 0
        self._candidate: Prepared | None = None
        self._turns = Turns()
        self._used: list[Prepared] = []
        self._is_done = False
        self._is_loading = True

    def run(self) -> Result:
        """Do it all. No process of the candidate is left when this returns; the judge is killed and soon gone."""
        judge = self._pool.judge()
        self._turns.judge = judge.child.pid
        try:
            judge.link.settimeout(PREPARING_SECONDS)
            self._channel = Channel(judge.link)
            self._hand_over(self._new_candidate(), *job_of(self._request, self._pool.kind))
            while not self._is_done:
                self._follow(judge)
            self._ended = time.monotonic()
            judge.child.kill()
            self._end_candidate()
        except ChannelClosed as error:
            raise ForkserverLost("the judge is gone") from error
        finally:
            self._leave(judge)
        return self._result()

    def _leave(self, judge: Prepared) -> None:
        """On the way out, whatever happened. After an ordinary end everything is dead already."""
        self._used += self._turns.end()
        if self._candidate is not None:
            self._candidate.child.kill()
            self._used.append(self._candidate)
        judge.child.kill()
        self._pool.rest(judge, *self._used)

    def _hand_over(self, link: socket.socket, document: dict[str, Any], files: bytes = b"") -> None:
        """Send the judge its end of the wire to a process."""
        self._channel.send(document, files, [link.fileno()])
        link.close()

    def _new_candidate(self) -> socket.socket:
        """Take a fresh candidate; returns the judge's end of the wire to it."""
        self._candidate = self._pool.candidate(self._limits)
        self._streams.follow(self._candidate.out, self._candidate.err)
        return self._candidate.link

    def _follow(self, judge: Prepared) -> None:
        """Wait for what happens next, and deal with it."""
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        for reader in self._streams.readers:
            poll.register(reader, select.POLLIN)
        ready = {descriptor for descriptor, event in poll.poll(WATCH_SECONDS * 1000) if event & select.POLLIN}
        # Output first: what was printed before an answer belongs to the test that is being answered.
        self._streams.drain()
        self._keep_output_limit()
        if self._channel.fileno() in ready:
            self._hear(judge)
        if time.monotonic() - self._watched_at >= WATCH_SECONDS:
            self._watched_at = time.monotonic()
            self._keep_limits()
            self._tell()

    def _tell(self) -> None:
        """Say how far it is. Texts are made only when something was printed: this happens fifty times a second."""
        told = (self._progress.position, self._streams.count)
        if told != self._told:
            self._told, printed = told, self._readable_now()
            self._progress = replace(self._progress, stdout=printed.stdout, stderr=printed.stderr)
        self._request.tell(self._progress)

    def _readable_now(self) -> Printed:
        """What was printed so far, without what hidden tests made it print."""
        is_own = not self._loaded or self._request.own is not None
        is_visible = self._current is not None and self._question.tests[self._current].visible
        current = self._streams.since_mark() if is_own or is_visible else Printed()
        return self._readable.then(current)

    def _hear(self, judge: Prepared) -> None:
        try:
            message = self._channel.receive()
        except ChannelClosed as error:
            # Raises ForkserverLost when it was not the judge alone that ended.
            judge.child.await_end()
            self._give_up(f"The judge ended early: {error}")
            return
        for descriptor in message.descriptors:
            os.close(descriptor)
        event = message.document.get("event")
        handler = getattr(self, f"_on_{event}", None) if isinstance(event, str) else None
        if handler is None:
            self._give_up("The judge said something that was not expected.")
            return
        try:
            handler(message.document)
        except (KeyError, TypeError, ValueError) as error:
            self._give_up(f"The judge said something malformed: {error!r}")

    def _give_up(self, message: str) -> None:
        """Our own failure, as far as anybody can tell."""
        self._verdict = Verdict.JUDGE_ERROR
        self._message = message
        self._is_done = True

    def _on_broken(self, document: dict[str, Any]) -> None:
        self._give_up(f"The tests of this question do not load: {document['detail']}")

    def _on_loading(self, _: dict[str, Any]) -> None:
        self._started = time.monotonic()
        self._deadline = self._started + self._limits.wall_seconds

    def _on_loaded(self, _: dict[str, Any]) -> None:
        self._is_loading = False
        if not self._loaded:
            self._loaded = time.monotonic()
            self._readable = self._streams.whole()
        self._streams.mark()

    def _on_unloaded(self, document: dict[str, Any]) -> None:
        if self._outcomes:
            # It imported once: what happens to a second import after a crash concerns the remaining tests only.
            self._message = plain(str(document["message"]))
        else:
            self._verdict, self._message = Verdict(document["verdict"]), plain(str(document["message"]))
            self._detail = plain(str(document["detail"]), 32)
            self._frames = read_frames(document["places"], self._request.theirs())
        self._is_done = True

    def _on_ran(self, document: dict[str, Any]) -> None:
        """What somebody wanted to see of their own code is over, unless it had used up what it may by then."""
        self._observed.add(read_facts(document["facts"]), visible=True)
        fate = self._fate
        over = {"verdict": fate.verdict, "message": fate.message, "detail": fate.detail} if fate else {}
        self._on_unloaded(document | over)

    def _on_test(self, document: dict[str, Any]) -> None:
        position = self._position(document)
        outline = self._question.tests[position]
        self._streams.mark()
        reason = unmet(self._question.groups, outline, self._outcomes.values())
        self._channel.send({"skip": bool(reason)})
        if reason:
            self._outcomes[position] = unrun(outline, Verdict.SKIPPED, reason)
            return
        self._current = position
        self._progress = replace(self._progress, position=position + 1, name=outline.name)
        self._tell()

    def _on_tested(self, document: dict[str, Any]) -> None:
        position = self._position(document)
        if self._fate is not None:
            # It answered, but had used up what it may by then.
            self._outcomes[position] = self._overdue(position, self._fate)
            return
        self._message = self._message or plain(str(document["rule"]))
        verdict, outline = Verdict(document["verdict"]), self._question.tests[position]
        self._observed.add(read_facts(document.get("facts")), visible=outline.visible)
        printed = self._streams.since_mark()
        self._outcomes[position] = tested(document, outline, printed, self._request.theirs())
        self._current = None
        if outline.visible:
            self._readable = self._readable.then(printed)
        self._is_done = self._request.stop_early and verdict is not Verdict.ACCEPTED

    def _on_lost(self, document: dict[str, Any]) -> None:
        """The judge has no candidate any more: say why, and give it another where that makes sense."""
        fate = self._fate or self._learn_fate(str(document["why"]))
        self._end_candidate()
        self._fate = None
        again = fate.verdict in {Verdict.RUNTIME_ERROR, Verdict.MEMORY_LIMIT, Verdict.SECURITY}
        reply = {"verdict": fate.verdict.value, "message": fate.message, "detail": fate.detail}
        link = self._another() if again and not (self._is_loading or self._request.own) else None
        if link is None:
            self._channel.send(reply)
            return
        self._is_loading = True
        self._hand_over(link, reply)

    def _on_measure(self, _: dict[str, Any]) -> None:
        """The submission begins afresh, and beside it a baseline under the same limits."""
        self._is_loading = True
        self._end_candidate()
        self._hand_over(self._new_candidate(), {})
        baseline = self._pool.candidate(self._limits)
        assert self._candidate is not None  # noqa: S101 - for the type checker: it is the one just begun
        self._turns.begin(self._candidate, baseline, self._limits)
        self._hand_over(baseline.link, {})

    def _on_turn(self, document: dict[str, Any]) -> None:
        self._channel.send(self._turns.give(str(document["who"])))

    def _on_measured(self, _: dict[str, Any]) -> None:
        self._used += self._turns.end()
        self._channel.send({})

    def _another(self) -> socket.socket | None:
        """A candidate for the tests that remain, while there is time. Having one made costs none of it."""
        began = time.monotonic()
        if began > self._deadline:
            return None
        try:
            link = self._new_candidate()
        except SandboxUnavailable:
            # A device that this very submission left unusable: what it did is judged, the next one finds out.
            return None
        self._deadline += time.monotonic() - began
        return link

    def _on_done(self, _: dict[str, Any]) -> None:
        self._is_done = True

    def _position(self, document: dict[str, Any]) -> int:
        position = document["position"]
        if type(position) is not int or not 0 <= position < len(self._question.tests):
            raise ValueError("no such test")
        return position

    def _learn_fate(self, why: str) -> Fate:
        if why == "protocol":
            return Fate(Verdict.RUNTIME_ERROR, "It wrote to the connection that belongs to the judge.")
        status = last_words(self._candidate.child.status) if self._candidate is not None else None
        known = self._exceeded(self._candidate.child.meter) if self._candidate is not None else None
        if known is not None:
            # The kernel was faster than we were.
            return known
        if status is None:
            return Fate(Verdict.RUNTIME_ERROR, "It closed its connection to the judge.")
        return fate_of(status)

    def _keep_limits(self) -> None:
        """Take the candidate away when it has used up what it may. The judge then asks why."""
        if self._is_done or self._candidate is None:
            self._keep_judge()
            return
        if self._fate is None:
            self._condemn(self._exceeded(self._candidate.child.meter))
        self._keep_judge()

    def _keep_output_limit(self) -> None:
        """Looked at before every answer, so that the verdict does not depend on who is faster."""
        limit = self._limits.output_kb
        if self._fate is None and self._streams.count > limit * 1024:
            self._condemn(Fate(Verdict.OUTPUT_LIMIT, f"It printed more than {limit} KiB."))

    def _condemn(self, fate: Fate | None) -> None:
        if fate is None or self._candidate is None:
            return
        self._fate = fate
        self._candidate.child.kill()
        self._deadline = time.monotonic() + (REACTION_SECONDS if self._started else PREPARING_SECONDS)

    def _exceeded(self, meter: Meter) -> Fate | None:
        sample = meter.sample(self._limits.memory_mb * MEGABYTE)
        is_late = bool(self._started) and time.monotonic() > self._deadline
        # A device's memory is not the host's: its driver is asked, from outside.
        on_device = self._pool.device_memory()
        self._device_peak = max(self._device_peak, on_device)
        used = exceeded(self._limits, sample.memory, self._cpu_before + sample.cpu_seconds, is_late)
        return used or device_exceeded(self._limits, on_device)

    def _keep_judge(self) -> None:
        """The judge has its own patience limit: for loading, and for reacting to the loss of its candidate."""
        if self._is_done or time.monotonic() <= self._deadline:
            return
        fate = self._fate
        if self._current is not None and fate is not None:
            # It was busy with what the candidate had sent when the time was over.
            self._outcomes[self._current] = self._overdue(self._current, fate)
        elif fate is not None and self._started:
            self._verdict, self._message, self._detail = fate.verdict, fate.message, fate.detail
        elif fate is not None or not self._started:
            self._give_up("The judge did not get ready.")
        else:
            return
        self._is_done = True

    def _overdue(self, position: int, fate: Fate) -> TestResult:
        return unrun(self._question.tests[position], fate.verdict, fate.message, fate.detail)

    def _end_candidate(self) -> None:
        """Kill the tree, wait for its end, and book what it used."""
        prepared, self._candidate = self._candidate, None
        if prepared is None:
            return
        # The end of a namespace's first process swallows the times of those that it takes along.
        seconds = prepared.child.meter.sample(self._limits.memory_mb * MEGABYTE).cpu_seconds
        self._peak = max(self._peak, prepared.child.meter.peak)
        try:
            self._cpu_before += max(seconds, prepared.child.await_end().cpu_seconds)
        finally:
            # Only now has everything been written that will ever be.
            self._streams.drain()
            self._streams.leave()
            self._used.append(prepared)

    def _result(self) -> Result:
        outlines = self._question.tests
        served = self._request.served()
        tests = tuple(self._outcomes.get(n) or unrun(outlines[n], Verdict.SKIPPED) for n in served)
        printed = self._streams.whole()
        result = Result(
            verdict=self._verdict or overall(tests),
            score=sum(part.points for part in subtotals(self._question.groups, tests)),
            max_score=sum(test.max_points for test in tests),
            seed=self._request.seed,
            tests=tests,
            message=self._message,
            detail=self._detail or overall_detail(tests),
            frames=self._frames,
            stdout=printed.stdout,
            curves=read_curves(printed.stdout),
            stderr=printed.stderr,
            usage=Usage(
                round(self._ended - (self._started or self._ended), 4),
                round(self._cpu_before, 4),
                round(self._peak / MEGABYTE, 1),
                self._pool.name,
                round(self._device_peak / MEGABYTE, 1),
            ),
            phases=Phases.between(self._begun, self._started, self._loaded, self._ended, time.monotonic()),
            groups=self._question.groups,
            lab=track(self._question, self._request.files) if served else None,
        )
        visibly = result.for_candidate().curves if result.curves else ()
        return replace(result, hints=self._observed.hints(result.curves, visibly))
