"""What is claimed of several sittings in a row, and where the picture puts them."""

from datetime import UTC, datetime, timedelta

import pytest

from interview.chart import BOTTOM, LEFT, RIGHT, TOP
from interview.course import Course, Point, trend

FIRST = datetime(2026, 3, 1, 10, tzinfo=UTC)


def points(*shares: float, counted: bool = True, answers: int = 2, start: int = 0) -> tuple[Point, ...]:
    """A sitting a day."""
    return tuple(
        Point(f"Sitting {number}", FIRST + timedelta(days=number), share, answers, counted)
        for number, share in enumerate(shares, start=start)
    )


def course(*shares: float, counted: bool = True) -> Course:
    return Course("Optimizers", points(*shares, counted=counted))


def test_one_sitting_is_no_trend() -> None:
    one = course(0.45)
    assert trend(one.points) is None
    assert (one.finding, one.trend) == (
        "Optimizers: 45 % in one interview",
        "One interview is no trend: that takes two.",
    )
    assert (one.line, len(one.marks), one.marks[0].x) == ("", 1, (LEFT + RIGHT) / 2)


def test_the_latest_is_held_against_the_mean_of_those_before() -> None:
    three = course(0.45, 0.55, 0.8)
    assert three.finding == "Optimizers: from 45 % to 80 % in three interviews"
    assert three.trend == (
        "The latest is 30 points above the mean of the two before (50 %)."
        " With two answers against four that may be chance."
    )


def test_a_fall_is_told_as_well() -> None:
    assert course(0.8, 0.4).trend.startswith("The latest is 40 points below the one before (80 %).")


def test_what_stays_is_no_change() -> None:
    same = course(0.5, 0.5)
    assert same.finding == "Optimizers: 50 % in the first and the latest of two interviews"
    assert same.trend == "The latest is as high as the one before (50 %)."


@pytest.mark.parametrize(("answers", "is_clear"), [(1, False), (2, False), (4, True), (30, True)])
def test_only_enough_answers_make_a_trend_more_than_chance(answers: int, is_clear: bool) -> None:
    found = trend(points(0.2, 0.9, answers=answers))
    assert found
    assert (found.difference, found.is_clear) == (70, is_clear)
    assert ("more than chance easily explains" in str(found)) == is_clear


def test_interviews_are_told_before_practice_and_practice_alone_is_called_that() -> None:
    both = Course("Optimizers", (*points(0.4, 0.6), *points(0.9, 0.95, counted=False, start=2)))
    assert both.finding == "Optimizers: from 40 % to 60 % in two interviews"
    assert course(0.3, 0.6, counted=False).finding == "Optimizers: from 30 % to 60 % in two practices"


def test_marks_stand_one_after_the_other_with_a_line_for_each_mode() -> None:
    mixed = Course("Optimizers", (*points(0.0), *points(0.5, counted=False, start=1), *points(1.0, start=2)))
    middle = (LEFT + RIGHT) / 2
    assert [(mark.x, mark.y, mark.counted) for mark in mixed.marks] == [
        (LEFT, BOTTOM, True),
        (middle, (TOP + BOTTOM) / 2, False),
        (RIGHT, TOP, True),
    ]
    assert (mixed.line, mixed.practice_line) == (f"{LEFT},{BOTTOM} {RIGHT},{TOP}", "")


def test_the_label_has_the_numbers() -> None:
    mixed = Course("Optimizers", (*points(0.45, 0.8), *points(0.6, counted=False, start=2)))
    assert mixed.label == (
        "Optimizers: from 45 % to 80 % in two interviews."
        " Interviews in order: 45 %, 80 %. Practice in order: 60 %. The table below has all numbers."
    )


def test_a_long_label_has_the_latest_numbers() -> None:
    assert "Interviews the latest eight in order: 20 %, 20 %, 20 %, 20 %" in course(*[0.2] * 30).label


def test_labels_of_two_lines_keep_apart() -> None:
    close = Course("Optimizers", (*points(0.80), *points(0.81, counted=False, start=1)))
    first, second = (label.at for label in close.labels)
    assert abs(first - second) >= 14
