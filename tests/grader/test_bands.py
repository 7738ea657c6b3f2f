"""Points by bands: a test that passes may earn a part of its points."""

import math

import pytest

from grader import Grader, Question, Verdict
from grader.checks import bands
from tests.grader.workshop import Judge, question

SHARES = {0.80: 0.6, 0.90: 0.8, 0.95: 1.0}
BANDS = """
from grader.testing import bands
@test("accuracy", points=10, reveal="message")
def accuracy(candidate):
    return bands(candidate.solve(), {0.80: 0.6, 0.95: 1.0}, what="accuracy")
"""


@pytest.mark.parametrize(("value", "share"), [(0.80, 0.6), (0.89, 0.6), (0.90, 0.8), (0.95, 1.0), (1.0, 1.0)])
def test_a_value_earns_the_share_of_the_highest_bound_that_it_reaches(value: float, share: float):
    check = bands(value, SHARES)
    assert (check.ok, check.share) == (True, share)


@pytest.mark.parametrize("value", [0.799, 0.0, -1.0, math.nan])
def test_a_value_below_the_lowest_bound_is_not_fine(value: float):
    assert not bands(value, SHARES).ok


def test_a_band_says_where_the_next_one_begins():
    assert bands(0.85, SHARES, what="accuracy").message == "accuracy is 0.850. More points begin at 0.9."
    assert bands(0.99, SHARES, what="accuracy").message == "accuracy is 0.990."


def test_a_lower_band_is_accepted_with_a_part_of_the_points(judge: Judge):
    result = judge(BANDS, "def solve(): return 0.9")
    assert (result.verdict, result.score, result.max_score) == (Verdict.ACCEPTED, 6.0, 10.0)
    assert result.for_candidate().tests[0].message == "accuracy is 0.900. More points begin at 0.95."


def test_the_highest_band_earns_all_points(judge: Judge):
    assert judge(BANDS, "def solve(): return 0.97").score == 10.0


def test_below_the_lowest_band_nothing_is_earned(judge: Judge):
    result = judge(BANDS, "def solve(): return 0.5")
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 0.0)


def test_a_check_that_is_returned_and_not_fine_fails_the_test(judge: Judge):
    tests = "@test('returns')\ndef returns(candidate):\n    return close(candidate.solve(), 1.0)\n"
    assert judge(tests, "def solve(): return 2.0").verdict is Verdict.WRONG_ANSWER
    assert judge(tests, "def solve(): return 1.0").verdict is Verdict.ACCEPTED


def test_the_judge_reads_the_files_of_the_submission_as_well(grader: Grader):
    asked = question(
        "@test('hands over')\ndef hands_over(candidate, data):\n"
        "    assert candidate.solve(data('train.bin')) == 2\n    assert data('both.bin') == b'held out'\n"
    )
    more = {"data/train.bin": b"12", "data/both.bin": b"given", "grading/data/both.bin": b"held out"}
    given = Question.from_files({**asked.files, **more})
    assert grader.judge(given, {"solution.py": "solve = len"}).verdict is Verdict.ACCEPTED
