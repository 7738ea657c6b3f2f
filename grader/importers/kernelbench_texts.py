"""The files of a question that asks for `ModelNew`, as text."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from grader.importers.source import fenced

#: Runs in the sandbox with the source as the submission.
TRIAL = """\
from grader.beside import beside
from grader.importers.facts import tried
from grader.testing import Check, test


@test("it runs", visible=True)
def runs(candidate):
    size, seconds = beside(candidate, tried)(candidate.module_())
    return Check(True, f"{size} {seconds}")
"""

#: The same with the source as the reference as well.
PROBE = """\
import reference
from grader.importers.facts import facts
from grader.testing import Check, test


@test("what it is like", visible=True)
def what_it_is_like(seed):
    return Check(True, facts(reference, seed))
"""


def front_of_probe(limits: Mapping[str, float]) -> str:
    """question.yaml of the question that learns about a source."""
    return yaml.safe_dump(
        {
            "format_version": 1,
            "uuid": "00000000-0000-0000-0000-000000000000",
            "title": "What a module is like",
            "kind": "coding",
            "area": "architecture",
            "covers": ["C19"],
            "level": "mid",
            "minutes": 1,
            "entry_points": ["Model", "get_inputs", "get_init_inputs"],
            "limits": dict(limits),
        }
    )


@dataclass(frozen=True)
class Asked:
    """What the texts speak of. `share` is the tolerance, `lost` what rounding was seen to cost."""

    reference: str
    inputs: str
    init: str
    forward: str
    share: float
    lost: float
    facts: Mapping[str, Any]

    @property
    def because(self) -> str:
        """Why the tolerance is what it is, as one sentence."""
        if self.lost == 0:
            return f"An element may be off by {self.share:g} of its own size and of the typical size of its tensor."
        return (
            f"Rounding alone was seen to move results by {self.lost:.1g} of their size; another order of the same "
            f"sums may differ by up to {self.share:g}."
        )


def tests(asked: Asked) -> str:
    """grading/tests.py: the source's own inputs, and the comparisons that its behaviour allows."""
    parts = [
        '"""The submission\'s ModelNew against the original: the same arguments, state and inputs for both."""',
        asked.inputs.strip(),
        _HEAD.format(share=f"{asked.share:g}", because=_wrapped_literal(asked.because)),
        _STATE,
        _OUTPUT.format(unchanged="" if asked.facts["leaves_inputs"] else ", unchanged=False"),
    ]
    if asked.facts["stretches"]:
        parts.append(_STRETCHED.format(unchanged="" if asked.facts["leaves_inputs"] else ", unchanged=False"))
    if asked.facts["steady_training"] and asked.facts["trains_otherwise"]:
        parts.append(_TRAINING)
    if asked.facts["differentiable"]:
        parts.append(_SLOPES)
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


def _wrapped_literal(text: str) -> str:
    lines = textwrap.wrap(text, 100, drop_whitespace=False)
    return "\n".join(f"    {json.dumps(line, ensure_ascii=False)}" for line in lines)


_HEAD = """\
import reference
from grader.modules import Twins, stretch
from grader.testing import expect, test

#: How far an element may be off, as a share of itself and of the root mean square of its tensor.
SHARE = {share}
BECAUSE = (
{because}
)


def twins(candidate, seed):
    return Twins(
        candidate, "ModelNew", reference.Model, get_init_inputs, seed=seed, share=SHARE, because=BECAUSE
    )
"""

_STATE = """\
@test("has the parameters and buffers of the original", points=1, visible=True)
def has_the_state(candidate, seed):
    expect(twins(candidate, seed).same_state())
"""

_OUTPUT = """\
@test("gives the output of the original", points=3, visible=True, reveal="message")
def gives_the_output(candidate, seed):
    expect(twins(candidate, seed).same_output(get_inputs{unchanged}))


@test("gives it for several batches, one after another", points=2, reveal="message")
def gives_it_again(candidate, seed):
    expect(twins(candidate, seed).same_output(get_inputs, draws=2{unchanged}))
"""

_STRETCHED = """\
@test("gives it for larger inputs of both signs", points=2, reveal="message")
def gives_it_for_both_signs(candidate, seed):
    expect(twins(candidate, seed).same_output(lambda: stretch(get_inputs()){unchanged}))
"""

_TRAINING = """\
@test("behaves like the original in training mode, buffers included", points=2, reveal="message")
def trains_alike(candidate, seed):
    expect(twins(candidate, seed).same_output(get_inputs, train=True))
"""

_SLOPES = """\
@test("has the gradients of the original, for inputs and parameters", points=2, reveal="message")
def has_the_gradients(candidate, seed):
    expect(twins(candidate, seed).same_slopes(get_inputs))
"""


def starter(asked: Asked) -> str:
    """The two methods to write, with the parameters of the original."""
    return f'''\
import torch
from torch import nn


class ModelNew(nn.Module):
    """Computes what Model of the statement computes, with a state of the same names and shapes."""

    def __init__({asked.init}):
        super().__init__()

    def forward({asked.forward}):
        raise NotImplementedError
'''


def statement(asked: Asked) -> str:
    """What the candidate reads."""
    facts = asked.facts
    rows = "\n".join(f"| {n} | {_cell(kind)} |" for n, kind in enumerate(facts["inputs"], start=1))
    return f"""\
Write `ModelNew`, a `torch.nn.Module` that computes what `Model` below computes, in a way of your own.

- It is built as `Model` is, with the arguments that `get_init_inputs()` lists, and called as `Model` is, with the
  inputs that `get_inputs()` lists. Both are drawn afresh for each grading.
- {_state_rule(facts)}
- {asked.because}
{_more_rules(facts)}
| input | for example |
|---|---|
{rows}

## The original

{fenced(asked.reference, "python")}

## Its arguments and inputs

{fenced(asked.inputs, "python")}
{_state_table(facts)}"""


def _cell(text: str) -> str:
    return "`" + text.replace("|", "\\|").replace("`", "'") + "`"


def _state_rule(facts: Mapping[str, Any]) -> str:
    if not facts["entries"]:
        return "The original has neither parameters nor buffers, and `ModelNew` has none either."
    return (
        "Its `state_dict()` has the names, shapes and dtypes of the original's. Buffers begin\n"
        "  with the same values. For the other comparisons the state of the original, its parameters moved away from\n"
        "  where they begin, is loaded into it."
    )


def _more_rules(facts: Mapping[str, Any]) -> str:
    rules = []
    if facts["leaves_inputs"]:
        rules.append("- Inputs stay as they were: they belong to the caller.")
    if facts["draws_aside"]:
        rules.append(
            "- The original draws values in its constructor that its state does not hold. Both are built right after\n"
            "  seeding with the same number, so draw the same things in the same order."
        )
    if facts["stretches"]:
        rules.append(
            "- Some comparisons use the same inputs about zero and four times as wide, so that both signs occur."
        )
    if facts["differentiable"]:
        rules.append(
            "- Autograd must get through it: gradients for inputs and parameters are compared as well."
        )
    if facts["steady_training"] and facts["trains_otherwise"]:
        rules.append("- Training mode is compared too, with the buffers that the call leaves behind.")
    elif facts["trains_otherwise"]:
        rules.append("- Its training mode is random and is not compared; evaluation mode is.")
    return "".join(f"{rule}\n" for rule in rules)


def _state_table(facts: Mapping[str, Any]) -> str:
    if not facts["entries"]:
        return ""
    rows = "\n".join(f"| {_cell(name)} | {_cell(kind)} |" for name, kind in facts["state"])
    rest = facts["entries"] - len(facts["state"])
    more = f"\n\nand {rest} more of the same making." if rest > 0 else ""
    return f"\n## Its state\n\n| name | form |\n|---|---|\n{rows}{more}\n"


def solution(asked: Asked) -> str:
    """The model answer: what every right answer has in common."""
    count = asked.facts["parameters"]
    return f"""\
## Essential

`ModelNew` registers the same parameters and buffers under the same names ({count:,} parameters in all), so that a
state of the original loads without remarks, and follows the same computation from input to output. The original
under a new name is accepted; what the question is for is to write it from its parts.

## Good

The parts are written out instead of called: a projection as a matrix product with its bias, a normalization as mean
and variance over the right dimensions, with the same epsilon and the same kind of variance. Shapes are checked on
paper first, on the smallest case that still has every dimension.

## Strong

Work that the original does twice is done once, and it is said which order of the sums changed: the tolerance is
{asked.share:g}, and a difference above it is a mistake, not rounding. State, output, training mode and gradients
are compared separately, in this order, because each later comparison relies on the earlier ones.
"""


_EACH = '''

def each(change, value):
    """The same structure with `change` applied to every tensor."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: each(change, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [each(change, item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value
'''

_WRONG = {
    "zeros_of_the_right_shape": (
        "Right in shape and dtype only.",
        "return each(torch.zeros_like, super().forward(*inputs))",
    ),
    "computed_in_bfloat16": (
        "Eight bits of precision are not enough.",
        "return each(lambda x: x.bfloat16().to(x.dtype) if x.is_floating_point() else x, super().forward(*inputs))",
    ),
    "cut_off_from_autograd": (
        "The right output, without gradients.",
        "return each(lambda x: x.detach(), super().forward(*inputs))",
    ),
    "remembers_its_first_answer": (
        "What was right for the first batch is returned for every batch.",
        'if not hasattr(self, "answer"):\n'
        "            self.answer = super().forward(*inputs)\n"
        "        return self.answer",
    ),
    "changes_its_inputs": (
        "The right output, and inputs that are not what they were.",
        "answer = super().forward(*(each(torch.clone, x) for x in inputs))\n"
        "        with torch.no_grad():\n"
        "            each(lambda x: x.zero_(), list(inputs))\n"
        "        return answer",
    ),
}

_WRONG_FORWARD = '''

class ModelNew(Model):
    """{why}"""

    def forward(self, *inputs):
        {body}
'''

_KEEPS_ITS_OWN = '''

class ModelNew(Model):
    """Says that it has loaded the state, and keeps its own."""

    def load_state_dict(self, *state, **options):
        return None
'''


def wrong_answers(original: str) -> dict[str, str]:
    """Sources by name: shortcuts that a test is there to catch. Some modules make one of them right."""
    # The original may have imported torch under another name only.
    head = original.rstrip() + "\n\n\nimport torch\n"
    bodies = {
        name: head + _EACH + _WRONG_FORWARD.format(why=why, body=body) for name, (why, body) in _WRONG.items()
    }
    return bodies | {"keeps_its_own_parameters": head + _KEEPS_ITS_OWN}
