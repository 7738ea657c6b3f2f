"""Each ready property, on an answer that has it and on one that has not."""

import pytest

from grader import Verdict
from tests.grader.workshop import Judge

IMPORTS = "from grader.properties import *\n"
HEAD = "import torch\nfrom torch import nn\n"

TESTS = {
    "overfits": "expect(overfits(candidate.solve()))",
    "causal": "expect(causal(candidate.solve, draw.normal(2, 6, 4), 3))",
    "permutation": "expect(permutation_equivariant(candidate.solve, draw.normal(2, 5, 4), draw.permutation(5)))",
    "cached": (
        "x = draw.normal(2, 3, 4)\n"
        "    expect(cached_equals_full(candidate.solve(x), [candidate.solve(x[:, n:n + 1]) for n in range(3)]))"
    ),
    "accumulated": "expect(accumulated_equals_large(*candidate.solve(draw.normal(8, 3))))",
    "deterministic": "expect(deterministic_in_eval(candidate.solve(), draw.normal(4, 50)))",
    "reaches": "expect(reaches_every_parameter(candidate.solve(), draw.normal(4, 3)))",
    "unchanged": "expect(unchanged(candidate.solve, draw.normal(4, 3)))",
}
GOOD = {
    "overfits": "def solve(): return [1.0, 0.5, 0.05]",
    "causal": "def solve(x): return x.cumsum(1)",
    "permutation": "def solve(x): return x - x.mean(1, keepdim=True)",
    "cached": "def solve(x): return 2 * x",
    "accumulated": "def solve(x): return {'w': x[:4].sum(0) + x[4:].sum(0)}, {'w': x.sum(0)}",
    "deterministic": "def solve(): return nn.Dropout(0.5)",
    "reaches": "def solve(): return nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))",
    "unchanged": "def solve(x): return x + 1",
}
BAD = {
    "overfits": ("def solve(): return [1.0, float('nan')]", "On one batch the loss should fall below 0.1"),
    "causal": ("def solve(x): return x.flip(1).cumsum(1).flip(1)", "the output before position 3"),
    "permutation": ("def solve(x): return x.cumsum(1)", "the output for reordered positions"),
    "cached": ("def solve(x): return x.cumsum(1)", "the output step by step with the cache"),
    "accumulated": (
        "def solve(x): return {'w': x[:4].mean(0) + x[4:].mean(0)}, {'w': x.mean(0)}",
        "'w' of what was accumulated",
    ),
    "deterministic": (
        "class Net(nn.Module):\n    def forward(self, x): return nn.functional.dropout(x, 0.5)\nsolve = Net",
        "the second output in eval mode",
    ),
    "reaches": (
        "class Net(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.used, self.idle = nn.Linear(3, 1), nn.Linear(3, 1)\n"
        "    def forward(self, x): return self.used(x)\n"
        "solve = Net",
        "No gradient arrives at `idle.weight`, `idle.bias`.",
    ),
    "unchanged": ("def solve(x): return x.add_(1)", "The call changes its input 0."),
}


def written(name: str) -> str:
    return f"{IMPORTS}@test('it holds', visible=True)\ndef it_holds(candidate, draw):\n    {TESTS[name]}\n"


@pytest.mark.parametrize("name", TESTS)
def test_an_answer_that_has_the_property_is_accepted(judge: Judge, name: str):
    result = judge(written(name), HEAD + GOOD[name])
    assert result.verdict is Verdict.ACCEPTED, (result.message, result.tests)


@pytest.mark.parametrize("name", TESTS)
def test_an_answer_without_the_property_is_told_which(judge: Judge, name: str):
    source, message = BAD[name]
    test = judge(written(name), HEAD + source).tests[0]
    assert test.verdict is Verdict.WRONG_ANSWER
    assert message in test.message
