"""What a grading says: verdicts, tests, usage. Plain data that goes to JSON and back without loss."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, field, replace
from enum import StrEnum
from typing import Any

from grader.curves import Series, read_curves
from grader.difference import Difference
from grader.frames import Frame
from grader.groups import Group, Subtotal, subtotals
from grader.hints import Hint
from grader.lab import Track


class Verdict(StrEnum):
    """The outcome of a test or of a grading. The value is the code; `label` gives the words.

    RAN is that of code which its author only wanted to see run, and which ended without an error: nothing was tested.
    """

    ACCEPTED = "AC"
    WRONG_ANSWER = "WA"
    RUNTIME_ERROR = "RE"
    TIME_LIMIT = "TLE"
    MEMORY_LIMIT = "MLE"
    OUTPUT_LIMIT = "OLE"
    COMPILE_ERROR = "CE"
    INVALID = "IV"
    SECURITY = "SV"
    JUDGE_ERROR = "JE"
    ABORTED = "AB"
    SKIPPED = "SK"
    RAN = "RAN"

    @property
    def label(self) -> str:
        """The words that people read."""
        return _LABELS[self]

    @property
    def costs_an_attempt(self) -> bool:
        """False where nothing of the candidate's was judged: the platform's failures, invalid submissions."""
        return self not in {Verdict.INVALID, Verdict.JUDGE_ERROR, Verdict.ABORTED}


_LABELS = {
    Verdict.ACCEPTED: "Accepted",
    Verdict.WRONG_ANSWER: "Wrong Answer",
    Verdict.RUNTIME_ERROR: "Runtime Error",
    Verdict.TIME_LIMIT: "Time Limit Exceeded",
    Verdict.MEMORY_LIMIT: "Memory Limit Exceeded",
    Verdict.OUTPUT_LIMIT: "Output Limit Exceeded",
    Verdict.COMPILE_ERROR: "Compile Error",
    Verdict.INVALID: "Invalid Submission",
    Verdict.SECURITY: "Security Violation",
    Verdict.JUDGE_ERROR: "Judge Error",
    Verdict.ABORTED: "Aborted",
    Verdict.SKIPPED: "Skipped",
    Verdict.RAN: "Ran to the end",
}

#: Of what a running grading has printed, so much is told.
LIVE_CHARACTERS = 8000
#: How much of a test its candidate may see, from least to most.
REVEALS = ("name", "message", "output", "expected")


@dataclass(frozen=True)
class TestResult:
    """One test of one grading.

    `message` explains the verdict in a sentence or two, `output` is what the submission returned
    and `expected` what it should have; which of them a candidate may read is
    said by `reveal` (see `Result.for_candidate`). `stdout` and `stderr` are what this test printed. `detail` says
    more of the verdict in a word: "GPU" where its memory was the limit. `difference` says where two tensors differ;
    `frames` are the lines of the submission that its exception came through.
    """

    # Pytest collects classes by this prefix; this one is data.
    __test__ = False

    name: str
    verdict: Verdict
    points: float
    max_points: float
    group: str = ""
    visible: bool = False
    reveal: str = "name"
    message: str = ""
    output: str = ""
    expected: str = ""
    stdout: str = ""
    stderr: str = ""
    wall_seconds: float = 0.0
    detail: str = ""
    difference: Difference | None = None
    frames: tuple[Frame, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it is Accepted, with however many points."""
        return self.verdict is Verdict.ACCEPTED

    def for_candidate(self) -> TestResult:
        """The same test with everything blanked that its reveal level keeps back.

        Why a test was not run says nothing of what it would have tried.
        """
        level = REVEALS.index(self.reveal)
        return replace(
            self,
            message=self.message if level >= 1 or self.verdict is Verdict.SKIPPED else "",
            output=self.output if level >= 2 else "",
            expected=self.expected if level >= 3 else "",
            # They explain the message, and are nothing without it.
            frames=self.frames if level >= 1 else (),
            stdout=self.stdout if self.visible else "",
            stderr=self.stderr if self.visible else "",
            difference=self._difference(level),
        )

    def _difference(self, level: int) -> Difference | None:
        """Where it differs is told with the output; by how much, with what was expected: the one gives the other."""
        if self.difference is None or level < 2:
            return None
        return self.difference if level >= 3 else self.difference.without_values()

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> TestResult:
        """The inverse of `dataclasses.asdict`; documents from before differences or frames were kept have none."""
        told, frames = document.get("difference"), _frames_from(document)
        parts = {"difference": Difference.from_dict(told) if told else None, "frames": frames}
        return cls(**{**document, "verdict": Verdict(document["verdict"]), **parts})


def _frames_from(document: Mapping[str, Any]) -> tuple[Frame, ...]:
    return tuple(Frame(**frame) for frame in document.get("frames", ()))


@dataclass(frozen=True)
class Usage:
    """What the candidate's processes used, as their parent measured it. `device` is "cpu", or the name of a GPU."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    device: str = "cpu"
    peak_gpu_memory_mb: float = 0.0


@dataclass(frozen=True)
class Phases:
    """How long each part of a grading took, in seconds of the parent's clock.

    prepare        a judge and a candidate were had, and the question's own tests loaded
    importing      the submission was imported
    testing        from there to the last test's end
    ending         every process was killed and accounted for
    """

    prepare: float = 0.0
    importing: float = 0.0
    testing: float = 0.0
    ending: float = 0.0

    @classmethod
    def between(cls, begun: float, started: float, loaded: float, ended: float, now: float) -> Phases:
        """From the moments at which they began; of a phase that was never begun (0.0), nothing."""
        times = (begun, started or ended, loaded or ended, ended, now)
        return cls(*(round(after - before, 4) for before, after in itertools.pairwise(times)))

    def __add__(self, other: Phases) -> Phases:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Phases(*(round(mine + theirs, 4) for mine, theirs in pairs))


@dataclass(frozen=True)
class Result:
    """The outcome of one grading.

    `message` concerns the grading as a whole (why the submission did not import, say); `stdout` and `stderr`
    are all that was printed, the tests' own shares being in `tests`; `curves` are the numbers that it names;
    `groups` are those that the question declares. `hints` are likely faults, whatever the verdict: people are shown
    those of a submission that was not accepted. `frames` are the lines that an error of the submission as a whole came
    through. `lab` is what it says of a debug lab.
    """

    verdict: Verdict
    score: float
    max_score: float
    seed: int
    tests: tuple[TestResult, ...] = ()
    message: str = ""
    stdout: str = ""
    stderr: str = ""
    usage: Usage = field(default_factory=Usage)
    phases: Phases = field(default_factory=Phases)
    curves: tuple[Series, ...] = ()
    groups: tuple[Group, ...] = ()
    detail: str = ""
    hints: tuple[Hint, ...] = ()
    frames: tuple[Frame, ...] = ()
    lab: Track | None = None

    @property
    def subtotals(self) -> tuple[Subtotal, ...]:
        """The points by group."""
        return subtotals(self.groups, self.tests)

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that the command line prints and Postgres keeps."""
        document = asdict(self)
        document["verdict"] = self.verdict.value
        document["curves"] = [series.to_dict() for series in self.curves]
        document["tests"] = [{**asdict(test), "verdict": test.verdict.value} for test in self.tests]
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Result:
        """The inverse of `to_dict`."""
        return cls(
            **{
                **document,
                "verdict": Verdict(document["verdict"]),
                "tests": tuple(TestResult.from_dict(test) for test in document["tests"]),
                "usage": Usage(**document["usage"]),
                "phases": Phases(**document.get("phases", {})),
                "curves": tuple(Series.from_dict(series) for series in document.get("curves", ())),
                "groups": tuple(Group.from_dict(group) for group in document.get("groups", ())),
                "hints": tuple(Hint.from_dict(hint) for hint in document.get("hints", ())),
                "frames": _frames_from(document),
                "lab": Track.from_dict(document["lab"]) if document.get("lab") else None,
            }
        )

    def for_candidate(self) -> Result:
        """The result as its candidate may read it: reveal levels kept, output of hidden tests left out."""
        tests = tuple(test.for_candidate() for test in self.tests)
        stdout = self._without_hidden(self.stdout, "stdout")
        return replace(
            self,
            tests=tests,
            stdout=stdout,
            stderr=self._without_hidden(self.stderr, "stderr"),
            curves=read_curves(stdout),
            hints=tuple(hint.for_candidate() for hint in self.telling_hints),
            lab=self.lab.for_candidate() if self.lab else None,
        )

    @property
    def telling_hints(self) -> tuple[Hint, ...]:
        """The hints that are worth showing: none where everything passed, or where nothing was judged."""
        is_told = self.verdict is not Verdict.ACCEPTED and self.verdict.costs_an_attempt
        return self.hints if is_told else ()

    def _without_hidden(self, whole: str, stream: str) -> str:
        """What was printed before any hidden test, then what each visible test printed."""
        shares = [(test.visible, getattr(test, stream)) for test in self.tests]
        start = whole[: len(whole) - sum(len(text) for _, text in shares)]
        return start + "".join(text for visible, text in shares if visible)


@dataclass(frozen=True)
class Progress:
    """Where a running grading stands: at test `position` (from 1) of `total`; 0 while the submission is imported.

    `stdout` and `stderr` are what it has printed so far, without what hidden tests made it print.
    """

    position: int
    total: int
    name: str
    stdout: str = ""
    stderr: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON: with the curves so far, and of the texts the end alone. It is written and read again and again."""
        return {
            **asdict(self),
            "stdout": self.stdout[-LIVE_CHARACTERS:],
            "stderr": self.stderr[-LIVE_CHARACTERS:],
            "curves": [series.to_dict() for series in read_curves(self.stdout)],
        }


def overall(tests: Iterable[TestResult]) -> Verdict:
    """The verdict of a grading: Judge Error if any test has it, else that of the first test not Accepted."""
    verdicts = [test.verdict for test in tests]
    if Verdict.JUDGE_ERROR in verdicts:
        return Verdict.JUDGE_ERROR
    return next((verdict for verdict in verdicts if verdict is not Verdict.ACCEPTED), Verdict.ACCEPTED)


def overall_detail(tests: Iterable[TestResult]) -> str:
    """What belongs to `overall`: the detail of the first test that was not Accepted."""
    return next((test.detail for test in tests if test.verdict is not Verdict.ACCEPTED), "")
