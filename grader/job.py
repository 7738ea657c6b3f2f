"""What the judge is told: the question's own files, the submission, and how to judge. Nothing else reaches it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from grader.facts import is_training
from grader.request import Request
from grader.rewrite import compiled

#: The files of a question that are run, by the judge alone.
TESTS, REFERENCE = "grading/tests.py", "grading/reference.py"


def job_of(request: Request, device: str) -> tuple[dict[str, Any], bytes]:
    """The message to the judge and the files that go with it, one after the other.

    `device` is where the submission runs, as PyTorch calls it.
    """
    question = request.question
    # Where nothing is tested, nothing that tests is within reach.
    wanted = ("data/",) if request.own else ("grading/", "data/")
    grading = {path: content for path, content in question.files.items() if path.startswith(wanted)}
    code = {path: compiled(grading[path], path) for path in (TESTS, REFERENCE) if path in grading}
    ready = {path: content for path, content in code.items() if content is not None}
    grading |= ready
    job = {
        "compiled": list(ready),
        "sizes": [[path, len(content)] for path, content in grading.items()],
        "submission": dict(request.files),
        "own": asdict(request.own) if request.own else None,
        "outline": [[t.name, t.group, t.points, t.visible, t.reveal] for t in question.tests],
        "entry_points": [] if request.own else question.entry_points,
        "forbid": question.forbid,
        "forbid_because": question.forbid_because,
        "limits": asdict(question.limits),
        "device": device,
        "seed": request.seed,
        "visible_only": request.visible_only,
        "watch": request.hints and is_training(request.theirs().values()),
    }
    return job, b"".join(grading.values())
