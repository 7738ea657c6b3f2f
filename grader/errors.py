"""What can go wrong in the grader, as a tree.

GraderError
  QuestionError        a question folder that cannot be used: says where, what and how to mend it
  SandboxUnavailable   this host lacks a required protection: coding answers wait, nothing runs without it
    DeviceUnavailable  its GPU, or the one that a question needs
  UnknownDevice        a device was asked for by a name that there is not
  JudgeError           our own failure during a grading: to be tried again, never the candidate's fault
"""

from collections.abc import Sequence
from dataclasses import dataclass


class GraderError(Exception):
    """Anything that the grader raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a question folder; `line` counts from 1, 0 means the whole file."""

    path: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {self.message}{hint}"


class QuestionError(GraderError):
    """A question folder with problems; `path`, `line`, `message` and `hint` are those of the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
        self.path, self.line = problems[0].path, problems[0].line
        self.message, self.hint = problems[0].message, problems[0].hint


class SandboxUnavailable(GraderError):
    """Required protections are missing here; `missing` names them, `fix` says what to do for each."""

    def __init__(self, missing: Sequence[str], fixes: Sequence[str] = ()) -> None:
        self.missing = tuple(missing)
        self.fixes = tuple(fixes)
        advice = " ".join(fix for fix in self.fixes if fix)
        super().__init__(f"The sandbox cannot start: {', '.join(self.missing)} missing. {advice}".strip())


class DeviceUnavailable(SandboxUnavailable):
    """No GPU can be used here; the message says why, and what to do where that is known."""

    def __init__(self, why: str) -> None:
        super().__init__(["GPU"], [why])
        self.args = (why,)


class UnknownDevice(GraderError, ValueError):
    """GRADER_DEVICE, or an option, names what no device is called."""


class JudgeError(GraderError):
    """The platform failed while judging; the submission is not to blame."""
