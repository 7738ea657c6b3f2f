"""Twins: a module of the submission and one of the reference, compared by one state."""

import pytest

from grader import Result
from tests.grader.workshop import Judge

REFERENCE = """\
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, width, *, slope=0.1):
        super().__init__()
        self.line = nn.Linear(width, width)
        self.norm = nn.BatchNorm1d(width)
        self.register_buffer("scale", torch.tensor(2.0))
        self.slope = slope

    def forward(self, x, chosen):
        y = self.norm(self.line(x)) * self.scale
        return {"y": torch.where(y > 0, y, self.slope * y), "rows": (chosen, y[chosen])}
"""

TESTS = """\
import reference
from grader.modules import Twins, stretch

def inputs():
    return [torch.randn(6, 4), torch.randint(0, 6, (3,))]

def twins(candidate, seed):
    return Twins(candidate, "solve", reference.Model, lambda: [[4], {"slope": 0.2}], seed=seed, because="Look closer.")

@test("state", reveal="expected")
def state(candidate, seed):
    expect(twins(candidate, seed).same_state())

@test("output", reveal="expected")
def output(candidate, seed):
    expect(twins(candidate, seed).same_output(inputs, draws=2))

@test("wide inputs", reveal="expected")
def wide(candidate, seed):
    expect(twins(candidate, seed).same_output(lambda: stretch(inputs())))

@test("training", reveal="expected")
def training(candidate, seed):
    expect(twins(candidate, seed).same_output(inputs, train=True))

@test("slopes", reveal="expected")
def slopes(candidate, seed):
    expect(twins(candidate, seed).same_slopes(inputs))
"""

RIGHT = REFERENCE.replace("class Model", "class solve")


def told(result: Result) -> dict[str, str]:
    return {test.name: test.message for test in result.tests if test.verdict.value != "AC"}


def test_the_same_module_under_another_name_is_a_twin(judge: Judge):
    assert told(judge(TESTS, RIGHT, reference=REFERENCE)) == {}


@pytest.mark.parametrize(
    ("old", "new", "failing", "message"),
    [
        ("self.line = nn", "self.other = nn", "state", "state_dict() lacks 'line.weight'."),
        ("torch.tensor(2.0)", "torch.tensor(3.0)", "state", "'scale' of the fresh state"),
        ("nn.Linear(width, width)", "nn.Linear(width, width).double()", "state", "float64 tensor"),
        ("* self.scale", "", "output", "'y' of the output is wrong"),
        ("slope=0.1", "slope=0.1, **_", "", ""),
        ("self.slope * y", "self.slope * y.detach()", "slopes", "of the gradients"),
        (
            "self.norm(self.line(x))",
            "(self.norm(self.line(x)) if not self.training else self.norm.eval()(self.line(x)))",
            "training",
            "of the output is wrong",
        ),
        ("        y = self", "        x.mul_(1.5)\n        y = self", "output", "is wrong"),
        (
            '        return {"y"',
            '        with torch.no_grad():\n            x.zero_()\n        return {"y"',
            "output",
            "changes its inputs",
        ),
        ("(chosen, y[chosen])", "[chosen]", "output", "'rows' of the output should have 2 items"),
    ],
)
def test_each_difference_is_told_by_the_test_that_is_there_for_it(
    judge: Judge, old: str, new: str, failing: str, message: str
):
    assert old in RIGHT
    found = told(judge(TESTS, RIGHT.replace(old, new), reference=REFERENCE))
    assert message in found.get(failing, "")
    assert bool(found) == bool(failing)


def test_what_is_no_module_is_told_so(judge: Judge):
    result = judge(TESTS, "def solve(*args, **kwargs):\n    return 3\n", reference=REFERENCE)
    assert told(result)["state"] == "It should be a torch.nn.Module, and is an int."


def test_the_reason_for_a_tolerance_ends_a_remark(judge: Judge):
    result = judge(TESTS, RIGHT.replace("* self.scale", ""), reference=REFERENCE)
    assert told(result)["output"].endswith("Look closer.")
