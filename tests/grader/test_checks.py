"""Comparisons and the remarks that they make."""

import math

import numpy as np
import pytest
import torch

from grader.checks import close, show

ONES = torch.ones(2, 3)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (ONES, ONES + 1e-7),
        (1.0, 1.0 + 1e-12),
        (1, 1.0),
        ([1.0, ONES], [1.0, ONES]),
        ({"a": ONES}, {"a": ONES}),
        (np.ones(3), np.ones(3)),
        ("x", "x"),
        (torch.tensor([math.inf]), torch.tensor([math.inf])),
        (torch.empty(0, 3), torch.empty(0, 3)),
        (torch.tensor([True]), torch.tensor([True])),
    ],
)
def test_what_is_the_same_is_close(actual: object, expected: object):
    assert close(actual, expected).ok


@pytest.mark.parametrize(
    ("actual", "expected", "message"),
    [
        (ONES + 1, ONES, "the result is wrong in every element: largest relative error 1 at [0, 0]."),
        (torch.ones(3), ONES, "the result has shape (3,); expected is (2, 3)."),
        (ONES.double(), ONES, "the result has dtype float64; expected is float32."),
        (None, ONES, "the result should be a tensor, and is None."),
        ([1.0], ONES, "the result should be a tensor, and is a list."),
        (ONES * math.nan, ONES, "the result has NaN at [0, 0], where a finite number is expected."),
        (ONES * math.inf, ONES, "the result has infinity at [0, 0], where a finite number is expected."),
        (math.nan, 1.0, "the result is off by nan."),
        (True, 1, "the result differs from what was expected."),
        ([1.0], [1.0, 2.0], "the result should have 2 items, and is 1 items."),
        ({"a": 1.0}, {"b": 1.0}, "the result does not have the expected keys."),
        ({"a": 1.5}, {"a": 1.0}, "'a' of the result is off by 0.5."),
    ],
)
def test_what_differs_is_remarked_upon(actual: object, expected: object, message: str):
    check = close(actual, expected)
    assert (check.ok, check.message) == (False, message)


def test_nan_matches_nan_only_where_that_is_asked_for():
    nan = torch.tensor([math.nan, 1.0])
    assert (close(nan, nan).ok, close(nan, nan, equal_nan=True).ok) == (False, True)


def test_nan_does_not_match_a_number_even_where_nan_may_match_nan():
    assert not close(torch.tensor([math.nan]), torch.tensor([1.0]), equal_nan=True, atol=1e9).ok


def test_infinity_does_not_match_through_a_tolerance():
    assert not close(torch.tensor([1.0]), torch.tensor([math.inf]), rtol=1.0).ok


def test_whole_numbers_are_compared_exactly():
    assert not close(torch.tensor([1 << 40]), torch.tensor([(1 << 40) + 1])).ok


def test_the_worst_place_is_named():
    actual = ONES.clone()
    actual[1, 2] = 1.5
    assert close(actual, ONES).message == (
        "the result is wrong in 1 of 6 elements: largest relative error 0.5 at [1, 2]."
    )


def test_long_values_are_shown_short():
    assert len(show(torch.arange(100_000))) < 200
    assert len(show("x" * 10_000)) < 700
