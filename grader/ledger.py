"""`bank/checks.json`: which contents of the bank that ships were found in order, so that loading need not prove them.

The bank's own settings, `bank/bank.yaml`, are read here as well.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from grader.proof import KILL_RATE, Report
from grader.schemas import schema
from grader.yamlfile import read_yaml

LEDGER, SETTINGS = "checks.json", "bank.yaml"


def bank_kill_rate(root: Path) -> float:
    """The share of mutants that tests of this bank must kill. Raises QuestionError for a bad file."""
    file = root / SETTINGS
    if not file.is_file():
        return KILL_RATE
    return float(read_yaml(str(file), file.read_bytes(), schema("bank")).get("kill_rate", KILL_RATE))


def bank_of(folder: Path) -> Path:
    """The root of the bank in which a question's folder lies: `<root>/<area>/<slug>`."""
    above = folder.resolve().parents
    return above[1] if len(above) > 1 else above[0]


def proven(root: Path) -> dict[str, dict[str, str]]:
    """What checks.json of the bank at `root` records: by content hash `path`, `checked` and `summary`."""
    file = root / LEDGER
    if not file.is_file():
        return {}
    entries: dict[str, dict[str, str]] = json.loads(file.read_text("utf-8") or "{}")
    return entries


def record(root: Path, report: Report, path: str) -> None:
    """Note a green `report` of the question at `path` in the bank; what was noted of that path before is replaced."""
    with _locked(root):
        others = {key: entry for key, entry in proven(root).items() if entry["path"] != path}
        entry = {"path": path, "checked": date.today().isoformat(), "summary": report.summary}
        _write(root, {**others, report.content_hash: entry})


def forget_missing(root: Path) -> None:
    """Drop what is noted of folders that are no longer there."""
    with _locked(root):
        _write(root, {key: entry for key, entry in proven(root).items() if (root / entry["path"]).is_dir()})


def _write(root: Path, entries: Mapping[str, Mapping[str, str]]) -> None:
    """By path, one entry to a line group, so that two branches that prove different questions merge."""
    ordered = dict(sorted(entries.items(), key=lambda item: item[1]["path"]))
    (root / LEDGER).write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", "utf-8")


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Several checks may record into one bank at a time."""
    with (root / LEDGER).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
