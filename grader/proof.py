"""What a check says of a question: plain data that goes to JSON and back without loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from grader.errors import Problem
from grader.results import Verdict

#: At most so many mutants of a question may be declared equivalent to what they were made from.
MAX_EQUIVALENTS = 3
#: The share of the other mutants that the tests of a question must tell from it, unless bank.yaml says otherwise.
KILL_RATE = 0.9
#: What the limit on CPU seconds leaves to the slowest accepted submission.
CPU_FACTOR = 3.0


@dataclass(frozen=True)
class Step:
    """Where a running check stands: `done` of `total` gradings, the latest of them named by `label`."""

    done: int
    total: int
    label: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON document that says so."""
        return asdict(self)


@dataclass(frozen=True)
class Outcome:
    """What became of one example submission; `seed` shows a failure again.

    `cpu_seconds` is the most that any of its gradings used.
    """

    path: str
    promised: Verdict
    verdict: Verdict
    seed: int
    detail: str = ""
    cpu_seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """True when the promise was kept."""
        return self.verdict is self.promised

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Outcome:
        """The inverse of `dataclasses.asdict`."""
        verdicts = {name: Verdict(document[name]) for name in ("promised", "verdict")}
        return cls(**{**document, **verdicts})


@dataclass(frozen=True)
class MutantOutcome:
    """One faulty copy of an accepted submission or of the reference, and whether the tests noticed.

    `path` and `line` say what was copied and where it was changed, `diff` how; `verdict` is what a killed one got and
    a survivor's last. `equivalent` is the author's reason why no test could notice, empty for most.
    """

    id: str
    operator: str
    path: str
    line: int
    diff: str
    killed: bool
    verdict: Verdict
    equivalent: str = ""

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> MutantOutcome:
        """The inverse of `dataclasses.asdict`."""
        return cls(**{**document, "verdict": Verdict(document["verdict"])})


@dataclass(frozen=True)
class Tally:
    """How many mutants of one operator there were, and how many of them the tests noticed."""

    killed: int
    total: int


@dataclass(frozen=True)
class Report:
    """The proof of one question: what is wrong with its files, and what became of each submission and mutant.

    `seeds` is how many draws each accepted submission had to pass; fewer than twenty prove nothing for good.
    `in_float64` names the submission that was run in float64 as well, empty where none could be.
    """

    path: str
    title: str = ""
    kind: str = ""
    content_hash: str = ""
    seeds: int = 0
    kill_rate: float = KILL_RATE
    problems: tuple[Problem, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    mutants: tuple[MutantOutcome, ...] = ()
    cpu_limit: float = 0.0
    in_float64: str = ""

    @property
    def ok(self) -> bool:
        """True when the question can be published."""
        kept = all(outcome.ok for outcome in self.outcomes)
        return not self.problems and kept and self.kills_enough

    @property
    def survivors(self) -> tuple[MutantOutcome, ...]:
        """Mutants that the tests took for right and nobody declared equivalent."""
        return tuple(mutant for mutant in self.mutants if not mutant.killed and not mutant.equivalent)

    @property
    def equivalents(self) -> tuple[MutantOutcome, ...]:
        """Mutants that the author declared equivalent."""
        return tuple(mutant for mutant in self.mutants if mutant.equivalent)

    @property
    def killed_share(self) -> float:
        """Which part of the mutants that could be noticed was; 1 where there were none."""
        counted = len(self.mutants) - len(self.equivalents)
        return 1 - len(self.survivors) / counted if counted else 1.0

    @property
    def kills_enough(self) -> bool:
        """True when the tests notice as many mutants as the bank asks for."""
        return self.killed_share >= self.kill_rate

    @property
    def operators(self) -> dict[str, Tally]:
        """Kills by operator, for those that applied."""
        names = sorted({mutant.operator for mutant in self.mutants})
        of = {name: [mutant for mutant in self.mutants if mutant.operator == name] for name in names}
        return {name: Tally(sum(m.killed for m in found), len(found)) for name, found in of.items()}

    @property
    def slowest(self) -> Outcome | None:
        """The accepted submission that used the most CPU seconds."""
        accepted = [outcome for outcome in self.outcomes if outcome.promised is Verdict.ACCEPTED]
        return max(accepted, key=lambda outcome: outcome.cpu_seconds, default=None)

    @property
    def summary(self) -> str:
        """The whole in a line."""
        if not self.outcomes:
            return f"{self.kind}: {'all files hold' if self.ok else f'{len(self.problems)} problems'}"
        kept = sum(outcome.ok for outcome in self.outcomes)
        counted = len(self.mutants) - len(self.equivalents)
        killed = counted - len(self.survivors)
        return f"{kept} of {len(self.outcomes)} submissions as promised, {killed} of {counted} mutants killed"

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe; beside the fields it says what follows from them, for those who read it elsewhere."""
        derived = {
            "ok": self.ok,
            "summary": self.summary,
            "killed_share": round(self.killed_share, 4),
            "operators": {name: asdict(tally) for name, tally in self.operators.items()},
        }
        plain = {**asdict(self), "problems": [asdict(problem) for problem in self.problems]}
        plain["outcomes"] = [{**asdict(outcome), "ok": outcome.ok} for outcome in self.outcomes]
        plain["mutants"] = [asdict(mutant) for mutant in self.mutants]
        return {**plain, **derived}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Report:
        """The inverse of `to_dict`."""
        derived = {"ok", "summary", "killed_share", "operators"}
        fields = {key: value for key, value in document.items() if key not in derived}
        outcomes = [{k: v for k, v in outcome.items() if k != "ok"} for outcome in fields["outcomes"]]
        fields["problems"] = tuple(Problem(**problem) for problem in fields["problems"])
        fields["outcomes"] = tuple(Outcome.from_dict(outcome) for outcome in outcomes)
        fields["mutants"] = tuple(MutantOutcome.from_dict(mutant) for mutant in fields["mutants"])
        return cls(**fields)
