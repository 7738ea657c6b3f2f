"""`compare` against real submissions: each thing it watches, and what it says."""

import pytest

from grader import Verdict
from tests.grader.workshop import Judge

REFERENCE = "def solve(x, scale=1.0):\n    return scale * x.exp()\n"


def comparison(**options: str) -> str:
    """A tests file with one comparison; options are source text."""
    wanted = {"inputs": "lambda draw: [case(draw.normal(3, 4), scale=2.0)]"} | options
    arguments = ", ".join(f"{name}={text}" for name, text in wanted.items())
    return f"import reference\ncompare('solve', against=reference.solve, visible=True, {arguments})\n"


RIGHT = "def solve(x, scale=1.0): return scale * x.exp()"


@pytest.mark.parametrize(
    "options", [{}, {"gradients": "True"}, {"strided": "True"}, {"gradients": "True", "strided": "True"}]
)
def test_a_right_answer_passes_in_every_mode(judge: Judge, options: dict[str, str]):
    assert judge(comparison(**options), RIGHT, reference=REFERENCE).verdict is Verdict.ACCEPTED


def test_empty_inputs_can_be_compared(judge: Judge):
    tests = comparison(inputs="lambda draw: [case(draw.normal(0, 4))]")
    assert judge(tests, RIGHT, reference=REFERENCE).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("options", "source", "message"),
    [
        (
            {"gradients": "True"},
            "def solve(x, scale): return scale * x.detach().exp() + 0 * x",
            "forward matches; the gradient of `x` is wrong in every element",
        ),
        (
            {"gradients": "True"},
            "def solve(x, scale): return scale * x.detach().exp()",
            "forward matches; the output is cut off from its inputs",
        ),
        (
            {"gradients": "True"},
            "import torch\nw = torch.ones(1, requires_grad=True)\n"
            "def solve(x, scale): return w * scale * x.detach().exp()",
            "forward matches; the gradient does not reach `x`.",
        ),
        (
            {},
            "def solve(x, scale):\n    y = scale * x.exp()\n    x.zero_()\n    return y",
            "solve changes its input `x`.",
        ),
        (
            {"strided": "True"},
            "import torch\ndef solve(x, scale): return scale * torch.as_strided(x, x.shape, (4, 1)).exp()",
            "on a non-contiguous input",
        ),
        (
            {"because": "'Scale last.'"},
            "def solve(x, scale): return x.exp()",
            "In solve(tensor(3, 4), scale=2.0): the result is wrong in every element: "
            "largest relative error 0.5 at [",
        ),
        ({"because": "'Scale last.'"}, "def solve(x, scale): return x.exp()", "Scale last."),
    ],
)
def test_what_is_wrong_is_said_as_a_colleague_would(
    judge: Judge, options: dict[str, str], source: str, message: str
):
    test = judge(comparison(**options), source, reference=REFERENCE).tests[0]
    assert test.verdict is Verdict.WRONG_ANSWER
    assert message in test.message


def test_a_submission_may_change_its_input_where_the_author_allows_it(judge: Judge):
    source = "def solve(x, scale): return x.exp_().mul_(scale)"
    assert judge(comparison(unchanged="False"), source, reference=REFERENCE).verdict is Verdict.ACCEPTED


MODULES = """
import torch
class Net(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = torch.nn.BatchNorm1d(width)
        self.drop = torch.nn.Dropout(0.5)
    def forward(self, x):
        return self.drop(self.norm(x))
"""
MODULE_TESTS = (
    "import reference\n"
    "compare('Net', against=reference.Net, visible=True, gradients=True, build=case(4), modes=('train', 'eval'),"
    " inputs=lambda draw: [case(draw.normal(6, 4)), case(draw.normal(3, 4))])\n"
)


def test_a_module_is_compared_in_train_and_in_eval_mode_with_the_same_state(judge: Judge):
    result = judge(MODULE_TESTS, MODULES, reference=MODULES, entry="Net")
    assert result.verdict is Verdict.ACCEPTED, result.tests[0].message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("self.drop(self.norm(x))", "self.norm(x)"), "In Net(tensor(6, 4)) in train mode: "),
        (("self.drop(self.norm(x))", "self.drop.train()(self.norm(x))"), "In Net(tensor(6, 4)) in eval mode: "),
        (("BatchNorm1d(width)", "Identity()"), "In Net(4): state_dict() lacks 'norm.weight'."),
        (("class Net(torch.nn.Module):", "def Net(width): return width\nclass Other(torch.nn.Module):"),
         "In Net(4): it is an int, not a torch.nn.Module."),
    ],
)  # a table, read across  # fmt: skip
def test_what_is_wrong_with_a_module_is_said_with_its_mode(
    judge: Judge, change: tuple[str, str], message: str
):
    result = judge(MODULE_TESTS, MODULES.replace(*change), reference=MODULES, entry="Net")
    assert result.verdict is Verdict.WRONG_ANSWER
    assert result.tests[0].message.startswith(message), result.tests[0].message


def test_a_result_on_another_device_than_its_inputs_is_said(judge: Judge):
    result = judge(comparison(), "def solve(x, scale): return x.to('meta')", reference=REFERENCE)
    assert result.verdict is Verdict.WRONG_ANSWER
    assert result.tests[0].message == (
        "In solve(tensor(3, 4), scale=2.0): the result is on meta, and its inputs were on cpu."
    )
