"""The range around a share that few answers gave."""

import pytest

from interview.interval import Interval, wilson

# R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven methods", Statistics in
# Medicine 17 (1998), 857-872, table I: 95 % limits by the score method without a correction for continuity.
PUBLISHED = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("right", "of", "low", "high"), PUBLISHED)
def test_the_interval_is_that_of_published_examples(right: int, of: int, low: float, high: float) -> None:
    found = wilson(right / of, of, level=0.95)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_it_stays_between_nothing_and_everything() -> None:
    assert (wilson(0.0, 1).low, wilson(1.0, 1).high) == (0.0, 1.0)


def test_more_answers_make_it_narrower_and_less_than_one_makes_it_wider() -> None:
    widths = [wilson(0.7, answers).width for answers in (0.5, 1, 4, 16)]
    assert widths == sorted(widths, reverse=True)


def test_ranges_that_touch_overlap() -> None:
    assert Interval(0.2, 0.5).overlaps(Interval(0.5, 0.9))
    assert Interval(0.5, 0.9).overlaps(Interval(0.2, 0.5))
    assert not Interval(0.2, 0.4).overlaps(Interval(0.5, 0.9))
