"""Mistakes made on purpose: where each operator applies, what it leaves alone, and how mutants are told apart."""

from pathlib import Path

import pytest

from grader import load_question
from grader.mutants import OPERATORS, Mutant, chosen, mutants_of
from grader.trial import REFERENCE, reference_of

BANK = Path(__file__).parents[2] / "bank"
QUESTIONS = sorted(path.parent for path in BANK.glob("*/*/question.yaml"))


def mutants(body: str, head: str = "x, y, mask, model, optimizer, self, eps") -> list[Mutant]:
    """The mutants of a function with this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return mutants_of("it.py", f"def solve({head}):\n{lines}", ["solve"])


def made(operator: str, body: str) -> list[str]:
    """What one operator makes of the body: the line that it puts there, for each mutant."""
    added = []
    for mutant in mutants(body):
        if mutant.operator == operator:
            lines = [line for line in mutant.diff.splitlines()[2:] if line.startswith("+")]
            added.append("\n".join(line[1:].strip() for line in lines))
    return added


EXAMPLES = [
    ("dropped-scale", "return x / 3", ["return x"]),
    ("dropped-term", "return x * y + y", ["return x * y"]),
    ("dropped-guard", "return x / (y + eps)", ["return x / (y)"]),
    ("dropped-guard", "return x.clamp(min=0)", ["return x"]),
    ("dropped-function", "return torch.relu(x)", ["return x"]),
    ("dropped-function", "return nn.ReLU()", ["return nn.Identity()"]),
    ("flipped-sign", "return x - y", ["return x + y"]),
    ("flipped-sign", "return -x", ["return x"]),
    ("swapped-operands", "return (x - y) / 2", ["return 2 / (x - y)", "return (y - x) / 2"]),
    ("changed-constant", "return x ** 2", ["return x ** 3"]),
    ("changed-constant", "return 0.5 * x", ["return 1.0 * x"]),
    ("swapped-comparison", "return x < y", ["return x > y"]),
    ("shifted-boundary", "return len(x) < y", ["return len(x) <= y"]),
    ("negated-condition", "if mask is None:\n    return x", ["if not mask is None:"]),
    ("flipped-mask", "return x[~mask]", ["return x[mask]"]),
    ("flipped-mask", "return torch.where(mask, x, y)", ["return torch.where(mask, y, x)"]),
    ("flipped-mask", "return x.masked_fill(mask, 0)", ["return x.masked_fill(~mask, 0)"]),
    ("flipped-mask", "return torch.tril(x)", ["return torch.triu(x)"]),
    ("dropped-mask", "return x.masked_fill(mask, 0)", ["return x"]),
    ("weak-fill", "return x.masked_fill(mask, float('-inf'))", ["return x.masked_fill(mask, 0.0)"]),
    ("weak-fill", "return x.masked_fill(mask, -torch.inf)", ["return x.masked_fill(mask, 0.0)"]),
    ("wrong-dim", "return torch.softmax(x, dim=-1)", ["return torch.softmax(x, dim=-2)"]),
    ("wrong-dim", "return x.sum(0)", ["return x.sum(1)"]),
    ("wrong-dim", "return x.shape[-1]", ["return x.shape[-2]"]),
    ("dropped-keepdim", "return x.amax(1, keepdim=True)", ["return x.amax(1)"]),
    ("sum-for-mean", "return x.mean()", ["return x.sum()"]),
    (
        "sum-for-mean",
        "return F.nll_loss(x, y, reduction='sum')",
        ["return F.nll_loss(x, y, reduction='mean')"],
    ),
    ("swapped-extremum", "return x.argmax(1)", ["return x.argmin(1)"]),
    ("dropped-transpose", "return x @ y.mT", ["return x @ y"]),
    ("dropped-transpose", "return x.transpose(0, 1)", ["return x"]),
    ("zeros-for-ones", "return torch.zeros_like(x)", ["return torch.ones_like(x)"]),
    ("off-by-one", "return list(range(len(x)))", ["return list(range(len(x) - 1))"]),
    ("off-by-one", "return x[1:]", ["return x[2:]"]),
    ("off-by-one", "return x[-1]", ["return x[-2]"]),
    ("other-variance", "return x.var(0, unbiased=False)", ["return x.var(0)"]),
    ("other-variance", "return x.var(0)", ["return x.var(0, correction=0)"]),
    ("dropped-clone", "return x.clone()", ["return x"]),
    ("detached", "return x @ y", ["return (x @ y).detach()"]),
    ("kept-graph", "with torch.no_grad():\n    return model(x)", ["with torch.enable_grad():"]),
    ("kept-graph", "return model(x).item()", ["return model(x)"]),
    ("missing-zero-grad", "optimizer.zero_grad()", ["pass"]),
    ("missing-zero-grad", "x.grad = None", ["pass"]),
    ("missing-zero-grad", "x.grad.zero_()", ["pass"]),
    ("skipped-step", "optimizer.step()", ["pass"]),
    ("skipped-step", "x.backward()", ["pass"]),
    ("wrong-mode", "model.eval()", ["model.train()"]),
    ("wrong-mode", "model.train(False)", ["model.train(True)"]),
    ("wrong-mode", "return self.training", ["return not self.training"]),
    ("stale-state", "x += y", ["pass"]),
    ("stale-state", "self.count = y", ["pass"]),
    ("stale-state", "x.mul_(y)", ["pass"]),
]


@pytest.mark.parametrize(
    ("operator", "body", "lines"), EXAMPLES, ids=[f"{name}: {body}" for name, body, _ in EXAMPLES]
)
def test_an_operator_makes_its_mistake(operator: str, body: str, lines: list[str]):
    assert made(operator, body) == lines


def test_every_operator_has_an_example_here():
    assert {name for name, _, _ in EXAMPLES} == {operator.name for operator in OPERATORS}


def test_every_operator_applies_somewhere_in_the_bank():
    found = {
        mutant.operator
        for question in map(load_question, QUESTIONS)
        for path, source in [
            (REFERENCE, reference_of(question)),
            *((e.path, e.source) for e in question.submissions if e.directory == "accepted"),
        ]
        for mutant in mutants_of(path, source, question.entry_points)
    }
    assert found == {operator.name for operator in OPERATORS}


@pytest.mark.parametrize(
    "body",
    [
        "print(f'epoch {x + 1}')",
        "raise ValueError('one of ' + str(x))",
        "assert x > 0",
        "import torch",
        "y: 1 + 2 = x",
        "return x + 1e-8",
    ],
)
def test_words_types_and_guards_are_no_formulas(body: str):
    changed = {"dropped-term", "flipped-sign", "changed-constant", "swapped-comparison"}
    assert not changed.intersection(mutant.operator for mutant in mutants(body))


def test_what_no_entry_point_reaches_is_left_alone():
    used = "def solve(x):\n    return helper(x)\n\n\ndef helper(x):\n    return x + 1\n"
    source = f"{used}\n\ndef main(x):\n    return x - 1\n"
    assert {mutant.line for mutant in mutants_of("it.py", source, ["solve"])} == {2, 6}


def test_comments_and_spelling_around_a_mistake_stay_as_they_were():
    (mutant,) = [
        m for m in mutants("y = x   *   2  # the scale\nreturn [ y ]") if m.operator == "dropped-scale"
    ]
    assert mutant.source.splitlines()[1:] == ["    y = x  # the scale", "    return [ y ]"]


def test_no_two_mutants_are_alike_and_all_of_them_are_programs():
    found = mutants("y = x.sum(0).mean() - x / 2\nif y > 1:\n    return y.clone()\nreturn -y")
    assert len({mutant.source for mutant in found}) == len({mutant.id for mutant in found}) == len(found)
    for mutant in found:
        compile(mutant.source, "it.py", "exec")


def test_the_name_of_a_mutant_survives_changes_elsewhere_and_not_its_own():
    def names(body: str) -> dict[str, str]:
        return {mutant.operator: mutant.id for mutant in mutants(body)}

    before = names("return x + 3")["dropped-term"]
    assert names("y = model\nreturn x + 3")["dropped-term"] == before
    assert names("return x + 4")["dropped-term"] != before


def test_equal_lines_have_mutants_of_different_names():
    found = [mutant.id for mutant in mutants("x += y\nx += y") if mutant.operator == "stale-state"]
    assert len(found) == 2
    assert found[1] == f"{found[0]}-2"


def test_a_choice_among_many_mutants_takes_from_every_operator():
    found = mutants("\n".join(["y = x + 1"] * 30 + ["return y.clone()"]))
    few = chosen(found, 12)
    assert len(few) == 12
    assert {mutant.operator for mutant in few} == {mutant.operator for mutant in found}
    assert chosen(found, 12) == few
    assert chosen(found, 1000) == sorted(found, key=found.index) or len(chosen(found, 1000)) == len(found)


def test_a_loop_keeps_what_ends_it():
    assert made("stale-state", "while x < y:\n    x += 1\nreturn x") == []


def test_gradients_that_are_off_anyway_are_not_cut():
    assert made("detached", "with torch.no_grad():\n    return x @ y") == []
