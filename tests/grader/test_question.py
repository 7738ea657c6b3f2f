"""Question folders: what is read, and what is refused with the place and a suggestion."""

from pathlib import Path

import pytest

from grader import Question, QuestionError, load_question

BANK = Path(__file__).parents[2] / "bank"

FRONT = b"""\
format_version: 1
uuid: 6a4b7a56-1d6f-4a6e-9df5-8e1c5b4f0a11
title: Add two numbers
kind: coding
area: backpropagation
covers: [C3]
level: junior
minutes: 5
entry_points: [add]
"""
TESTS = b"""\
from grader.testing import test

@test("adds", points=2, visible=True)
def adds(candidate):
    assert candidate.add(1, 2) == 3

@test("adds more", group="hidden", points=0.5)
def adds_more(candidate):
    assert candidate.add(10, 2) == 12
"""


def folder(**changes: bytes) -> dict[str, bytes]:
    files = {
        "question.yaml": FRONT,
        "statement.md": b"Add them.",
        "grading/tests.py": TESTS,
        "starter.py": b"# here",
    }
    return files | {name.replace("_yaml", ".yaml"): text for name, text in changes.items()}


def first_problem(files: dict[str, bytes]) -> str:
    with pytest.raises(QuestionError) as caught:
        Question.from_files(files)
    return str(caught.value.problems[0])


def test_a_folder_becomes_a_question():
    question = Question.from_files(folder())
    assert (question.title, question.entry_points, question.max_points) == ("Add two numbers", ("add",), 2.5)
    assert question.starter == {"solution.py": "# here"}


def test_the_outline_of_the_tests_is_known_without_running_them():
    outlines = Question.from_files(folder()).tests
    assert [(t.name, t.group, t.points, t.visible, t.reveal) for t in outlines] == [
        ("adds", "", 2.0, True, "expected"),
        ("adds more", "hidden", 0.5, False, "name"),
    ]


def test_an_unknown_key_is_an_error_with_its_line_and_a_suggestion():
    files = folder(question_yaml=FRONT + b"minuts: 5\n")
    assert first_problem(files) == "question.yaml:10: unknown key 'minuts' (did you mean 'minutes'?)"


def test_a_bad_value_is_an_error_with_its_line_and_a_suggestion():
    files = folder(question_yaml=FRONT.replace(b"kind: coding", b"kind: codng"))
    assert first_problem(files) == "question.yaml:4: 'kind' cannot be 'codng' (did you mean 'coding'?)"


def test_a_missing_key_is_named():
    files = folder(question_yaml=FRONT.replace(b"minutes: 5\n", b""))
    assert first_problem(files) == "question.yaml:1: the file lacks 'minutes' (add it)"


def test_a_key_given_twice_is_an_error():
    files = folder(question_yaml=FRONT + b"level: senior\n")
    assert first_problem(files) == "question.yaml:10: 'level' is given twice (keep one of them)"


def test_a_limit_out_of_range_is_an_error():
    files = folder(question_yaml=FRONT + b"limits:\n  wall_seconds: 0\n")
    assert first_problem(files).startswith("question.yaml:11: 'limits.wall_seconds'")


def test_yaml_that_does_not_parse_is_an_error():
    assert "is not valid YAML" in first_problem(folder(question_yaml=b"a: [\n"))


def test_a_misspelt_file_is_an_error():
    assert first_problem(folder(**{"statment.md": b"x"})).startswith(
        "statment.md: is not a file that a question has"
    )


def test_a_coding_question_without_tests_is_an_error():
    files = folder()
    del files["grading/tests.py"]
    assert first_problem(files).startswith("grading/tests.py: declares no test")


def test_points_that_are_not_written_plainly_are_an_error():
    assert first_problem(folder() | {"grading/tests.py": TESTS.replace(b"points=2", b"points=N")}) == (
        "grading/tests.py:3: points must be written as a plain value (no names, no expressions)"
    )


def test_two_tests_of_one_name_are_an_error():
    files = folder() | {"grading/tests.py": TESTS.replace(b'"adds more"', b'"adds"')}
    assert first_problem(files) == "grading/tests.py:7: a second test is called 'adds' (rename one)"


PLAIN_RUBRIC = b"criteria:\n  - {id: a, tier: good, points: 2, describe: d, explain: e}\n"


def test_a_rubric_is_read_with_its_tiers():
    question = Question.from_files(folder() | {"rubric.yaml": PLAIN_RUBRIC})
    assert question.rubric is not None
    assert (question.rubric.max_points, question.rubric.criteria[0].tier) == (2, "good")


def test_a_red_flag_that_gives_points_is_an_error():
    rubric = (
        b"criteria:\n  - {id: a, tier: good, points: 2, describe: d, explain: e}\n"
        b"red_flags:\n  - {id: b, points: 1, describe: d, explain: e}\n"
    )
    assert "rubric.yaml:4: 'red_flags.0.points'" in first_problem(folder() | {"rubric.yaml": rubric})


def test_an_identifier_used_twice_in_a_rubric_is_an_error():
    row = b"  - {id: a, tier: good, points: 2, describe: d, explain: e}\n"
    assert "id 'a' is used twice" in first_problem(folder() | {"rubric.yaml": b"criteria:\n" + row + row})


def with_terms(terms: str) -> dict[str, bytes]:
    """The folder with these terms of its only criterion, on line 7."""
    rubric = "criteria:\n  - id: a\n    tier: good\n    points: 2\n    describe: d\n    explain: e\n"
    return folder() | {"rubric.yaml": f"{rubric}    terms: {terms}\n".encode()}


def test_a_criterion_and_a_red_flag_may_name_terms():
    flag = b"red_flags:\n  - {id: b, points: -1, describe: d, explain: e, terms: [cache OR keep]}\n"
    files = with_terms("""['"chain rule"', a-b, '"-0.5" OR half']""")
    rubric = Question.from_files(files | {"rubric.yaml": files["rubric.yaml"] + flag}).rubric
    assert rubric is not None
    assert rubric.criteria[0].terms == ('"chain rule"', "a-b", '"-0.5" OR half')
    assert rubric.red_flags[0].terms == ("cache OR keep",)


def test_terms_are_optional():
    rubric = Question.from_files(with_terms("[x]") | {"rubric.yaml": PLAIN_RUBRIC}).rubric
    assert rubric is not None
    assert rubric.criteria[0].terms == ()


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("chain rule", "'criteria.0.terms' must be a list, not 'chain rule' (write a list: [first, second])"),
        ("[]", "'criteria.0.terms' has 0 entries (at least 1)"),
        ("[a, a]", "'criteria.0.terms' names something twice (keep one of them)"),
        (f"[{', '.join('abcdefghijklm')}]", "'criteria.0.terms' has 13 entries (at most 12)"),
        (f"[{'x' * 81}]", "'criteria.0.terms.0' has 81 characters (at most 80)"),
        ("[a, 'b -c']", "'criteria.0.terms.1' cannot be 'b -c' (words that stand in one sentence"),
        ("['\"open']", "'criteria.0.terms.0' cannot be '\"open' (words that stand in one sentence"),
        ("['…']", "'criteria.0.terms.0' cannot be '…' (words that stand in one sentence"),
    ],
    ids=["text", "none", "twice", "too many", "too long", "a minus", "an open quotation", "no word"],
)
def test_terms_that_cannot_be_looked_for_are_refused_with_their_line(terms: str, problem: str):
    assert first_problem(with_terms(terms)).startswith(f"rubric.yaml:7: {problem}")


def test_the_content_hash_changes_with_any_byte_and_only_then():
    plain, same = Question.from_files(folder()), Question.from_files(dict(reversed(folder().items())))
    changed = Question.from_files(folder() | {"statement.md": b"Add them!"})
    assert plain.content_hash == same.content_hash != changed.content_hash


def test_a_link_in_a_question_folder_is_refused(tmp_path):
    for path, content in folder().items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "solution.md").symlink_to("/etc/hostname")
    with pytest.raises(QuestionError, match="is a link"):
        load_question(tmp_path)


def test_the_conceptual_question_of_the_bank_loads_with_its_rubric():
    question = load_question(BANK / "backpropagation" / "explain-backpropagation")
    assert (question.kind, question.max_points, question.covers) == ("conceptual", 0, ("B1",))
    assert question.rubric is not None
    assert question.rubric.max_points > 0


def test_a_coding_question_without_a_starter_opens_with_an_empty_file():
    without = {path: content for path, content in folder().items() if path != "starter.py"}
    assert Question.from_files(without).starter == {"solution.py": ""}


def several(**files: bytes) -> dict[str, bytes]:
    """The folder with a starter of several files in the place of the one."""
    without = {path: content for path, content in folder().items() if path != "starter.py"}
    return without | {f"starter/{name}.py": content for name, content in files.items()}


def test_a_folder_of_starters_opens_each_file_under_its_own_name():
    question = Question.from_files(several(solution=b"import parts", parts=b"one = 1"))
    assert question.starter == {"solution.py": "import parts", "parts.py": "one = 1"}


def test_an_example_stands_among_the_other_files_of_the_starter():
    question = Question.from_files(several(solution=b"import parts", parts=b"one = 1"))
    assert question.answered("x = 2") == {"solution.py": "x = 2", "parts.py": "one = 1"}


def test_a_folder_of_starters_without_the_file_that_is_judged_is_an_error():
    assert first_problem(several(parts=b"one = 1")) == (
        "starter/solution.py: is missing (it is the file that is judged; the others are imported from it)"
    )


@pytest.mark.parametrize("path", ["starter/data.csv", "starter/deep/parts.py", "starter/two words.py"])
def test_a_starter_that_no_editor_would_open_is_an_error(path: str):
    assert "would never be read" in first_problem(several(solution=b"") | {path: b""})


def bank_with(tmp_path: Path, area: str, **changes: bytes) -> Path:
    """A bank of one question in the folder of `area`, beside a syllabus that has one topic."""
    topics = (
        b"areas: [{slug: debugging, title: D, signal: s}]\ntopics: [{id: C3, area: debugging, title: T}]\n"
    )
    (tmp_path / "areas.yaml").write_bytes(topics)
    root = tmp_path / area / "adding"
    for path, content in folder(**changes).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def test_a_question_in_a_bank_covers_topics_of_its_syllabus(tmp_path: Path):
    root = bank_with(tmp_path, "backpropagation", question_yaml=FRONT.replace(b"[C3]", b"[C3, C33]"))
    with pytest.raises(QuestionError) as caught:
        load_question(root)
    assert (
        str(caught.value) == f"{root}/question.yaml:6: 'C33' is no topic of areas.yaml (did you mean 'C3'?)"
    )


def test_a_question_in_a_bank_is_of_the_area_of_its_folder(tmp_path: Path):
    root = bank_with(tmp_path, "debugging")
    with pytest.raises(QuestionError) as caught:
        load_question(root)
    assert str(caught.value) == (
        f"{root}/question.yaml:5: 'area' is backpropagation, and the folder lies in debugging/ "
        "(write area: debugging, or move the folder)"
    )


def test_a_question_that_agrees_with_its_bank_is_read(tmp_path: Path):
    assert load_question(bank_with(tmp_path, "backpropagation")).covers == ("C3",)
