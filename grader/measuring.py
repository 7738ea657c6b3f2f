"""Time and memory of a submission against the question's own baselines, measured outside both of their processes.

Both begin afresh, each in a jail of its own under the same limits, and get the same inputs, drawn anew for each call.
While one works the other is stopped. A call is timed here, from before its inputs are sent until its whole answer has
been read; its CPU time and memory are read by the parent of its processes. Whatever a submission does to clocks, to its
answers or to what runs beside it, it changes none of these figures in its favour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from grader.candidate import Candidate, CandidateError, CandidateLost
from grader.checks import Check, close
from grader.comparison import Failure

#: Calls that are made first, to load what is loaded once, and not counted.
WARM_UP = 2
#: Pairs of calls that are counted. Odd, so that one of them is the median.
PAIRS = 9
#: Calls of which memory is the peak.
MEMORY_CALLS = 2
MEGABYTE = 1 << 20

CANDIDATE, BASELINE = "candidate", "baseline"
Call = Callable[..., Any]
#: Upper bounds of a ratio, with the share of the points up to each.
Shares = Mapping[float, float]


class BaselineFailed(Exception):
    """The question's own baseline does not do what it is there for."""


class Bench(Protocol):
    """What a measurement needs of the judge."""

    def subjects(self, baseline: str) -> AbstractContextManager[dict[str, Candidate]]:
        """The submission and a baseline, both begun afresh, for as long as they are measured."""

    def turn(self, who: str) -> Mapping[str, Mapping[str, float]]:
        """Let one of them run, or none; what each has used until now.

        `cpu` and `queued`, what it and the judge waited for a processor, in seconds; `memory`, its peak, in bytes.
        """


@dataclass(frozen=True)
class Cost:
    """What one call took, in seconds: by the clock, of CPU in all processes and threads, and queued for a processor."""

    wall: float
    cpu: float
    queued: float

    @property
    def seconds(self) -> float:
        """Time by the clock less what was spent in the queue, or the CPU time if that is more.

        Threads make an answer come sooner, and cost no less.
        """
        return max(self.wall - self.queued, self.cpu)


@dataclass(frozen=True)
class Pair:
    """A call each on the same inputs."""

    candidate: Cost
    baseline: Cost

    @property
    def ratio(self) -> float:
        """How many times as much the submission's cost."""
        return self.candidate.seconds / self.baseline.seconds


class Measure:
    """What a test gets as `measure`."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def time(
        self,
        call: Call,
        inputs: Callable[[], tuple[Any, ...]],
        *,
        against: str,
        shares: Shares,
        prepare: Call | None = None,
        implausible: float = 0.1,
        rtol: float | None = None,
        atol: float | None = None,
    ) -> Check:
        """The share of the points that the time of a call earns, as a multiple of the baseline's.

        `call(module, *inputs())` runs for the submission's module and for grading/baselines/<against>.py, and has to
        come to the same answer within `rtol` and `atol`; with `prepare`, `call` gets what `prepare(module)` gave.
        `shares` are upper bounds: {1.5: 1.0, 4.0: 0.5}. The ratio is the median over pairs of calls in turn. Load on
        the machine meets both calls of a pair alike, and what spoils fewer than half of the pairs moves no median. A
        ratio below `implausible` is not believed.
        """
        pairs: list[Pair] = []
        with self._bench.subjects(against) as modules:
            subjects = {who: self._prepared(who, module, prepare) for who, module in modules.items()}
            for turn in range(WARM_UP + PAIRS):
                pair = self._pair(subjects, call, inputs(), turn, rtol, atol)
                pairs += [pair] if turn >= WARM_UP else []
                if _is_settled([pair.ratio for pair in pairs], shares):
                    break
        middle = sorted(pairs, key=lambda pair: pair.ratio)[(len(pairs) - 1) // 2]
        ratio = middle.ratio
        how = (
            f"{_milliseconds(middle.candidate)} against {_milliseconds(middle.baseline)} a call, the median of"
            f" {len(pairs)} pairs of calls in turn, from the request to the whole answer"
        )
        if ratio < implausible:
            message = f"The call takes {ratio:.3f} times as long as the baseline “{against}”, less than is plausible"
            return Check(False, f"{message} ({how}). A reviewer should read the code.")
        return within(ratio, shares, f"The call takes {{}} times as long as the baseline “{against}” ({how})")

    def memory(
        self,
        call: Call,
        inputs: Callable[[], tuple[Any, ...]],
        *,
        against: str,
        shares: Shares,
        prepare: Call | None = None,
        rtol: float | None = None,
        atol: float | None = None,
    ) -> Check:
        """The share of the points that the memory of a call earns, as a multiple of the baseline's.

        As `time`, with the peak of all processes above what a fresh one has. Everything counts from the import on, so
        what is set aside before a call hides nothing.
        """
        with self._bench.subjects(against) as modules:
            subjects = {who: self._prepared(who, module, prepare) for who, module in modules.items()}
            for turn in range(MEMORY_CALLS):
                self._pair(subjects, call, inputs(), turn, rtol, atol)
            used = {who: use["memory"] for who, use in self._bench.turn("").items()}
        ratio = used[CANDIDATE] / max(1.0, used[BASELINE])
        how = (
            f"{used[CANDIDATE] / MEGABYTE:.0f} MB against {used[BASELINE] / MEGABYTE:.0f} MB at the peak of all its"
            " processes, above what they begin with"
        )
        return within(ratio, shares, f"It takes {{}} times the memory of the baseline “{against}” ({how})")

    def _prepared(self, who: str, module: Candidate, prepare: Call | None) -> Any:
        self._bench.turn(who)
        return _guarded(who, lambda: prepare(module) if prepare else module)

    def _pair(
        self,
        subjects: Mapping[str, Any],
        call: Call,
        given: tuple[Any, ...],
        turn: int,
        rtol: float | None,
        atol: float | None,
    ) -> Pair:
        """One call each on the same inputs, who begins alternating; the answers have to agree."""
        order = [CANDIDATE, BASELINE] if turn % 2 else [BASELINE, CANDIDATE]
        costs, answers = {}, {}
        for who in order:
            costs[who], answers[who] = self._timed(who, subjects[who], call, given)
        check = close(
            answers[CANDIDATE], answers[BASELINE], rtol=rtol, atol=atol, what="the answer of a timed call"
        )
        if not check.ok:
            raise Failure(check)
        return Pair(costs[CANDIDATE], costs[BASELINE])

    def _timed(self, who: str, subject: Any, call: Call, given: tuple[Any, ...]) -> tuple[Cost, Any]:
        before = self._bench.turn(who)[who]
        started = time.perf_counter()
        answer = _guarded(who, lambda: call(subject, *given))
        wall = time.perf_counter() - started
        after = self._bench.turn("")[who]
        return Cost(wall, after["cpu"] - before["cpu"], after["queued"] - before["queued"]), answer


def _guarded(who: str, work: Callable[[], Any]) -> Any:
    """What goes wrong in the baseline is the question's fault."""
    try:
        return work()
    except (CandidateError, CandidateLost) as error:
        if who == BASELINE:
            raise BaselineFailed(f"The baseline failed: {error}") from error
        raise


def within(value: float, shares: Shares, said: str) -> Check:
    """The share of the lowest upper bound that a value stays within; beyond the highest it is not fine."""
    text = said.format(f"{value:.2f}")
    bound = _bound(value, shares)
    if bound is None:
        return Check(False, f"{text}; at most {max(shares):g} times is asked for.")
    better = [other for other in shares if other < bound and shares[other] > shares[bound]]
    more = f" More points begin at {max(better):g} times." if better else ""
    return Check(True, f"{text}.{more}", share=shares[bound])


def _bound(value: float, shares: Shares) -> float | None:
    return min((bound for bound in shares if value <= bound), default=None)


def _is_settled(ratios: list[float], shares: Shares) -> bool:
    """Whether more than half of all pairs lie within the same bounds: then so does their median, whatever follows."""
    bounds = [_bound(ratio, shares) for ratio in ratios]
    return any(bounds.count(bound) > PAIRS // 2 for bound in set(bounds))


def _milliseconds(cost: Cost) -> str:
    return f"{1000 * cost.seconds:.3g} ms"
