"""Comparing folders of files."""

from interview.diff import LONGEST, Line, compare, compare_texts, unified


def test_equal_folders_have_no_differences() -> None:
    assert compare({"a": b"x\n"}, {"a": b"x\n"}) == []


def test_files_are_added_removed_and_changed_in_the_order_of_their_paths() -> None:
    found = compare({"b": b"1\n", "c": b"1\n"}, {"a": b"1\n", "b": b"2\n"})
    assert [(diff.path, diff.status, diff.added, diff.removed) for diff in found] == [
        ("a", "added", 1, 0),
        ("b", "changed", 1, 1),
        ("c", "removed", 0, 1),
    ]


def test_a_change_stands_among_three_lines_on_either_side_with_the_numbers_of_both() -> None:
    old = "".join(f"line {number}\n" for number in range(1, 11))
    lines = compare_texts(old, old.replace("line 5\n", "five\n"))
    assert lines == [
        *(Line("same", f"line {number}", number, number) for number in (2, 3, 4)),
        Line("removed", "line 5", old=5),
        Line("added", "five", new=5),
        *(Line("same", f"line {number}", number, number) for number in (6, 7, 8)),
    ]


def test_what_lies_between_two_changes_far_apart_is_left_out() -> None:
    old = [f"line {number}" for number in range(40)]
    new = ["first", *old[1:39], "last"]
    kinds = [line.kind for line in compare_texts("\n".join(old), "\n".join(new))]
    assert kinds == ["removed", "added", *["same"] * 3, "gap", *["same"] * 3, "removed", "added"]


def test_what_is_no_text_is_told_by_its_size() -> None:
    (diff,) = compare({"data/x": b"\xff\xfe"}, {"data/x": b"\xff\xfe\xfd"})
    assert (diff.lines, diff.note) == ([], "Not text: 2 bytes before, 3 bytes after.")


def test_a_file_of_very_many_lines_is_not_compared_line_by_line() -> None:
    (diff,) = compare({"data/x": b"1\n" * (LONGEST + 1)}, {"data/x": b"2\n"})
    assert diff.note == f"Over {LONGEST} lines, too long to compare here."


def test_other_line_ends_alone_are_said_in_words() -> None:
    (diff,) = compare({"a": b"1\n2\n"}, {"a": b"1\r\n2\r\n"})
    assert diff.note == "Differs only in how its lines end, or is empty."


def test_a_unified_diff_is_read_without_its_heads() -> None:
    text = "--- a\n+++ b\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n"
    assert unified(text) == [Line("gap"), Line("same", "same"), Line("removed", "old"), Line("added", "new")]
