"""The judge's own process: it runs the tests and computes every verdict. Candidate code never runs here.

It is jailed like the candidate. Its parent hands it the job over a channel; the candidate's process is at the other
end of a wire that arrives with the job, or again after a crash.
"""

from __future__ import annotations

import marshal
import os
import socket
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from grader import testing
from grader.asserts import AssertFailed, explained_assert, explained_call
from grader.blame import DETAIL_OF_HINT, VERDICT_OF_HINT, WORDS_OF_HINT, blame, not_defined, verdict_of_own
from grader.candidate import Candidate, CandidateError, CandidateLost, Connection
from grader.channel import MAX_BLOB, Channel, ChannelClosed
from grader.checks import Check, close
from grader.encoding import encode
from grader.facts import read_facts
from grader.forbidden import told
from grader.frames import Place
from grader.loading import MAIN
from grader.measuring import BASELINE, CANDIDATE, BaselineFailed, Measure
from grader.parts import Parts
from grader.results import Verdict
from grader.rewrite import CALL_HELPER, HELPER, rewritten

TESTS, REFERENCE, DATA = "grading/tests.py", "grading/reference.py", "grading/data/"
#: What the submission may read, at the same path in its own folder.
GIVEN = "data/"
#: What submissions are measured against.
BASELINES = "grading/baselines/"


def serve(descriptor: int, *, is_spare: bool) -> None:
    """Take one job, judge it, say so, end. One that has to wait for its job uses the time to warm up."""
    if is_spare:
        warm_up()
    channel = Channel(socket.socket(fileno=descriptor), most_blob=MAX_BLOB)
    try:
        message = channel.receive()
        job = Job(message.document, _unpack(message.document["sizes"], message.blob))
        judge = _Judge(channel, job, message.descriptors)
        judge.run_own() if job.order["own"] else judge.run()
    except ChannelClosed:
        os._exit(0)
    os._exit(0)


def warm_up() -> None:
    """Touch what a grading will touch: the first write to each page that is shared with the forkserver copies it."""
    x = testing.Draw(0).normal(2, 2).requires_grad_()
    (slope,) = torch.autograd.grad((2 * x).sum(), x)
    close(slope, torch.full((2, 2), 2.0))
    encode((slope,))


@dataclass(frozen=True)
class Job:
    """What to judge: the grading files by path, the submission, and how."""

    order: dict[str, Any]
    files: dict[str, bytes]


def _unpack(sizes: list[list[Any]], blob: bytes) -> dict[str, bytes]:
    files, start = {}, 0
    for path, size in sizes:
        files[path] = blob[start : start + size]
        start += size
    return files


class _Broken(Exception):
    """The question, not the submission, is at fault."""


class _Gone(Exception):
    """There is no candidate any more, and no new one will come."""

    def __init__(self, check: Check, verdict: Verdict) -> None:
        super().__init__()
        self.check, self.verdict = check, verdict


class _Judge:
    def __init__(self, channel: Channel, job: Job, descriptors: tuple[int, ...]) -> None:
        self._channel = channel
        self._job = job
        self._connection: Connection | None = Connection(socket.socket(fileno=descriptors[0]))
        self._reference = types.ModuleType("reference")
        self._loaded: Connection | None = None
        self._rule = ""

    def run(self) -> None:
        # The candidate imports the submission while this process reads the tests.
        asked = self._ask_to_load()
        try:
            tests = self._collect()
        except Exception as error:  # noqa: BLE001 - an author's file may fail in any way; that is reported
            self._tell(event="broken", detail=f"{type(error).__name__}: {error}")
            return
        self._tell(event="loading")
        if not self._finish_loading(asked):
            return
        for position, declared in enumerate(tests):
            if self._job.order["visible_only"] and not declared.visible:
                continue
            if not self._judge(position, declared):
                break
        self._tell(event="done")

    def run_own(self) -> None:
        """What somebody wants to see of their own code: no test, and nothing to compare it with."""
        self._tell(event="loading")
        self._tell(event="loaded")
        order = self._job.order
        options = self._options(order["forbid"], watch=order["watch"])
        try:
            self._present().request("run", order["submission"], self._given(), options, order["own"])
        except CandidateError as error:
            verdict = VERDICT_OF_HINT.get(error.hint, verdict_of_own(error))
            self._ran(verdict, self._told(error), DETAIL_OF_HINT.get(error.hint, ""), error.places)
        except CandidateLost as lost:
            gone = self._ask_why(lost)
            self._ran(gone.verdict, gone.check.message, gone.check.detail)
        else:
            self._ran(Verdict.RAN)

    def _ran(
        self, verdict: Verdict, message: str = "", detail: str = "", places: Sequence[Place] = ()
    ) -> None:
        said = {"verdict": verdict.value, "message": message[:8000], "detail": detail, "places": places}
        self._tell(event="ran", **said, facts=self._facts())

    def _tell(self, **document: Any) -> None:
        self._channel.send(document)

    def _collect(self) -> list[testing.Declared]:
        """Run the author's files; what they declare must be what their outline promised."""
        if REFERENCE in self._job.files:
            self._execute(REFERENCE, self._reference)
        sys.modules["reference"] = self._reference
        self._execute(TESTS, types.ModuleType("tests"))
        found = [[t.name, t.group, t.points, t.visible, t.reveal] for t in testing.declared]
        if found != self._job.order["outline"]:
            raise _Broken(
                "the tests that were declared are not those that stand at the top level of the file"
            )
        return testing.declared

    def _execute(self, path: str, module: types.ModuleType) -> None:
        module.__file__ = path
        module.__dict__.update({HELPER: explained_assert, CALL_HELPER: explained_call})
        exec(self._code(path), module.__dict__)  # noqa: S102 - the author's own file

    def _code(self, path: str) -> types.CodeType:
        content = self._job.files[path]
        if path in self._job.order["compiled"]:
            return marshal.loads(content)  # type: ignore[no-any-return]  # noqa: S302 - written by our own parent
        return compile(rewritten(content.decode(), path), path, "exec", dont_inherit=True)

    def _ask_to_load(self, *, is_measured: bool = False) -> CandidateLost | None:
        """Have the submission imported; returns how that was prevented, if it was. What is measured is not watched."""
        order = self._job.order
        options = self._options(order["forbid"], watch=order["watch"] and not is_measured)
        try:
            self._present().ask("load", order["submission"], self._given(), options)
        except CandidateLost as lost:
            return lost
        return None

    def _given(self) -> dict[str, bytes]:
        return {path: content for path, content in self._job.files.items() if path.startswith(GIVEN)}

    def _options(self, forbid: Sequence[str], *, watch: bool = False) -> dict[str, Any]:
        order = self._job.order
        given = {key: order[key] for key in ("seed", "entry_points", "limits", "device")}
        return given | {"forbid": list(forbid), "watch": watch}

    def _present(self) -> Connection:
        assert self._connection is not None  # noqa: S101 - for the type checker: nobody asks after the last is gone
        return self._connection

    def _finish_loading(self, lost: CandidateLost | None) -> bool:
        """Whether the submission can be asked. A failure here is the verdict of the whole grading."""
        try:
            if lost is not None:
                raise lost
            missing = self._present().await_loaded(self._job.order["entry_points"])
        except CandidateError as error:
            verdict = VERDICT_OF_HINT.get(error.hint, Verdict.COMPILE_ERROR)
            message = f"The submission cannot be imported. {self._told(error)}"
            return self._unloaded(verdict, message, DETAIL_OF_HINT.get(error.hint, ""), error.places)
        except CandidateLost as reason:
            gone = self._ask_why(reason)
            message = f"While it was imported: {gone.check.message}"
            return self._unloaded(gone.verdict, message, gone.check.detail)
        if missing:
            return self._unloaded(Verdict.INVALID, not_defined(missing))
        self._loaded = self._connection
        self._tell(event="loaded")
        return True

    def _unloaded(
        self, verdict: Verdict, message: str, detail: str = "", places: Sequence[Place] = ()
    ) -> bool:
        self._tell(event="unloaded", verdict=verdict.value, message=message, detail=detail, places=places)
        return False

    def _judge(self, position: int, declared: testing.Declared) -> bool:
        """Run one test and report it; False when no candidate is left for the next."""
        self._tell(event="test", position=position)
        # The parent answers when it has noted where this test's output begins. Without that, a busy parent would
        # count what a hidden test prints to what came before it, which candidates may read.
        if self._channel.receive().document["skip"]:
            return True
        connection = self._present()
        before, started = connection.answers, time.monotonic()
        try:
            verdict, check = self._run(lambda: self._call(position, declared, connection))
        except CandidateLost as lost:
            gone = self._ask_why(lost)
            verdict, check = gone.verdict, gone.check
        except Exception as error:  # noqa: BLE001 - sorted into the author's fault and the submission's
            answered = self._connection is not connection or connection.answers > before
            verdict, check = blame(error, answered=answered)
        self._report(position, verdict, check, time.monotonic() - started)
        return self._has_candidate()

    def _run(self, call: Callable[[], Check | None]) -> tuple[Verdict, Check]:
        """The verdict of a test that ran to its end, one way or the other."""
        try:
            check = call()
        except (testing.Failure, AssertFailed) as failure:
            return Verdict.WRONG_ANSWER, failure.check
        except AssertionError as failure:
            return Verdict.WRONG_ANSWER, Check(
                False, str(failure) or "An assertion of this test does not hold."
            )
        except CandidateError as error:
            detail = DETAIL_OF_HINT.get(error.hint, "")
            check = Check(False, self._told(error), detail=detail, places=error.places)
            return VERDICT_OF_HINT.get(error.hint, Verdict.RUNTIME_ERROR), check
        if not isinstance(check, Check):
            return Verdict.ACCEPTED, Check(True)
        return Verdict.ACCEPTED if check.ok else Verdict.WRONG_ANSWER, check

    def _told(self, error: CandidateError) -> str:
        """An exception of the submission's in words. The rule that it broke, if it did, concerns the whole grading."""
        rule = told(error.rule, self._job.order["forbid_because"]) if error.rule else ""
        self._rule = self._rule or rule
        words = WORDS_OF_HINT.get(error.hint, "")
        return rule or f"{words}{error.type_name}: {error.message}"

    def _call(self, position: int, declared: testing.Declared, connection: Connection) -> Check | None:
        seed = self._job.order["seed"] + position
        torch.default_generator.manual_seed(seed)
        parts = Parts()
        given = {
            "candidate": Candidate(connection, self._job.order["device"]),
            "part": parts,
            "measure": Measure(self),
            "draw": testing.Draw(seed),
            "reference": self._reference,
            "data": self._data,
            "torch": torch,
            "np": np,
            "seed": seed,
        }
        check = declared.run(**{name: given[name] for name in declared.wants})
        return parts.check() if check is None else check

    def _data(self, path: str) -> bytes:
        """A file that only the judge reads or, where there is none of that name, one that the submission reads too."""
        files = self._job.files
        return files[DATA + path] if DATA + path in files else files[GIVEN + path]

    def _report(self, position: int, verdict: Verdict, check: Check, seconds: float) -> None:
        self._tell(
            event="tested",
            position=position,
            verdict=verdict.value,
            message=check.message[:8000],
            output=check.output[:4000],
            expected=check.expected[:4000],
            share=check.earned,
            rule=self._rule,
            detail=check.detail,
            difference=asdict(check.difference) if check.difference else None,
            places=check.places,
            seconds=seconds,
            facts=self._facts(),
        )

    def _facts(self) -> list[dict[str, Any]]:
        """What was observed while the test ran. A candidate that can say no more is found out by the next test."""
        if not self._job.order["watch"] or self._connection is None:
            return []
        try:
            said = self._connection.request("facts")
        except (CandidateError, CandidateLost):
            return []
        # Read here as well: too large or strange an answer must not look like a failure of ours.
        return [fact.to_dict() for fact in read_facts(said)]

    def _ask_why(self, lost: CandidateLost) -> _Gone:
        """The parent saw how the candidate ended; it may also send a new one."""
        if self._connection is not None:
            self._connection.close()
        self._tell(event="lost", why=lost.why)
        answer = self._channel.receive()
        self._connection = None
        if answer.descriptors:
            self._connection = Connection(socket.socket(fileno=answer.descriptors[0]))
        told = answer.document
        return _Gone(Check(False, told["message"], detail=told["detail"]), Verdict(told["verdict"]))

    def _has_candidate(self) -> bool:
        if self._connection is None:
            return False
        return self._connection is self._loaded or self._finish_loading(self._ask_to_load())

    @contextmanager
    def subjects(self, baseline: str) -> Iterator[dict[str, Candidate]]:
        """See `grader.measuring.Bench`. What the test held of the submission before is gone."""
        path = f"{BASELINES}{baseline}.py"
        if path not in self._job.files:
            raise BaselineFailed(f"There is no {path}.")
        self._tell(event="measure")
        self._present().close()
        self._connection, beside = self._next_connection(), self._next_connection()
        try:
            beside.ask(
                "load", {MAIN: self._job.files[path].decode()}, self._given(), self._options(forbid=())
            )
            yield {CANDIDATE: self._reloaded(), BASELINE: self._baseline(beside)}
        finally:
            beside.close()
            self._tell(event="measured")
            self._channel.receive()

    def turn(self, who: str) -> Mapping[str, Mapping[str, float]]:
        """See `grader.measuring.Bench`."""
        self._tell(event="turn", who=who)
        return self._channel.receive().document

    def _next_connection(self) -> Connection:
        return Connection(socket.socket(fileno=self._channel.receive().descriptors[0]))

    def _baseline(self, connection: Connection) -> Candidate:
        """A baseline that can be asked."""
        try:
            missing = connection.await_loaded(self._job.order["entry_points"])
        except (CandidateError, CandidateLost) as error:
            raise BaselineFailed(f"The baseline cannot be imported: {error}") from error
        if missing:
            raise BaselineFailed(f"The baseline does not define {' and '.join(missing)}.")
        return Candidate(connection, self._job.order["device"])

    def _reloaded(self) -> Candidate:
        if not self._finish_loading(self._ask_to_load(is_measured=True)):
            raise CandidateLost("closed")
        return Candidate(self._present(), self._job.order["device"])
