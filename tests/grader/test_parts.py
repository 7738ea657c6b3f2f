"""Several properties in one test: partial credit and its reason at the same time."""

import pytest

from grader import Verdict
from tests.grader.workshop import Judge

TESTS = """
@test("rows", points=4, reveal="message")
def rows(candidate, part):
    with part("the first is 1"):
        assert candidate.solve(1) == 1
    with part("the second is 2", weight=2):
        expect(close(candidate.solve(2), 2.0, what="the second"))
    with part("zero is refused"), raises(ValueError):
        candidate.solve(0)
"""
RIGHT = "def solve(x):\n    if not x: raise ValueError('no')\n    return x if x == 1 else float(x)\n"


def test_all_parts_earn_all_points(judge: Judge):
    result = judge(TESTS, RIGHT)
    assert (result.verdict, result.score, result.tests[0].message) == (Verdict.ACCEPTED, 4.0, "")


def test_a_part_that_does_not_hold_costs_its_weight_and_the_test_is_not_accepted(judge: Judge):
    result = judge(TESTS, RIGHT.replace("float(x)", "float(x) + 1"))
    assert (result.verdict, result.score, result.max_score) == (Verdict.WRONG_ANSWER, 2.0, 4.0)
    assert result.for_candidate().tests[0].message == (
        "2 of 3 parts hold: the first is 1; zero is refused.\n"
        "Not this: the second is 2. the second is off by 1."
    )


def test_parts_after_an_exception_are_tried_all_the_same(judge: Judge):
    result = judge(TESTS, "def solve(x):\n    if x == 1: return {}['key']\n    return 2.0\n")
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 2.0)
    assert "Not this: the first is 1. The submission raised KeyError: 'key'" in result.tests[0].message


def test_no_part_that_holds_earns_nothing(judge: Judge):
    result = judge(TESTS, "def solve(x): return None")
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 0.0)
    assert result.tests[0].message.startswith("0 of 3 parts hold.\nNot this: the first is 1.")


def test_what_fails_outside_the_parts_fails_the_whole_test(judge: Judge):
    tests = TESTS + "    assert candidate.solve(3) == 4\n"
    result = judge(tests, RIGHT)
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 0.0)


@pytest.mark.parametrize("ending", ["import os; os._exit(3)", "x = bytearray(1 << 40)"])
def test_a_crash_or_a_limit_inside_a_part_keeps_its_own_verdict(judge: Judge, ending: str):
    result = judge(TESTS, f"def solve(x):\n    {ending}\n")
    assert result.verdict in {Verdict.RUNTIME_ERROR, Verdict.MEMORY_LIMIT}
    assert result.score == 0.0


def test_a_weight_of_nothing_is_the_questions_fault(judge: Judge):
    tests = "@test('t')\ndef t(part):\n    with part('p', weight=0):\n        pass\n"
    assert judge(tests, RIGHT).verdict is Verdict.JUDGE_ERROR


def test_an_author_may_give_a_share_of_a_test_that_is_not_passed(judge: Judge):
    tests = "@test('t', points=4)\ndef t(candidate):\n    return Check(False, 'nearly', share=0.5)\n"
    result = judge(tests, "def solve(): return 1")
    assert (result.verdict, result.score, result.tests[0].message) == (Verdict.WRONG_ANSWER, 2.0, "nearly")
