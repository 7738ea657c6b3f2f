"""Each hint on the smallest loop that has its fault, and on loops that look like it and have none."""

import json
from dataclasses import replace

import pytest

from grader import Grader, Result
from grader.facts import Fault
from tests.grader.workshop import Judge, question

TESTS = """
@test("shown", visible=True)
def shown(candidate):
    candidate.solve()
    assert 1 == 2
"""

RIGHT = """\
import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
X, Y = torch.randn(32, 4), torch.randint(3, (32,))
LINE = X[:, :1] * 2 + 1

def build(outputs=3):
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, outputs))

def solve():
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), Y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        model(X)
    return losses
"""

CLEAR, LOSS, BACK, STEP = (
    "        optimizer.zero_grad()\n",
    "F.cross_entropy(model(X), Y)",
    "        loss.backward()\n",
    "        optimizer.step()\n",
)

#: What is replaced in RIGHT to give it a fault, and the evidence that is told of it.
FAULTY = {
    Fault.GRADIENTS_NOT_ZEROED: (
        [(CLEAR, "")],
        {"watched steps that used an old gradient once more": "29 of 30"},
    ),
    Fault.CLEARED_BEFORE_STEP: (
        [(CLEAR, ""), (STEP, CLEAR + STEP)],
        {"steps that found no gradient": "4 of 4"},
    ),
    Fault.NO_OPTIMIZER_STEP: (
        [(STEP, "")],
        {"backward passes": "30", "optimizer steps": "0", "parameters changed": "0"},
    ),
    Fault.OPTIMIZER_MISSES_PARAMETERS: (
        [("SGD(model.", "SGD(model[3].")],
        {"parameters that no optimizer holds": "2 of 4", "the first of them has the shape": "(8,)"},
    ),
    Fault.SOFTMAX_BEFORE_CROSS_ENTROPY: (
        [("model(X), Y", "model(X).softmax(1), Y")],
        {"the loss": "cross_entropy", "already squashed, of the shape": "(32, 3)"},
    ),
    Fault.NLL_WITHOUT_LOG_SOFTMAX: (
        [(LOSS, "F.nll_loss(model(X), Y)")],
        {"what it was given has the shape": "(32, 3)"},
    ),
    Fault.BROADCAST_LOSS: (
        [("build()\n", "build(1)\n"), (LOSS, "(model(X) - LINE.squeeze(1)).square().mean()")],
        {"the prediction has the shape": "(32, 1)", "what is averaged has the shape": "(32, 32)"},
    ),
    Fault.LEFT_IN_EVAL: (
        [("build()\n", "build().eval()\n")],
        {"optimizer steps with Dropout in evaluation mode": "30 of 30"},
    ),
    Fault.TRAINING_MODE_AT_EVALUATION: (
        [("    model.eval()\n", "")],
        {"calls of a Dropout in training mode, with gradients switched off": "1"},
    ),
    Fault.LOSSES_KEEP_GRAPH: (
        [("loss.item()", "loss")],
        {"tensors with a graph among what was returned": "30"},
    ),
    Fault.NO_GRADIENT: ([(LOSS, "F.cross_entropy(model(X).detach(), Y)")], {"parameters that the loss reaches": "0"}),
}  # a table, read across  # fmt: skip


def changed(*changes: tuple[str, str]) -> str:
    """RIGHT with each of these texts replaced."""
    source = RIGHT
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    return source


def ids(result: Result) -> list[str]:
    return [hint.id for hint in result.hints]


def test_a_right_loop_gets_no_hint(judge: Judge):
    assert judge(TESTS, RIGHT).hints == ()


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_is_named_with_what_it_was_seen_by(judge: Judge, fault: Fault):
    changes, evidence = FAULTY[fault]
    result = judge(TESTS, changed(*changes))
    assert ids(result) == [fault.value]
    found = dict(result.hints[0].evidence)
    assert {label: found.get(label) for label in evidence} == evidence


def test_a_hint_names_the_line(judge: Judge):
    (hint,) = judge(TESTS, changed((LOSS, "F.cross_entropy(model(X).softmax(1), Y)"))).hints
    assert RIGHT.splitlines()[hint.line - 1].strip() == "loss.backward()"


def test_a_loss_that_turns_nan_is_named_with_the_losses_before_it(judge: Judge):
    source = changed((LOSS, "F.cross_entropy(model(X), Y) / (_ != 4) * (_ != 4)"))
    (hint,) = judge(TESTS, source).hints
    assert hint.id == Fault.NAN_LOSS
    labels = [label for label, _ in hint.evidence]
    assert labels == ["loss at backward pass 5", "loss one earlier", "the first loss"]
    assert hint.evidence[0][1] == "NaN"


def test_a_loss_that_is_only_printed_can_turn_nan_as_well(judge: Judge):
    printing = "def solve():\n    for loss in (1.5, 0.7, float('nan')):\n        print(f'loss={loss}')\n"
    (hint,) = judge(TESTS, printing).hints
    assert (hint.id, hint.visible) == (Fault.NAN_LOSS, True)
    assert hint.evidence == (("loss one earlier", "0.7"), ("the first loss", "1.5"))


def test_a_graph_that_takes_all_steps_along_is_noticed(judge: Judge):
    source = """\
import torch
from torch import nn

def solve():
    cell, state = nn.Linear(4, 4), torch.zeros(1, 4)
    optimizer = torch.optim.SGD(cell.parameters(), lr=0.0)
    for _ in range(6):
        optimizer.zero_grad()
        state = torch.tanh(cell(state))
        state.sum().backward(retain_graph=True)
    optimizer.step()
"""
    result = judge(TESTS, source)
    assert ids(result) == [Fault.GRAPH_GROWS]
    assert judge(TESTS, source.replace("cell(state)", "cell(state.detach())")).hints == ()


GIVEN = """
@test("shown", visible=True)
def shown(candidate):
    candidate.solve(candidate.build())
    assert 1 == 2
"""


def test_a_model_that_is_handed_over_and_not_trained_is_noticed(judge: Judge):
    takes = RIGHT.replace("def solve():\n    model = build()\n", "def solve(model):\n")
    assert judge(GIVEN, takes, entry="solve, build").hints == ()
    copies = takes.replace("def solve(model):\n", "def solve(model):\n    model = build()\n")
    assert ids(judge(GIVEN, copies, entry="solve, build")) == [Fault.ANOTHER_MODEL_TRAINED]
    returned = copies.replace("return losses", "return model")
    assert judge(GIVEN, returned, entry="solve, build").hints == ()
    loaded = takes.replace("(model):\n", "(given):\n    model = build()\n").replace(
        "    return losses", "    given.load_state_dict(model.state_dict())\n    return losses"
    )
    assert judge(GIVEN, loaded, entry="solve, build").hints == ()


TWO = """
    critic, maker = nn.Linear(4, 1), nn.Linear(4, 4)
    one, other = (torch.optim.SGD(part.parameters(), lr=0.01) for part in (critic, maker))
    for _ in range(6):
        one.zero_grad()
        (critic(maker(X).detach()).mean() - critic(X).mean()).backward()
        one.step()
        other.zero_grad()
        (-critic(maker(X)).mean()).backward()
        other.step()
"""
ACCUMULATED = """
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for number in range(12):
        F.cross_entropy(model(X), Y).backward()
        if number % 4 == 3:
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
"""
CLOSURE = """
    model = build()
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=3)
    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(X), Y)
        loss.backward()
        return loss
    for _ in range(4):
        optimizer.step(closure)
"""
BY_HAND = """
    model = build()
    for _ in range(6):
        slopes = torch.autograd.grad(F.cross_entropy(model(X), Y), list(model.parameters()))
        for parameter, slope in zip(model.parameters(), slopes):
            parameter.data -= 0.1 * slope
"""
FROZEN = """
    body, head = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.1)), nn.Linear(8, 3)
    body.requires_grad_(False)
    body[1].eval()
    model = nn.Sequential(body, head)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(6):
        optimizer.zero_grad()
        F.cross_entropy(model(X), Y).backward()
        optimizer.step()
"""
TAUGHT = """
    teacher, student = build().eval(), build()
    optimizer = torch.optim.Adam(student.parameters())
    for _ in range(6):
        optimizer.zero_grad()
        wanted = teacher(X).softmax(1)
        loss = -(wanted.detach() * student(X).log_softmax(1)).sum(1).mean()
        loss.backward()
        optimizer.step()
"""
MEASURED = """
    class Sized(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5))
            with torch.no_grad():
                self.head = nn.Linear(self.body(X).shape[1], 3)
        def forward(self, x):
            return self.head(self.body(x))
    model = Sized()
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(6):
        optimizer.zero_grad()
        F.cross_entropy(model(X), Y).backward()
        optimizer.step()
"""
ATTENDS = """
    query, out = nn.Linear(4, 4), nn.Linear(4, 3)
    optimizer = torch.optim.Adam([*query.parameters(), *out.parameters()])
    for _ in range(6):
        optimizer.zero_grad()
        weights = (query(X) @ X.T).softmax(-1)
        F.cross_entropy(out(weights @ X), Y).backward()
        optimizer.step()
"""
PAIRS = """
    model = nn.Linear(4, 1)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(6):
        optimizer.zero_grad()
        score = model(X)
        (score - score.T - (LINE - LINE.T)).square().mean().backward()
        optimizer.step()
"""


FAILS = """
    model = build()
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(3):
        F.cross_entropy(model(X), Y).backward()
    raise ValueError("before the step")
"""


@pytest.mark.parametrize(
    "body", [TWO, ACCUMULATED, CLOSURE, BY_HAND, FROZEN, TAUGHT, MEASURED, ATTENDS, PAIRS, FAILS]
)
def test_what_only_looks_like_a_fault_gets_no_hint(judge: Judge, body: str):
    start = RIGHT.partition("def solve")[0]
    assert ids(judge(TESTS, f"{start}def solve():{body}")) == []


def test_a_fault_that_explains_another_stands_alone(judge: Judge):
    """The sum of all gradients drives the loss up; advice about the loss would be the wrong advice."""
    source = changed((CLEAR, ""), (LOSS, "F.cross_entropy(model(X), Y) / (_ != 4) * (_ != 4)"))
    assert ids(judge(TESTS, source)) == [Fault.GRADIENTS_NOT_ZEROED]


def test_at_most_three_are_told(judge: Judge):
    source = changed(
        (CLEAR, ""),
        ("build()\n", "build().eval()\n"),
        ("model(X), Y", "model(X).softmax(1), Y"),
        ("loss.item()", "loss"),
    )
    assert ids(judge(TESTS, source)) == [
        Fault.GRADIENTS_NOT_ZEROED,
        Fault.SOFTMAX_BEFORE_CROSS_ENTROPY,
        Fault.LEFT_IN_EVAL,
    ]


HIDDEN = """
@test("shown", visible=True)
def shown(candidate):
    assert candidate.solve is not None

@test("hidden")
def hidden(candidate):
    candidate.solve()
    assert 1 == 2
"""


def test_of_a_hidden_test_its_candidate_learns_the_fault_and_no_number(judge: Judge):
    result = judge(HIDDEN, changed((CLEAR, "")))
    (hint,) = result.hints
    assert (hint.visible, hint.line is None, len(hint.evidence)) == (False, False, 1)
    (shown,) = result.for_candidate().hints
    assert (shown.id, shown.title, shown.text) == (hint.id, hint.title, hint.text)
    assert (shown.evidence, shown.line, shown.visible) == ((), None, False)


def test_nan_that_a_hidden_test_printed_is_told_without_its_numbers(judge: Judge):
    printing = "def solve():\n    print('loss=0.25')\n    print('loss=nan')\n"
    result = judge(HIDDEN, printing)
    assert [hint.visible for hint in result.hints] == [False]
    assert "0.25" not in json.dumps(result.for_candidate().to_dict()["hints"])


def test_a_visible_test_tells_before_a_hidden_one(judge: Judge):
    both = HIDDEN.replace("assert candidate.solve is not None", "candidate.solve()")
    (hint,) = judge(both, changed((CLEAR, ""))).for_candidate().hints
    assert (hint.visible, len(hint.evidence)) == (True, 1)


def test_an_accepted_submission_is_shown_none(judge: Judge):
    accepted = judge(TESTS.replace("assert 1 == 2", "pass"), changed((CLEAR, "")))
    assert ids(accepted) == [Fault.GRADIENTS_NOT_ZEROED]
    assert accepted.for_candidate().hints == ()


def test_hints_go_through_json_without_loss(judge: Judge):
    result = judge(TESTS, changed((CLEAR, "")))
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    old = {key: value for key, value in result.to_dict().items() if key != "hints"}
    assert Result.from_dict(old) == replace(result, hints=())


def test_without_hints_everything_else_is_the_same(grader: Grader):
    source = changed((CLEAR, ""))
    asked = question(TESTS)
    on, off = (grader.judge(asked, {"solution.py": source}, seed=3, hints=hints) for hints in (True, False))
    assert (ids(on), off.hints) == ([Fault.GRADIENTS_NOT_ZEROED], ())
    assert (on.verdict, on.score) == (off.verdict, off.score)
