"""Curves are read from whatever people print while they train."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import Result
from grader.curves import MOST_POINTS, MOST_SERIES, Series, read_curves
from tests.grader.workshop import Judge


def curves(*lines: str) -> dict[str, tuple[str, tuple[tuple[float, float], ...]]]:
    return {series.name: (series.counter, series.points) for series in read_curves("\n".join(lines))}


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("Epoch 10, Loss: 0.4128", "Epoch 20, Loss: 0.2", {"loss": ("epoch", ((10, 0.4128), (20, 0.2)))}),
        ("step=1 loss=2e-3", "step=2 loss=.5", {"loss": ("step", ((1, 0.002), (2, 0.5)))}),
        ("Epoch [1/5] loss: 3", "Epoch [2/5] loss: 2", {"loss": ("epoch", ((1, 3), (2, 2)))}),
        ("epoch 1 step 10 loss=3", "epoch 1 step 20 loss=2", {"loss": ("step", ((10, 3), (20, 2)))}),
        ("epoch 1 step 9 loss=3", "epoch 2 step 9 loss=2", {"loss": ("", ((1, 3), (2, 2)))}),
        ("epoch  1: loss 0.656", "epoch  2: loss 0.741", {"loss": ("epoch", ((1, 0.656), (2, 0.741)))}),
        ("step 1: train loss 3, val_acc 0.5", "step 2: train loss 2, val_acc 0.75",
         {"train loss": ("step", ((1, 3), (2, 2))), "val_acc": ("step", ((1, 0.5), (2, 0.75)))}),
        ("epoch 1 took 3.5 s", "epoch 2 took 3.1 s", {}),
        ("the loss 3", "the loss 2", {}),
        ("loss: 3", "loss: 2", {"loss": ("", ((1, 3), (2, 2)))}),
        ("Iteration: 5 | train loss: 1.5", "Iteration: 6 | train loss: 1",
         {"train loss": ("iteration", ((5, 1.5), (6, 1)))}),
        ("val_acc=85.3%", "val_acc=90%", {"val_acc": ("", ((1, 85.3), (2, 90)))}),
        ("epoch loss: 1", "epoch loss: 2", {"loss": ("", ((1, 1), (2, 2)))}),
    ],
)  # a table, read across  # fmt: skip
def test_the_usual_ways_to_print_become_series(first: str, second: str, told: object):
    assert curves(first, second) == told


def test_several_names_on_a_line_become_several_series():
    found = curves("Epoch 1: loss=2, acc=0.5, lr=1e-3", "Epoch 2: loss=1, acc=0.75, lr=1e-4")
    assert found == {
        "loss": ("epoch", ((1, 2), (2, 1))),
        "acc": ("epoch", ((1, 0.5), (2, 0.75))),
        "lr": ("epoch", ((1, 0.001), (2, 0.0001))),
    }


def test_a_loss_that_is_no_number_stays_in_its_series_and_is_not_drawn():
    (series,) = read_curves("loss=1\nloss=nan\nloss=inf\nloss=2")
    assert [y for _, y in series.points if math.isfinite(y)] == [1, 2]
    assert series.finite == ((1, 1), (4, 2))


@pytest.mark.parametrize(
    "text",
    ["", "loss: 0.5",
     "done", "12:30:45 started\n12:30:46 ended", "shape: torch.Size([2, 3])\nshape: torch.Size([2, 3])",
     "version: 1.2.3\nversion: 1.2.4", "http://host:80\nhttp://host:81"],
)  # a table, read across  # fmt: skip
def test_what_is_no_series_of_numbers_is_none(text: str):
    assert read_curves(text) == ()


def test_a_flood_is_bounded_and_keeps_its_ends():
    text = "\n".join(f"step {n} loss={n}" for n in range(10_000))
    (series,) = read_curves(text)
    assert (len(series.points), series.points[0], series.points[-1]) == (MOST_POINTS, (0, 0), (9999, 9999))
    many = "\n".join(f"name{n % 50}x=1" for n in range(200))
    assert len(read_curves(many)) == MOST_SERIES


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str):
    assert all(isinstance(series, Series) for series in read_curves(text))


TESTS = """
@test("shown", visible=True)
def shown(candidate):
    assert candidate.solve("loss", 3) == 3

@test("hidden")
def hidden(candidate):
    assert candidate.solve("secret", 2) == 2
"""
PRINTS = "def solve(name, count):\n    for n in range(count): print(f'step {n} {name}={n / 2}')\n    return count\n"


def test_a_result_has_the_curves_of_all_output_and_its_candidate_those_of_visible_tests(judge: Judge):
    result = judge(TESTS, PRINTS)
    loss = Series("loss", "step", ((0, 0.0), (1, 0.5), (2, 1.0)))
    assert result.curves == (loss, Series("secret", "step", ((0, 0.0), (1, 0.5))))
    assert result.for_candidate().curves == (loss,)
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result
