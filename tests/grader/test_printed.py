"""Printed text: compared as numbers where it is numbers, by nesting where it has brackets, as words elsewhere."""

import pytest

from grader.printed import same_print
from tests.grader.workshop import Judge


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        ("[0.26894142 0.73105858]", "[0.2689, 0.7311]"),
        ("0.3334", "0.3333"),
        ("3.0", "3"),
        ("1e-05", "0.00001"),
        ("-0.0", "0.0"),
        ("[[1. 2.]\n [3. 4.]]", "[[1, 2], [3, 4]]"),
        ("array([1., 2.], dtype=float32)", "[1. 2.]"),
        ("tensor([[1., 2.]], grad_fn=<AddBackward0>)", "[[1.0, 2.0]]"),
        ("(np.float64(0.5), np.True_, [np.int64(3)])", "(0.5, True, [3])"),
        ("[nan inf -inf]", "[ nan  inf -inf]"),
        ("{'b': 2, 'a': [1.00000001]}", "{'a': [1.0], 'b': 2}"),
        ("{3, 1, 2}", "{1, 2, 3}"),
        ("(1+2j) [-1.-2.j  3.+0.j]", "(1+2j) [-1.-2.j  3.+0.j]"),
        ("['a', \"b c\"]", "['a', 'b c']"),
        ("loss:  0.51000001\nDone", "loss: 0.51 Done"),
        ("[] torch.Size([2, 3])", "[]\ntorch.Size([2, 3])"),
    ],
)
def test_texts_that_say_the_same_are_the_same(actual: str, expected: str):
    check = same_print(actual, expected)
    assert (check.ok, check.message) == (True, "")


@pytest.mark.parametrize(
    ("actual", "expected", "message"),
    [
        ("0.334", "0.333", "0.334 is printed where 0.333 is expected."),
        ("[1, 3]", "[1, 2]", "At position 1: 3 is printed where 2 is expected."),
        ("12345678901234567890", "12345678901234567891", "12345678901234567890 is printed where"),
        ("[1 2]", "[[1 2]]", "2 values printed where 1 value is expected."),
        ("[1, 2]", "(1, 2)", "[…] is printed where (…) is expected."),
        ("nan", "0.5", "nan is printed where 0.5 is expected."),
        ("inf", "-inf", "inf is printed where -inf is expected."),
        ("hello World", "hello world", "'World' is printed where 'world' is expected."),
        ("True", "1", "'True' is printed where 1 is expected."),
        ("{'a': 1, 'b': 2}", "{'a': 1, 'b': 3}", "nothing is printed that matches 'b' ':' 3."),
        ("{1, 2, 3}", "{1, 2}", "3 is printed and not expected."),
        ("(1+2j)", "(1-2j)", "+2 is printed where -2 is expected."),
        ("", "None", "nothing printed where 1 value is expected."),
        ("torch.Size([2, 3])", "torch.Size([2, 4])", "3 is printed where 4 is expected."),
        ("v1.2", "v1.3", "'v1.2' is printed where 'v1.3' is expected."),
    ],
)
def test_texts_that_differ_are_told_apart_with_a_remark(actual: str, expected: str, message: str):
    check = same_print(actual, expected)
    assert not check.ok
    assert message in check.message


def test_few_decimals_are_no_rounding_but_the_answer():
    assert not same_print("0.6", "0.5").ok
    assert not same_print("0.67", "0.66").ok


def test_a_test_may_bring_its_own_tolerance():
    assert same_print("103.0", "100.0", rtol=0.05).ok


SCRIPT = """\
from grader.printed import printed, same_print

@test("prints", visible=True)
def prints(candidate):
    expect(same_print(printed(candidate, "value = solve(3)\\nprint(value)"), "9.0"))

@test("begins afresh")
def begins_afresh(candidate):
    assert printed(candidate, "print('value' in dir())") == "False\\n"
"""


def test_a_script_runs_among_the_names_of_the_submission(judge: Judge):
    result = judge(SCRIPT, "def solve(x):\n    return x * x\n")
    assert [test.verdict.value for test in result.tests] == ["AC", "AC"]


def test_what_a_script_raises_is_a_runtime_error_of_the_submission(judge: Judge):
    result = judge(SCRIPT, "def solve(x):\n    raise KeyError('lost')\n")
    assert (result.tests[0].verdict.value, "lost" in result.tests[0].message) == ("RE", True)


def test_a_submission_without_built_in_functions_is_not_waited_for(judge: Judge):
    result = judge(SCRIPT, "def solve(x):\n    return x\n\n__builtins__ = {}\n")
    assert result.tests[0].verdict.value != "AC"
