"""The handle on the candidate's module: what is there feels as if it were here."""

import pytest

from grader import Verdict
from tests.grader.workshop import Judge

FUNCTION = """
@test("a function")
def a_function(candidate, draw):
    x = draw.normal(3)
    expect(close(candidate.solve(x, factor=3.0), 3 * x))
    assert candidate.solve.__class__.__name__ == "Remote"
"""
A_CLASS = """
@test("a class")
def a_class(candidate):
    counter = candidate.solve(start=5)
    counter.add(2)
    counter.add(3)
    assert counter.total == 10
    counter.total = 1
    assert counter.add(1) == 2
    assert len(counter) == 4 and 2 in counter and counter[0] == "item 0"
"""
MODULE = """
@test("a module with its state")
def a_module(candidate, draw):
    net = candidate.solve()
    assert is_a(net, "torch.nn.Module")
    state = net.state_dict()
    assert {name: tuple(value.shape) for name, value in state.items()} == {"0.weight": (2, 3), "0.bias": (2,)}
    mine = torch.nn.Sequential(torch.nn.Linear(3, 2))
    net.load_state_dict(mine.state_dict())
    x = draw.normal(4, 3)
    expect(close(net(x), mine(x)))
    assert net.training is True
    assert net.eval().training is False
    assert [tuple(p.shape) for p in net.parameters()] == [(2, 3), (2,)]
"""
OPTIMIZER = """
@test("an optimizer and its trajectory")
def an_optimizer(candidate, draw):
    start = draw.normal(5)
    mine = torch.nn.Parameter(start.clone())
    theirs = candidate.keep_(torch.nn.Parameter(start.clone()))
    ours, other = torch.optim.SGD([mine], lr=0.1, momentum=0.9), candidate.solve([theirs], 0.1, 0.9)
    for _ in range(5):
        gradient = draw.normal(5)
        mine.grad = gradient
        theirs.grad = gradient
        ours.step()
        other.step()
        expect(close(candidate.value_(theirs.data), mine.data))
"""
GENERATOR = """
@test("a generator")
def a_generator(candidate):
    batches = candidate.solve(list(range(5)), 2)
    assert next(batches) == [0, 1]
    assert list(batches) == [[2, 3], [4]]
"""
EXCEPTION = """
@test("an exception that is asked for")
def an_exception(candidate):
    with raises(ValueError, match="negative"):
        candidate.solve(-1)
    with raises(ArithmeticError):
        candidate.solve(0)
"""

PROOFS = {
    "function": (FUNCTION, "def solve(x, factor): return factor * x"),
    "class": (
        A_CLASS,
        """
class solve:
    def __init__(self, start): self.total = start
    def add(self, n):
        self.total += n
        return self.total
    def __len__(self): return 4
    def __contains__(self, n): return n == 2
    def __getitem__(self, n): return f"item {n}"
""",
    ),
    "module": (MODULE, "import torch\ndef solve(): return torch.nn.Sequential(torch.nn.Linear(3, 2))"),
    "optimizer": (
        OPTIMIZER,
        """
import torch
class solve:
    def __init__(self, parameters, rate, momentum):
        self.parameters, self.rate, self.momentum = list(parameters), rate, momentum
        self.speed = [torch.zeros_like(p) for p in self.parameters]
    @torch.no_grad()
    def step(self):
        for p, v in zip(self.parameters, self.speed):
            v.mul_(self.momentum).add_(p.grad)
            p.sub_(self.rate * v)
""",
    ),
    "generator": (
        GENERATOR,
        "def solve(items, size):\n    for n in range(0, len(items), size): yield items[n:n + size]",
    ),
    "exception": (
        EXCEPTION,
        "def solve(n):\n    if n < 0: raise ValueError('negative number')\n    return 1 / n",
    ),
}


@pytest.mark.parametrize("kind", PROOFS)
def test_the_handle_carries(judge: Judge, kind: str):
    tests, submission = PROOFS[kind]
    result = judge(tests, submission)
    assert result.verdict is Verdict.ACCEPTED, (result.message, result.tests)


def test_an_exception_that_does_not_come_is_a_wrong_answer(judge: Judge):
    test = judge(EXCEPTION, "def solve(n): return n").tests[0]
    assert (test.verdict, test.message) == (
        Verdict.WRONG_ANSWER,
        "No exception was raised; ValueError was expected.",
    )


def test_an_exception_of_another_kind_is_a_runtime_error(judge: Judge):
    assert judge(EXCEPTION, "def solve(n): raise TypeError('no')").tests[0].verdict is Verdict.RUNTIME_ERROR


def test_an_exception_with_another_message_is_a_wrong_answer(judge: Judge):
    assert (
        judge(EXCEPTION, "def solve(n): raise ValueError('what?')").tests[0].verdict is Verdict.WRONG_ANSWER
    )


def test_objects_that_are_no_longer_needed_are_let_go(judge: Judge):
    tests = """
@test("drops")
def drops(candidate):
    for _ in range(50):
        candidate.solve()
    assert candidate.alive() <= 2
"""
    source = """
import gc
class Thing: pass
def solve(): return Thing()
def alive(): return sum(isinstance(o, Thing) for o in gc.get_objects())
"""
    assert judge(tests, source).verdict is Verdict.ACCEPTED
