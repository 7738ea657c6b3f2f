"""What a process says of where its error arose is hostile: places in what was handed in stay, and nothing else."""

from typing import Any

import pytest

from grader.frames import MOST, Frame, read_frames, read_places

FILES = {"solution.py": "import torch\n\n    x = 1\n" + "y" * 500}


def test_the_text_of_a_line_comes_from_the_file():
    assert read_frames([("solution.py", 3, "solve", 5)], FILES) == (
        Frame("solution.py", 3, "solve", "x = 1", 5),
    )


@pytest.mark.parametrize(
    "told",
    [
        None,
        "solution.py",
        [("grading/tests.py", 1, "t", 0)],
        [("solution.py", 0, "t", 0)],
        [("solution.py", 5, "t", 0)],
        [("solution.py", True, "t", 0)],
        [("solution.py", 1.0, "t", 0)],
        [("solution.py", 1, None, 0)],
        [("solution.py", 1, "t")],
        [{"file": "solution.py"}],
        [[]],
    ],
)
def test_what_is_no_place_in_the_files_is_left_out(told: Any):
    assert read_frames(told, FILES) == ()


def test_names_and_lines_are_bounded_and_plain():
    (frame,) = read_frames([("solution.py", 4, "f\x1b\u202e" + "n" * 500, 10**9)], FILES)
    assert (frame.function, frame.text, frame.column) == ("f␛\\u202e" + "n" * 77, "y" * 200, 0)


def test_the_innermost_places_are_kept():
    assert read_places([("solution.py", line, "f", 0) for line in range(100)])[0][1] == 100 - MOST


def test_a_frame_reads_as_people_say_it():
    assert str(Frame("solution.py", 12, "softmax", "return x / 0")) == (
        "solution.py, line 12, in softmax: return x / 0"
    )
