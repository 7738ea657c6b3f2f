"""A test's result as its judge tells it. The judge runs in a jail: every text is bounded and made plain here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from grader.difference import read_difference
from grader.frames import read_frames
from grader.outline import TestOutline, earned, unrun
from grader.output import Printed
from grader.plain import plain
from grader.results import TestResult, Verdict


def tested(
    document: Mapping[str, Any], outline: TestOutline, printed: Printed, files: Mapping[str, str]
) -> TestResult:
    """What `document` says of the test `outline`, with what it `printed`. Lines are told of `files` alone."""
    verdict = Verdict(document["verdict"])
    return replace(
        unrun(outline, verdict),
        points=earned(outline, verdict, document["share"]),
        message=plain(str(document["message"])),
        output=plain(str(document["output"]), 2000),
        expected=plain(str(document["expected"]), 2000),
        detail=plain(str(document["detail"]), 32),
        difference=read_difference(document["difference"]),
        frames=read_frames(document["places"], files),
        stdout=printed.stdout,
        stderr=printed.stderr,
        wall_seconds=round(float(document["seconds"]), 4),
    )
