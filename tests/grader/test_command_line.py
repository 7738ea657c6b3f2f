"""The command line of question authors: what it prints and how it exits."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader import Verdict, load_question
from grader.__main__ import main
from grader.check import PROMISES

ROOT = Path(__file__).parents[2]
SOFTMAX = ROOT / "bank" / "backpropagation" / "stable-softmax"
WRONG = SOFTMAX / "submissions" / "wrong_answer" / "naive.py"


def test_judging_prints_json_with_everything_that_is_promised():
    command = [sys.executable, "-m", "grader", "judge", str(SOFTMAX), str(WRONG), "--seed", "7", "--json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    document = json.loads(run.stdout)
    assert (run.returncode, document["verdict"], document["seed"]) == (0, "WA", 7)
    assert {"verdict", "score", "max_score", "seed", "tests", "stdout", "stderr", "usage"} <= document.keys()
    assert {"name", "group", "points", "verdict", "message", "reveal"} <= document["tests"][0].keys()
    used = {"wall_seconds", "cpu_seconds", "peak_memory_mb", "device", "peak_gpu_memory_mb"}
    assert used == document["usage"].keys()


@pytest.mark.parametrize(
    "arguments",
    [["judge"], ["judge", "nowhere", str(WRONG)], ["judge", str(SOFTMAX), "nowhere.py"], ["dance"]],
    ids=["too few arguments", "no such question", "no such submission", "no such command"],
)
def test_wrong_usage_exits_with_status_two(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    try:
        status = main(arguments)
    except SystemExit as end:
        status = end.code  # type: ignore[assignment]  # argparse always gives a number
    assert status == 2
    assert capsys.readouterr().err


def test_a_question_without_tests_cannot_be_judged(capsys: pytest.CaptureFixture[str]):
    assert main(["judge", str(SOFTMAX.parent / "explain-backpropagation"), str(WRONG)]) == 2
    assert "is not graded by tests" in capsys.readouterr().err


def test_a_judge_error_exits_with_status_three(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    broken = shutil.copytree(SOFTMAX, tmp_path / "broken")
    with (broken / "grading" / "tests.py").open("a") as tests:
        tests.write("\nraise OSError('the disk is on fire')\n")
    assert main(["judge", str(broken), str(WRONG)]) == 3
    assert "Judge Error (JE)" in capsys.readouterr().out


def test_the_first_two_questions_are_proven(capsys: pytest.CaptureFixture[str]):
    explain = SOFTMAX.parent / "explain-backpropagation"
    assert main(["check", str(SOFTMAX), str(explain), "--seeds", "2"]) == 0
    printed = capsys.readouterr().out
    assert "✓ submissions/accepted/subtract_the_maximum.py: Accepted" in printed
    assert "✗" not in printed


def test_a_promise_that_is_not_kept_is_told_with_the_seed(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    broken = shutil.copytree(SOFTMAX, tmp_path / "broken", ignore=shutil.ignore_patterns("wrong_answer"))
    (broken / "submissions" / "time_limit_exceeded").mkdir()
    shutil.copy(WRONG, broken / "submissions" / "accepted")
    shutil.copy(WRONG, broken / "submissions" / "time_limit_exceeded")
    assert main(["check", str(broken), "--seeds", "1"]) == 1
    printed = capsys.readouterr().out
    assert "✗ submissions/accepted/naive.py: Wrong Answer" in printed
    assert "promised Accepted; show it again with --seed 1" in printed
    assert "✗ submissions/time_limit_exceeded/naive.py: Wrong Answer" in printed


def test_a_folder_that_proves_nothing_does_not_hold(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    bare = shutil.copytree(SOFTMAX, tmp_path / "bare", ignore=shutil.ignore_patterns("submissions"))
    assert main(["check", str(bare)]) == 1
    assert "submissions/accepted: holds no submission" in capsys.readouterr().out


def test_a_folder_with_a_misspelt_key_does_not_hold(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    broken = shutil.copytree(SOFTMAX, tmp_path / "broken")
    (broken / "question.yaml").write_text((SOFTMAX / "question.yaml").read_text().replace("level:", "lebel:"))
    assert main(["check", str(broken)]) == 1
    assert "unknown key 'lebel' (did you mean 'level'?)" in capsys.readouterr().out


def test_every_directory_of_examples_names_a_verdict():
    assert {example.directory for example in load_question(SOFTMAX).submissions} <= PROMISES.keys()
    assert PROMISES["accepted"] is Verdict.ACCEPTED
