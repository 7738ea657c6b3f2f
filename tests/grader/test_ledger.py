"""What was proven is noted by content: by the command line, for the bank that ships, and nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from grader import ledger, load_question
from grader.__main__ import main
from grader.folder import content_hash, read_folder
from grader.proof import KILL_RATE, Report

ROOT = Path(__file__).parents[2]
BANK = ROOT / "bank"
EXPLAIN = "backpropagation/explain-backpropagation"
SOFTMAX = "backpropagation/stable-softmax"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank of one question, which nobody has checked."""
    shutil.copytree(BANK / EXPLAIN, tmp_path / "bank" / EXPLAIN)
    return tmp_path / "bank"


def noted(bank: Path) -> dict[str, dict[str, str]]:
    entries: dict[str, dict[str, str]] = json.loads((bank / "checks.json").read_text())
    return entries


def test_a_green_check_is_noted_by_content(bank: Path):
    assert main(["check", str(bank), "--record"]) == 0
    ((content, entry),) = noted(bank).items()
    assert content == load_question(bank / EXPLAIN).content_hash
    assert (entry["path"], entry["summary"]) == (EXPLAIN, "conceptual: all files hold")
    assert ledger.proven(bank) == noted(bank)


def test_without_being_asked_nothing_is_noted(bank: Path):
    assert main(["check", str(bank)]) == 0
    assert not (bank / "checks.json").exists()
    assert ledger.proven(bank) == {}


def test_what_does_not_hold_is_not_noted(bank: Path):
    (bank / EXPLAIN / "statement.md").write_text("\\alpha without a formula\n")
    assert main(["check", str(bank), "--record"]) == 1
    assert ledger.proven(bank) == {}


def test_a_changed_question_takes_the_place_of_what_was_noted_of_it(bank: Path):
    main(["check", str(bank), "--record"])
    before = set(noted(bank))
    (bank / EXPLAIN / "solution.md").write_text("Another solution.\n")
    main(["check", str(bank / EXPLAIN), "--record"])
    assert len(noted(bank)) == 1
    assert not before & set(noted(bank))


def test_a_question_that_is_gone_is_forgotten(bank: Path):
    main(["check", str(bank), "--record"])
    shutil.rmtree(bank / EXPLAIN)
    shutil.copytree(BANK / "regularization/five-levers", bank / "regularization/five-levers")
    main(["check", str(bank), "--record"])
    assert [entry["path"] for entry in noted(bank).values()] == ["regularization/five-levers"]


def test_what_is_noted_can_be_left_out(bank: Path, capsys: pytest.CaptureFixture[str]):
    main(["check", str(bank), "--record"])
    capsys.readouterr()
    assert main(["check", str(bank), "--new"]) == 0
    assert capsys.readouterr().out == ""
    (bank / EXPLAIN / "solution.md").write_text("Another solution.\n")
    assert main(["check", str(bank), "--new"]) == 0
    assert "explain-backpropagation" in capsys.readouterr().out


def test_fewer_seeds_than_a_proof_takes_are_not_noted(bank: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["check", str(bank), "--record", "--seeds", "3"]) == 2
    assert "3 seeds are not enough to be recorded (a proof takes 20" in capsys.readouterr().err
    assert not (bank / "checks.json").exists()


def test_reports_are_printed_as_json(bank: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["check", str(bank), "--json"]) == 0
    (document,) = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["kind"], document["path"]) == (True, "conceptual", str(bank / EXPLAIN))
    assert Report.from_dict(document).ok


def test_survivors_and_kills_are_printed_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = shutil.copytree(BANK / SOFTMAX, tmp_path / "weak")
    tests = folder / "grading" / "tests.py"
    tests.write_text(tests.read_text().split('@test("softmax of one huge score')[0])
    for wrong in (folder / "submissions" / "wrong_answer").iterdir():
        wrong.unlink()
    shutil.rmtree(folder / "submissions" / "wrong_answer")
    assert main(["check", str(folder), "--seeds", "1"]) == 1
    printed = capsys.readouterr().out
    assert "at least 90 % are asked for" in printed
    assert "survives: " in printed
    assert " (mutant)\n" in printed


# The bank that ships


def test_every_question_of_the_bank_is_proven_as_it_is_now_and_nothing_else_is_noted():
    now = {
        path.parent.relative_to(BANK).as_posix(): content_hash(read_folder(path.parent))
        for path in BANK.glob("*/*/question.yaml")
    }
    assert {entry["path"]: content for content, entry in ledger.proven(BANK).items()} == now


# The bank's own settings


def test_a_bank_without_settings_asks_for_nine_in_ten(bank: Path):
    assert ledger.bank_kill_rate(bank) == KILL_RATE == 0.9


def test_a_bank_may_ask_for_more(bank: Path):
    (bank / "bank.yaml").write_text("kill_rate: 0.95\n")
    assert ledger.bank_kill_rate(bank) == 0.95


@pytest.mark.parametrize("text", ["kill_rate: 2\n", "killrate: 0.9\n", "kill_rate: most\n"])
def test_settings_that_make_no_sense_are_refused(bank: Path, text: str, capsys: pytest.CaptureFixture[str]):
    (bank / "bank.yaml").write_text(text)
    assert main(["check", str(bank)]) == 2
    assert "bank.yaml:1: " in capsys.readouterr().err
