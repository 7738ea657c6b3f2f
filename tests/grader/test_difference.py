"""Where a tensor differs from what was expected: worked out, told by tier, and read with suspicion."""

import json
from dataclasses import asdict, replace

import pytest
import torch

from grader import Result
from grader.checks import close
from grader.difference import SIDE, Difference, read_difference
from tests.grader.workshop import Judge

SHOWN = """
compare("solve", name="doubles", against=lambda x: 2 * x, inputs=lambda draw: [case(draw.normal(4, 6))],
        visible={visible}, reveal="{reveal}")
"""
OFF_IN_ONE_COLUMN = "def solve(x):\n    y = 2 * x\n    y[:, 2] += 1\n    return y"


def difference(actual: torch.Tensor, expected: torch.Tensor) -> Difference:
    found = close(actual, expected).difference
    assert found is not None
    return found


def zeros(*shape: int) -> torch.Tensor:
    return torch.zeros(shape)


def changed(shape: tuple[int, ...], place: tuple[int, ...], value: float = 1.0) -> torch.Tensor:
    tensor = zeros(*shape)
    tensor[place] = value
    return tensor


def test_a_wrong_shape_is_told_with_both_shapes_and_nothing_compared():
    found = difference(zeros(5, 1), zeros(1, 5))
    assert found == Difference((5, 1), (1, 5), "float32", "float32")


def test_a_wrong_dtype_is_told_with_both_dtypes():
    found = difference(zeros(3).double(), zeros(3))
    assert (found.dtype, found.expected_dtype, found.total) == ("float64", "float32", 0)


def test_one_wrong_element_is_counted_placed_and_measured():
    found = difference(changed((3, 4), (1, 2), 0.5), zeros(3, 4))
    assert (found.wrong, found.total, found.not_finite) == (1, 12, 0)
    assert (found.worst, found.largest, found.spans) == ((1, 2), 0.5, ((1, 1), (2, 2)))
    assert found.cells == ("0000", "0040", "0000")


def test_the_largest_relative_error_has_a_place_of_its_own():
    expected = torch.tensor([100.0, 1.0])
    found = difference(torch.tensor([110.0, 1.5]), expected)
    assert (found.worst, found.largest, found.relative_at, found.relative) == ((0,), 10.0, (1,), 0.5)


def test_levels_are_shares_of_the_largest_error():
    found = difference(torch.tensor([0.0, 0.001, 0.05, 0.3, 1.0]), zeros(5))
    assert found.cells == ("01234",)


def test_a_large_matrix_is_reduced_to_the_largest_error_of_each_block():
    found = difference(changed((100, 70), (99, 35)), zeros(100, 70))
    assert (len(found.cells), {len(row) for row in found.cells}) == (SIDE, {SIDE})
    assert [(r, row.index("4")) for r, row in enumerate(found.cells) if "4" in row] == [(31, 16)]
    assert len(json.dumps(asdict(found))) < 2048


def test_of_more_than_two_dimensions_the_slice_with_the_largest_error_is_shown():
    actual = changed((2, 3, 4, 5), (1, 2, 3, 4))
    actual[0, 0, 0, 0] = 0.5
    found = difference(actual, zeros(2, 3, 4, 5))
    assert (found.leading, found.rows, found.columns) == ((1, 2), 4, 5)
    assert found.cells == ("00000", "00000", "00000", "00004")


def test_a_single_dimension_is_one_row_and_a_single_number_has_no_map():
    assert difference(changed((3,), (1,)), zeros(3)).cells == ("040",)
    single = difference(torch.tensor(2.0), torch.tensor(1.0))
    assert (single.cells, single.worst, single.largest, single.wrong) == ((), (), 1.0, 1)


def test_what_is_not_finite_is_marked_and_counts_as_the_worst():
    found = difference(torch.tensor([[1.0, float("nan")], [0.0, float("inf")]]), zeros(2, 2))
    assert (found.not_finite, found.worst, found.largest) == (2, (0, 1), 1.0)
    assert found.cells == ("4x", "0x")


def test_where_nothing_is_finite_there_is_no_largest_error():
    found = difference(torch.full((2,), float("nan")), zeros(2))
    assert (found.largest, found.relative, found.relative_at, found.cells) == (None, None, (), ("xx",))


def test_errors_beyond_the_largest_number_stay_numbers():
    found = difference(
        torch.tensor([1.7e308], dtype=torch.float64), torch.tensor([-1.7e308], dtype=torch.float64)
    )
    assert found.largest == torch.finfo(torch.float64).max
    assert found.not_finite == 0


@pytest.mark.parametrize(
    "dtype", [torch.bool, torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.complex64]
)
def test_every_dtype_has_a_difference(dtype: torch.dtype):
    found = difference(torch.tensor([0, 1]).to(dtype), torch.tensor([0, 0]).to(dtype))
    assert (found.wrong, found.largest, found.cells) == (1, 1.0, ("04",))


def test_a_tensor_inside_a_list_or_a_dictionary_has_its_difference():
    check = close({"a": [zeros(2), changed((2,), (0,))]}, {"a": [zeros(2), zeros(2)]})
    assert check.difference is not None
    assert check.difference.cells == ("40",)


def test_arrays_are_compared_as_tensors_are():
    check = close(changed((2, 2), (0, 1)).numpy(), zeros(2, 2).numpy())
    assert check.difference is not None
    assert check.difference.cells == ("04", "00")


def test_numbers_and_words_have_no_difference():
    assert close(1.0, 2.0).difference is None
    assert close("a", "b").difference is None


def test_a_result_goes_to_json_and_back_with_its_differences(judge: Judge):
    result = judge(SHOWN.format(visible=True, reveal="expected"), OFF_IN_ONE_COLUMN)
    assert result.tests[0].difference is not None
    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result


def test_a_result_from_before_differences_were_kept_still_reads(judge: Judge):
    result = judge(SHOWN.format(visible=True, reveal="expected"), OFF_IN_ONE_COLUMN)
    document = result.to_dict()
    for test in document["tests"]:
        del test["difference"]
    bare = replace(result, tests=tuple(replace(test, difference=None) for test in result.tests))
    assert Result.from_dict(document) == bare


def test_a_comparison_tells_which_column_is_wrong(judge: Judge):
    (test,) = judge(SHOWN.format(visible=True, reveal="expected"), OFF_IN_ONE_COLUMN).for_candidate().tests
    assert test.difference is not None
    assert (test.difference.wrong, test.difference.total, test.difference.spans) == (4, 24, ((0, 3), (2, 2)))
    assert test.difference.cells == ("004000",) * 4


@pytest.mark.parametrize("reveal", ["name", "message"])
def test_below_output_nothing_of_a_difference_is_told(judge: Judge, reveal: str):
    result = judge(SHOWN.format(visible=False, reveal=reveal), OFF_IN_ONE_COLUMN)
    assert result.tests[0].difference is not None
    told = json.dumps(result.for_candidate().to_dict())
    assert result.for_candidate().tests[0].difference is None
    assert "004000" not in told
    assert "spans" not in told


def test_with_output_alone_the_size_of_an_error_stays_back(judge: Judge):
    result = judge(SHOWN.format(visible=False, reveal="output"), OFF_IN_ONE_COLUMN)
    (kept,), (told,) = result.tests, result.for_candidate().tests
    assert kept.difference is not None
    assert kept.difference.largest is not None
    assert kept.difference.relative is not None
    assert told.difference == replace(kept.difference, largest=None, relative=None, relative_at=())


@pytest.mark.parametrize(
    "asserted",
    [
        "torch.equal(candidate.solve(x), 2 * x)",
        "torch.allclose(candidate.solve(x), 2 * x, rtol=0.001, atol=0.001)",
    ],
)
def test_an_assert_that_asks_whether_tensors_are_alike_says_where_they_are_not(judge: Judge, asserted: str):
    tests = f"""
@test('alike', visible=True)
def alike(candidate, draw, torch):
    x = draw.normal(4, 6)
    assert {asserted}
"""
    (test,) = judge(tests, OFF_IN_ONE_COLUMN).tests
    assert test.message == f"Does not hold: {asserted}"
    assert test.difference is not None
    assert test.difference.cells == ("004000",) * 4
    assert test.expected.endswith("(tensor (4, 6) float32)")


def test_a_tolerance_of_an_assert_holds_for_its_difference(judge: Judge):
    tests = """
@test('alike', visible=True)
def alike(candidate, torch):
    expected = torch.zeros(3)
    assert torch.allclose(candidate.solve(expected), expected, atol=1e-3), "It should be zero."
"""
    (test,) = judge(tests, "import torch\ndef solve(x):\n    return torch.tensor([0.0, 1e-4, 1.0])").tests
    assert test.message == "It should be zero."
    assert test.difference is not None
    assert (test.difference.wrong, test.difference.cells) == (1, ("004",))


def test_an_assert_on_shapes_of_tensors_that_cannot_be_laid_side_by_side_tells_both(judge: Judge):
    tests = """
@test('alike', visible=True)
def alike(candidate, torch):
    assert torch.equal(candidate.solve(1), torch.ones(1, 5))
"""
    (test,) = judge(tests, "import torch\ndef solve(x):\n    return torch.ones(5, 1)").tests
    assert test.difference == Difference((5, 1), (1, 5), "float32", "float32")


def test_parts_of_a_test_keep_the_difference_of_the_first_that_does_not_hold(judge: Judge):
    tests = """
@test('parts', visible=True)
def parts(candidate, part, torch):
    with part("holds"):
        assert True
    with part("is zero"):
        expect(close(candidate.solve(1), torch.zeros(2)))
"""
    (test,) = judge(tests, "import torch\ndef solve(x):\n    return torch.tensor([0.0, 1.0])").tests
    assert test.difference is not None
    assert test.difference.cells == ("04",)


GOOD = asdict(
    Difference((2,), (2,), "float32", "float32", 1, 2, 0, ((0, 0),), (0,), 1.0, 1.0, (0,), (), 1, 2, ("40",))
)


def test_a_difference_is_read_as_it_was_told():
    assert read_difference(json.loads(json.dumps(GOOD))) == Difference.from_dict(GOOD)
    assert read_difference(None) is None


@pytest.mark.parametrize(
    "lie",
    [
        {"cells": ["<script>"]},
        {"cells": ["0" * 33]},
        {"cells": ["0"] * 33},
        {"cells": ["00", "0"]},
        {"cells": [5]},
        {"dtype": "<b>float32</b>"},
        {"expected_dtype": 7},
        {"shape": [1] * 9},
        {"shape": [-1]},
        {"shape": ["1"]},
        {"shape": [True]},
        {"wrong": 10**13},
        {"total": "2"},
        {"largest": float("nan")},
        {"largest": -1.0},
        {"relative": "1"},
        {"spans": [[0, 1, 2]]},
        {"spans": [[0, 1]] * 9},
        {"worst": "12"},
        {"more": 1},
    ],
)  # fmt: skip
def test_what_no_judge_would_say_is_refused(lie: dict[str, object]):
    with pytest.raises(ValueError, match="difference"):
        read_difference({**GOOD, **lie})


def test_what_is_no_mapping_is_refused():
    with pytest.raises(ValueError, match="no mapping"):
        read_difference("40")
