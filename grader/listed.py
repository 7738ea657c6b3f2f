"""Do the names exist that a question forbids? PyTorch is asked, which only a jail has loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from grader.errors import Problem
from grader.judge import Grader
from grader.loading import MAIN
from grader.question import Question
from grader.yamlfile import line_of

PATH, TESTS = "question.yaml", "grading/tests.py"
#: Run as if it were a submission: what it prints is a dictionary from a name that does not exist to one that does.
ASKING = """\
import json
from grader.forbidden import nearest, unknown
print(json.dumps({{name: nearest(name) for name in unknown({names})}}))
"""


def forbid_problems(question: Question, grader: Grader) -> Iterator[Problem]:
    """Names under `forbid` that are nothing, each with its line."""
    if not question.forbid:
        return
    bare = replace(
        question, files={TESTS: b""}, tests=(), groups=(), entry_points=(), forbid=(), variants=None
    )
    source = ASKING.format(names=list(question.forbid))
    missing = json.loads(grader.judge(bare, {MAIN: source}).stdout)
    content = question.files[PATH]
    for position, name in enumerate(question.forbid):
        if name in missing:
            hint = f"did you mean '{missing[name]}'?" if missing[name] else "write it as PyTorch has it"
            line = line_of(content, ["forbid", position])
            yield Problem(PATH, line, f"forbids {name}, which does not exist", hint)
