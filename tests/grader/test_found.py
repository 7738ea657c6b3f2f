"""The run of a lab as it was found: recorded in the sandbox, and held against what the starter prints."""

import shutil
from pathlib import Path

import pytest

from grader import Grader, Question, QuestionError
from grader.__main__ import main
from grader.folder import content_hash, read_folder
from grader.found import alike, found_output, found_problems
from grader.skeleton import skeleton

BANK = Path(__file__).resolve().parents[2] / "bank" / "debugging"
LAB = BANK / "gradients-never-zeroed"

PRINTS = b"""
def masked_loss(logits, target, mask):
    return 0


if __name__ == "__main__":
    for epoch in range(3):
        print(f"epoch {epoch}: loss {1 / (epoch + 1):.3f}")
"""
RAISES = PRINTS + b"    raise ValueError('no loss any more')\n"
RECORDED = "epoch 0: loss 1.000\nepoch 1: loss 0.500\nepoch 2: loss 0.333\n"


def lab(starter: bytes = PRINTS, recorded: str | None = RECORDED) -> Question:
    """The skeleton of a lab with this script."""
    files = skeleton("debugging", "a-lab", "debug_lab") | {"starter.py": starter}
    front = files["question.yaml"].split(b"lab:")[0]
    told = {} if recorded is None else {"starter.out": recorded.encode()}
    return Question.from_files(files | {"question.yaml": front} | told)


def problems(question: Question, grader: Grader) -> list[str]:
    return [str(problem) for problem in found_problems(question, grader)]


def test_what_the_script_prints_is_what_is_recorded(grader: Grader):
    assert found_output(lab(), grader) == RECORDED


def test_the_error_with_which_a_script_ends_is_recorded_with_its_line(grader: Grader):
    text = found_output(lab(RAISES), grader)
    assert text.startswith(RECORDED)
    assert "ValueError: no loss any more" in text
    assert "line 9" in text


def test_a_script_that_prints_nothing_cannot_be_recorded(grader: Grader):
    with pytest.raises(QuestionError, match="it prints nothing"):
        found_output(lab(b"def masked_loss(logits, target, mask):\n    return 0\n"), grader)


def test_only_a_debug_lab_is_recorded(grader: Grader):
    question = Question.from_files(skeleton("debugging", "a-question", "coding"))
    with pytest.raises(QuestionError, match="is no debug_lab"):
        found_output(question, grader)


def test_a_record_that_the_script_still_prints_is_fine(grader: Grader):
    assert problems(lab(), grader) == []
    assert problems(lab(recorded=None), grader) == []


def test_a_record_of_another_script_is_a_problem_with_its_line(grader: Grader):
    found = problems(lab(recorded=RECORDED.replace("loss 0.500", "error 0.500")), grader)
    assert len(found) == 1
    assert found[0].startswith(
        "starter.out:2: says 'epoch 1: error 0.500', and the starter prints 'epoch 1: loss 0.500'"
    )
    assert "python -m grader record" in found[0]


def test_a_record_of_fewer_lines_is_a_problem(grader: Grader):
    found = problems(lab(recorded="epoch 0: loss 1.000\n"), grader)
    assert found[0].startswith("starter.out:2: has 1 lines, and the starter prints 3")


@pytest.mark.parametrize(
    ("recorded", "printed", "is_alike"),
    [
        ("loss 0.656", "loss 0.656", True),
        ("loss 0.656", "loss 0.7", True),
        ("loss 188.910", "loss 151.2", True),
        ("loss 188.910", "loss 18.9", False),
        ("loss 0.656", "loss -0.656", False),
        ("loss nan", "loss nan", True),
        ("loss nan", "loss 1.0", False),
        ("loss 1e-5", "loss 1.1e-05", True),
        ("predictions: [1.02, 0.94]", "predictions: [1.03, 0.93]", True),
        ("predictions: [1.02, 0.94]", "predictions: [1.03]", False),
        ("loss 0.6", "error 0.6", False),
        ("epoch  1", "epoch 1", True),
    ],
)
def test_words_are_held_exactly_and_numbers_loosely(recorded: str, printed: str, is_alike: bool):
    assert alike(recorded, printed) is is_alike


def test_the_command_writes_the_record_into_the_folder_and_changes_what_it_is_known_by(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], grader: Grader
):
    folder = tmp_path / "a-lab"
    shutil.copytree(LAB, folder)
    (folder / "starter.out").unlink()
    before = content_hash(read_folder(folder))
    assert main(["record", str(folder)]) == 0
    # This training goes astray, so to the last digit it is the same on processors of one kind alone.
    written = (folder / "starter.out").read_text()
    assert written == found_output(Question.from_files(read_folder(LAB)), grader)
    assert capsys.readouterr().out == f"{folder / 'starter.out'} holds 7 lines.\n"
    assert content_hash(read_folder(folder)) != before


def test_the_command_refuses_what_is_no_lab(capsys: pytest.CaptureFixture[str]):
    assert main(["record", str(BANK / "test-an-encoder")]) == 2
    assert "is no debug_lab" in capsys.readouterr().err
