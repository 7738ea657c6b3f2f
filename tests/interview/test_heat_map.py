"""Where a tensor differs: what its sentence says, what is drawn, and what stays out of the page."""

from typing import Any

from django.template.loader import render_to_string

from grader.difference import Difference
from interview.heat_map import finding, heat_map, size


def difference(**changes: Any) -> Difference:
    """One column of a matrix of 4 by 6 is off by one."""
    told: dict[str, Any] = {
        "shape": (4, 6),
        "expected_shape": (4, 6),
        "dtype": "float32",
        "expected_dtype": "float32",
        "wrong": 4,
        "total": 24,
        "spans": ((0, 3), (2, 2)),
        "worst": (0, 2),
        "largest": 1.0,
        "relative": 0.5,
        "relative_at": (3, 2),
        "rows": 4,
        "columns": 6,
        "cells": ("004000",) * 4,
    }
    return Difference(**{**told, **changes})


def result(shown: Difference | None, **changes: Any) -> dict[str, Any]:
    """The document of a grading with one test that was not passed."""
    test = {
        "name": "doubles",
        "verdict": "WA",
        "points": 0,
        "max_points": 1,
        "visible": True,
        "difference": None,
    }
    test |= {"wall_seconds": 0.25, "message": "It differs."} | changes
    if shown is not None:
        test["difference"] = vars(shown)
    return {"verdict": "WA", "score": 0, "max_score": 1, "seed": 1, "usage": {}, "tests": [test]}


def page(shown: Difference | None, **changes: Any) -> str:
    return render_to_string("components/tests.html", {"result": result(shown, **changes)})


def test_the_sentence_counts_what_differs_and_says_where_all_of_it_lies() -> None:
    assert finding(difference()) == "4 of 24 elements differ, all at index 2 of dimension 1"


def test_a_block_is_told_by_its_ranges_in_every_dimension() -> None:
    found = finding(difference(spans=((1, 2), (3, 5))))
    assert found == "4 of 24 elements differ, all at index 1 to 2 of dimension 0 and 3 to 5 of dimension 1"


def test_where_everything_differs_no_place_is_named() -> None:
    assert finding(difference(wrong=24, spans=((0, 3), (0, 5)))) == "Every element differs"


def test_what_is_not_finite_is_counted_in_the_sentence() -> None:
    told = finding(difference(not_finite=2))
    assert told == "4 of 24 elements differ, all at index 2 of dimension 1; 2 NaN or infinite on one side"


def test_two_shapes_and_two_dtypes_are_named_and_draw_nothing() -> None:
    shapes = Difference((5, 1), (1, 5), "float32", "float32")
    dtypes = Difference((5,), (5,), "float64", "float32")
    assert finding(shapes) == "The shapes differ, so no element was compared"
    assert finding(dtypes) == "The dtypes differ, so no element was compared"
    assert heat_map(shapes) is None


def test_the_size_of_the_error_is_told_with_its_places_and_only_where_it_is_known() -> None:
    assert size(difference()) == "Largest error 1 at [0, 2]; largest relative error 0.5 at [3, 2]"
    assert size(difference().without_values()) == ""


def test_cells_of_one_level_are_one_path_of_runs() -> None:
    picture = heat_map(difference(rows=2, columns=3, shape=(2, 3), cells=("044", "x00")))
    assert picture is not None
    assert [(band.style, band.count) for band in picture.bands] == [("q0", 3), ("q4", 2), ("odd", 1)]
    assert picture.bands[1].path == "M64 18h44v22h-44z"
    assert picture.hatch == "M42 40l22 22m0 -22l-22 22"
    assert (picture.width, picture.height) == ("114", "68")


def test_the_table_names_the_places_as_slices_of_the_tensor() -> None:
    picture = heat_map(
        difference(shape=(3, 100, 70), leading=(2,), rows=100, columns=70, cells=("4" + 31 * "0",) * 32)
    )
    assert picture is not None
    assert picture.bands[1].places.startswith("[2, 0:4, 0:3], [2, 4:7, 0:3],")
    assert picture.bands[1].places.endswith("and 28 more")
    assert picture.caption == (
        "The slice with the largest error, [2, :, :]. Down: dimension 1 (100); across: dimension 2 (70)"
    )


def test_a_single_dimension_is_drawn_as_a_row_without_labels_beside_it() -> None:
    picture = heat_map(difference(shape=(3,), rows=1, columns=3, cells=("040",)))
    assert picture is not None
    assert picture.down == ()
    assert [label.text for label in picture.across] == ["0", "2"]
    assert picture.bands[1].places == "[1]"
    assert picture.caption == "Dimension 0 (3) from left to right"


def test_a_test_shows_its_difference_and_how_long_it_took() -> None:
    shown = page(difference())
    assert "4 of 24 elements differ, all at index 2 of dimension 1." in shown
    assert "Largest error 1 at [0, 2]" in shown
    assert "0.25 s" in shown
    assert "style=" not in shown


def test_a_test_without_a_difference_shows_none() -> None:
    assert "<figure" not in page(None)


def test_shapes_that_differ_stand_beside_each_other() -> None:
    shown = page(Difference((5, 1), (1, 5), "float32", "float32"))
    assert 'yours <span class="mono">(5, 1)</span>, expected <span class="mono">(1, 5)</span>' in shown
    assert "<svg viewBox" not in shown.split("<figure")[1]


def test_a_test_that_was_not_run_shows_no_time() -> None:
    assert " s ·" not in page(None, verdict="SK", wall_seconds=0.0)
