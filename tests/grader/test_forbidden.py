"""Names that a question forbids: refused under every name that an honest answer meets, and explained."""

import json

import pytest

from grader import Grader, Question, Result, Verdict
from grader.check import check_question
from tests.grader.workshop import Judge, question

TESTS = "@test('t', points=1)\ndef t(candidate):\n    candidate.solve(torch.ones(2, 2))\n"
IMPORTS = "import torch\nimport torch.nn.functional as F\nfrom torch import nn, Tensor\n"


def used(judge: Judge, forbid: str, expression: str, imports: str = "") -> Result:
    source = f"{IMPORTS}{imports}\ndef solve(x):\n    return {expression}\n"
    return judge(TESTS, source, forbid=forbid)


@pytest.mark.parametrize(
    ("forbid", "expression", "imports"),
    [
        ("torch.softmax", "torch.softmax(x, 0)", ""),
        ("torch.softmax", "F.softmax(x, 0)", ""),
        ("torch.softmax", "x.softmax(0)", ""),
        ("torch.softmax", "Tensor.softmax(x, 0)", ""),
        ("torch.softmax", "Tensor.__dict__['softmax'](x, 0)", ""),
        ("torch.softmax", "torch.special.softmax(x, 0)", ""),
        ("torch.softmax", "torch._softmax(x, 0, False)", ""),
        ("torch.softmax", "torch._C._VariableFunctions.softmax(x, 0)", ""),
        ("torch.softmax", "torch._VF.softmax(x, 0)", ""),
        ("torch.softmax", "torch.ops.aten.softmax.int(x, 0)", ""),
        ("torch.softmax", "torch.ops.aten._softmax(x, 0, False)", ""),
        ("torch.softmax", "torch.ops.aten._softmax.default(x, 0, False)", ""),
        ("torch.softmax", "getattr(torch, 'soft' + 'max')(x, 0)", ""),
        ("torch.softmax", "vars(F)['softmax'](x, 0)", ""),
        ("torch.softmax", "softmax(x, 0)", "from torch.nn.functional import softmax"),
        ("torch.softmax", "s(x, 0)", "from torch import softmax as s"),
        ("torch.softmax", "sys.modules['torch'].softmax(x, 0)", "import sys"),
        ("torch.softmax", "importlib.import_module('torch.nn.functional').softmax(x, 0)", "import importlib"),
        ("torch.softmax", "nn.Softmax(0)(x)", ""),
        ("torch.nn.functional.softmax", "torch.softmax(x, 0)", ""),
        ("torch.Tensor.softmax", "torch.softmax(x, 0)", ""),
        ("torch.nn.functional.gelu", "torch._C._nn.gelu(x)", ""),
        ("torch.matmul", "x @ x", ""),
        ("torch.Tensor.__matmul__", "x @ x", ""),
        ("torch.Tensor.__matmul__", "torch.matmul(x, x)", ""),
        ("torch.nn.functional.relu", "torch.relu_(x)", ""),
        ("torch.nn.LayerNorm", "nn.LayerNorm(2)(x)", ""),
        ("torch.nn.LayerNorm", "LayerNorm(2)(x)", "from torch.nn.modules.normalization import LayerNorm"),
        ("torch.nn.LayerNorm", "Mine(2)(x)", "class Mine(nn.LayerNorm): pass"),
        ("torch.nn.functional.layer_norm", "nn.LayerNorm(2)(x)", ""),
        ("torch.nn.functional.layer_norm", "torch.native_layer_norm(x, [2], None, None, 1e-5)", ""),
        ("torch.optim.AdamW", "AdamW([nn.Parameter(x)])", "from torch.optim.adamw import AdamW"),
        ("torch.autograd.grad", "grad(x.sum(), x)", "from torch.autograd import grad"),
        ("torch.Tensor.backward", "x.requires_grad_().sum().backward()", ""),
        ("math.exp", "math.exp(1)", "import math"),
    ],
)
def test_a_forbidden_name_is_refused_under_its_other_names_as_well(
    judge: Judge, forbid: str, expression: str, imports: str
):
    result = used(judge, forbid, expression, imports)
    assert (result.verdict, result.score) == (Verdict.RUNTIME_ERROR, 0.0)
    assert "which is forbidden here" in result.message, result.tests[0].message
    assert forbid in result.message


@pytest.mark.parametrize(
    ("forbid", "expression"),
    [
        ("torch.softmax", "torch.log_softmax(x, 0)"),
        ("torch.softmax", "x.exp() / x.exp().sum()"),
        ("torch.nn.functional.conv2d", "F.conv1d(x[None], x[None])"),
        ("torch.nn.LayerNorm", "isinstance(nn.Linear(2, 2), nn.LayerNorm)"),
        ("torch.nn.LayerNorm", "F.layer_norm(x, [2])"),
        ("torch.nn.MultiheadAttention", "F.scaled_dot_product_attention(x, x, x)"),
        ("torch.optim.Adam", "torch.optim.SGD([nn.Parameter(x)], lr=0.1) and 0"),
        ("torch.autograd.grad", "x.requires_grad_().sum().backward()"),
        ("torch.matmul", "torch.einsum('ij,jk->ik', x, x)"),
    ],
)
def test_what_is_not_forbidden_works_as_before(judge: Judge, forbid: str, expression: str):
    result = used(judge, forbid, expression)
    assert (result.verdict, result.message) == (Verdict.ACCEPTED, ""), result.tests[0].message


def test_the_message_says_which_name_which_line_and_why(judge: Judge):
    result = judge(TESTS, f"{IMPORTS}def solve(x):\n    return x.softmax(0)\n", forbid="torch.softmax")
    assert result.message == (
        "Line 5 of solution.py uses `torch.Tensor.softmax`, another name of `torch.softmax`, which is forbidden"
        " here. This question asks you to write it yourself."
    )
    assert result.tests[0].message.startswith(result.message)
    assert result.for_candidate().message == result.message


def test_a_library_that_uses_it_in_turn_is_told_from_using_it(judge: Judge):
    source = f"{IMPORTS}norm = nn.LayerNorm(2)\ndef solve(x):\n    return norm(x)\n"
    message = judge(TESTS, source, forbid="torch.nn.functional.layer_norm").message
    assert message.startswith(
        "Line 6 of solution.py calls something that uses `torch.nn.functional.layer_norm`, which is forbidden"
    )


def test_the_authors_reason_is_told(grader: Grader):
    plain = question(TESTS, forbid="torch.softmax")
    front = plain.files["question.yaml"] + b"forbid_because: The point is the shift by the largest logit.\n"
    asked = Question.from_files({**plain.files, "question.yaml": front})
    result = grader.judge(asked, {"solution.py": f"{IMPORTS}def solve(x):\n    return torch.softmax(x, 0)\n"})
    assert result.message.endswith("which is forbidden here. The point is the shift by the largest logit.")


def test_using_it_while_the_submission_is_imported_is_told_as_well(judge: Judge):
    source = f"{IMPORTS}table = torch.softmax(torch.ones(3), 0)\ndef solve(x):\n    return table\n"
    result = judge(TESTS, source, forbid="torch.softmax")
    assert result.verdict is Verdict.COMPILE_ERROR
    assert "The submission cannot be imported. Line 4 of solution.py uses `torch.softmax`" in result.message


def test_what_a_submission_makes_up_of_a_rule_is_no_rule(judge: Judge):
    rule = json.dumps({"used": "x", "listed": "x", "line": 1, "file": "x", "direct": True})
    source = (
        f"class Forbidden(RuntimeError):\n    rule = {rule!r}\ndef solve(x):\n    raise Forbidden('no')\n"
    )
    result = judge(TESTS, source, forbid="torch.softmax")
    assert (result.message, result.tests[0].message) == ("", "Forbidden: no")


def test_an_expected_exception_is_not_taken_from_a_rule(judge: Judge):
    tests = "@test('t')\ndef t(candidate):\n    with raises(RuntimeError):\n        candidate.solve(torch.ones(2))\n"
    result = judge(tests, f"{IMPORTS}def solve(x): return torch.softmax(x, 0)", forbid="torch.softmax")
    assert result.verdict is Verdict.RUNTIME_ERROR


def test_gradients_are_taken_where_taking_them_is_forbidden(judge: Judge):
    tests = "compare('solve', against=lambda x: 2 * x, gradients=True, inputs=lambda draw: [case(draw.normal(3))])\n"
    forbid = "torch.autograd.grad, torch.autograd.backward, torch.Tensor.backward"
    assert judge(tests, "def solve(x): return 2 * x", forbid=forbid).verdict is Verdict.ACCEPTED


def test_a_name_that_does_not_exist_stands_in_no_gradings_way(judge: Judge):
    forbid = "torch.sofmax, torch.nn.Lunar, torch.softmax"
    assert judge(TESTS, "def solve(x): return x", forbid=forbid).verdict is Verdict.ACCEPTED
    assert "uses `torch.softmax`" in used(judge, forbid, "torch.softmax(x, 0)").message


def test_check_refuses_a_name_that_does_not_exist_and_says_where(grader: Grader):
    plain = question(TESTS, forbid="torch.sofmax")
    extra = {
        "submissions/accepted/right.py": b"def solve(x): return x\n",
        "submissions/wrong_answer/wrong.py": b"def solve(x): return 1\n",
    }
    report = check_question(Question.from_files({**plain.files, **extra}), grader, seeds=1)
    before, _, _ = plain.files["question.yaml"].partition(b"forbid:")
    line = before.count(b"\n") + 1
    assert [str(problem) for problem in report.problems] == [
        f"question.yaml:{line}: forbids torch.sofmax, which does not exist (did you mean 'torch.softmax'?)"
    ]
