"""Judging of untrusted PyTorch code: a plain library that knows no web framework, queue or database.

Importing it never imports torch; only the forkserver that a `Grader` starts does.
"""

from grader.errors import (
    DeviceUnavailable,
    GraderError,
    JudgeError,
    Problem,
    QuestionError,
    SandboxUnavailable,
)
from grader.judge import Grader
from grader.limits import Limits
from grader.question import Question, load_question
from grader.request import Own
from grader.results import Progress, Result, TestResult, Usage, Verdict
from grader.rubric import Criterion, RedFlag, Rubric
from grader.sandbox.device import asked_for as device_asked_for
from grader.sandbox.doctor import Diagnosis, Protection, diagnose

__all__ = [
    "Criterion",
    "DeviceUnavailable",
    "Diagnosis",
    "Grader",
    "GraderError",
    "JudgeError",
    "Limits",
    "Own",
    "Problem",
    "Progress",
    "Protection",
    "Question",
    "QuestionError",
    "RedFlag",
    "Result",
    "Rubric",
    "SandboxUnavailable",
    "TestResult",
    "Usage",
    "Verdict",
    "device_asked_for",
    "diagnose",
    "load_question",
]
