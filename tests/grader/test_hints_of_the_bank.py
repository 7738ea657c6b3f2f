"""The hints of every example of the bank: none on what is accepted, and on the others exactly these."""

from pathlib import Path

import pytest

from grader import Grader, load_question
from grader.__main__ import main
from grader.facts import Fault
from grader.hint_table import SEED, hinted
from grader.trial import reference_of, unbound

BANK = Path(__file__).parents[2] / "bank"
QUESTIONS = {
    folder.name: question
    for folder in sorted(path.parent for path in BANK.glob("*/*/question.yaml"))
    if (question := load_question(folder)).is_graded
}

#: The examples that have a fault and get its hint, by hint and question. `docs/hints.md` counts them.
FOUND = {
    Fault.NO_GRADIENT: {
        "train-a-small-network": ["run_time_error/backward_without_a_graph", "wrong_answer/hidden_layer_detached"],
        "gradients-never-zeroed": ["run_time_error/gradients_switched_off"],
    },
    Fault.GRADIENTS_NOT_ZEROED: {
        "train-a-small-network": ["wrong_answer/never_clears"],
        "accumulate-and-clip": ["wrong_answer/never_clears"],
        "gradients-never-zeroed": [
            f"wrong_answer/{name}"
            for name in (
                "as_it_was", "clipped", "fresh_optimizer", "smaller_learning_rate", "without_the_call",
                "zeroed_around_the_step", "zeroed_once_for_each_epoch",
            )
        ],
    },
    Fault.CLEARED_BEFORE_STEP: {
        "gradients-never-zeroed": ["wrong_answer/zeroed_between_backward_and_step"],
    },
    Fault.NO_OPTIMIZER_STEP: {
        "train-a-small-network": ["wrong_answer/never_steps"],
        "digits-cnn": ["wrong_answer/never_steps"],
    },
    Fault.ANOTHER_MODEL_TRAINED: {"train-a-small-network": ["wrong_answer/trains_a_copy"]},
    Fault.OPTIMIZER_MISSES_PARAMETERS: {
        "train-a-small-network": ["wrong_answer/only_the_last_layer"],
        "digits-cnn": ["wrong_answer/only_the_head"],
    },
    Fault.SOFTMAX_BEFORE_CROSS_ENTROPY: {"accumulate-and-clip": ["wrong_answer/softmax_before_the_loss"]},
    Fault.NLL_WITHOUT_LOG_SOFTMAX: {
        "accumulate-and-clip": ["wrong_answer/probabilities_instead_of_logarithms"]
    },
    Fault.BROADCAST_LOSS: {
        "train-a-small-network": ["wrong_answer/broadcast_target"],
        "predicts-the-mean": [
            f"wrong_answer/{name}"
            for name in (
                "as_it_was", "larger_rate", "mean_over_one_dimension", "more_epochs", "transposed_the_wrong_way",
                "wider_model",
            )
        ],
    },
    Fault.LEFT_IN_EVAL: {
        "train-a-small-network": [
            "wrong_answer/evaluates_and_stays_there", "wrong_answer/never_switches_to_training"
        ],
    },
    Fault.TRAINING_MODE_AT_EVALUATION: {
        "train-a-small-network": ["wrong_answer/predicts_in_training_mode"],
        "digits-cnn": ["wrong_answer/predicts_in_training_mode"],
    },
    Fault.GRAPH_GROWS: {"train-a-small-network": ["run_time_error/adds_up_its_losses"]},
    Fault.LOSSES_KEEP_GRAPH: {"train-a-small-network": ["wrong_answer/losses_are_tensors"]},
    Fault.NAN_LOSS: {"train-a-small-network": ["wrong_answer/diverges"]},
}  # a table, read across  # fmt: skip

#: The examples that have a fault and get no hint of it: their own code never trains while they have it.
MISSED = {
    Fault.BROADCAST_LOSS: {"predicts-the-mean": ["wrong_answer/mended_in_train_only"]},
    Fault.NO_GRADIENT: {
        "convolution-from-scratch": ["wrong_answer/detached_kernels"],
        "dropout-from-scratch": ["wrong_answer/detached"],
        "scaled-dot-product-attention": ["wrong_answer/weights_detached"],
        "stable-softmax": ["wrong_answer/detached"],
    },
}


def expected(name: str) -> dict[str, list[str]]:
    """By example of a question, its hints in their order."""
    found: dict[str, list[str]] = {}
    for fault, questions in FOUND.items():
        for path in questions.get(name, ()):
            found.setdefault(f"submissions/{path}.py", []).append(fault.value)
    return found


@pytest.mark.parametrize("name", QUESTIONS)
def test_each_example_gets_the_hints_of_its_fault_and_an_accepted_one_none(grader: Grader, name: str):
    assert hinted(QUESTIONS[name], grader) == expected(name)


def test_nothing_accepted_is_expected_to_get_a_hint():
    assert [path for name in QUESTIONS for path in expected(name) if "/accepted/" in path] == []


@pytest.mark.parametrize("name", [name for name in QUESTIONS if reference_of(QUESTIONS[name])])
def test_a_reference_gets_no_hint(grader: Grader, name: str):
    question = QUESTIONS[name]
    files = {"solution.py": reference_of(question)}
    assert grader.judge(unbound(question), files, seed=SEED).hints == ()


def test_every_hint_is_shown_by_an_example():
    assert set(FOUND) == set(Fault)


def test_what_is_said_to_be_missed_is_in_the_bank():
    paths = {
        f"{name}: {example.path.removeprefix('submissions/').removesuffix('.py')}"
        for name, question in QUESTIONS.items()
        for example in question.submissions
    }
    named = {
        f"{name}: {path}"
        for faults in (FOUND, MISSED)
        for questions in faults.values()
        for name, missed in questions.items()
        for path in missed
    }
    assert named - paths == set()


def test_the_command_prints_the_same(capsys: pytest.CaptureFixture[str]):
    folder = BANK / "debugging" / "gradients-never-zeroed"
    assert main(["hints", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"{folder}/submissions/wrong_answer/as_it_was.py: gradients_not_zeroed" in lines
    assert "   7 gradients_not_zeroed" in lines
