"""`python -m grader check`: proves the questions of some folders, tells how far it is, and records what it found."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from grader import ledger, report
from grader.check import ACCEPTED_SEEDS, OnProgress, check_folder
from grader.errors import Problem, QuestionError
from grader.folder import content_hash, read_folder
from grader.judge import Grader
from grader.proof import Report, Step
from grader.sandbox.device import asked_for

#: Clears the line that a terminal's cursor is in.
CLEAR = "\r\x1b[K"


def prove(given: Sequence[Path], *, seeds: int, as_json: bool, record: bool, only_new: bool) -> bool:
    """Check every question below the folders `given` and print what was found; True when all of them hold.

    With `record` what holds is noted in the checks.json of its bank; with `only_new` what is noted already is left out.
    Raises QuestionError for a bad bank.yaml, and for a record that would prove less than it says.
    """
    if record and seeds < ACCEPTED_SEEDS:
        hint = f"a proof takes {ACCEPTED_SEEDS}; leave --seeds away"
        raise QuestionError([Problem("--record", 0, f"{seeds} seeds are not enough to be recorded", hint)])
    reports = []
    with Grader(device=asked_for(os.environ)) as grader:
        for folder in _wanted(given, only_new):
            proof = _prove(folder, grader, seeds)
            reports.append(proof)
            if not as_json:
                print(report.proof(proof), flush=True)
            if record and proof.ok:
                ledger.record(ledger.bank_of(folder), proof, _path_in_bank(folder))
    if record:
        for root in {root.resolve() for root in given if (root / ledger.LEDGER).is_file()}:
            ledger.forget_missing(root)
    if as_json:
        print(json.dumps([proof.to_dict() for proof in reports], indent=2))
    return all(proof.ok for proof in reports)


def questions_below(folder: Path) -> list[Path]:
    """The folder itself, or every question folder in it, so that `check bank` checks the bank."""
    found = sorted(path.parent for path in folder.rglob("question.yaml"))
    return found or [folder]


def _wanted(given: Sequence[Path], only_new: bool) -> Iterator[Path]:
    for folder in (found for root in given for found in questions_below(root)):
        if not only_new or not _is_recorded(folder):
            yield folder


def _is_recorded(folder: Path) -> bool:
    return content_hash(read_folder(folder)) in ledger.proven(ledger.bank_of(folder))


def _path_in_bank(folder: Path) -> str:
    return folder.resolve().relative_to(ledger.bank_of(folder)).as_posix()


def _prove(folder: Path, grader: Grader, seeds: int) -> Report:
    return check_folder(
        folder,
        grader,
        seeds,
        on_progress=_teller(folder),
        workers=len(os.sched_getaffinity(0)),
        kill_rate=ledger.bank_kill_rate(ledger.bank_of(folder)),
    )


def _teller(folder: Path) -> OnProgress:
    """One line that is written over and over, for a person who watches; nothing for a file or a pipe."""
    if not sys.stderr.isatty():
        return None

    def tell(step: Step) -> None:
        line = f"{folder}: {step.done} of {step.total}, {step.label}"[:100]
        print(CLEAR + (line if step.done < step.total else ""), end="", file=sys.stderr, flush=True)

    return tell
