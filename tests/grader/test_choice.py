"""Choice questions: what `answer.yaml` may say, and what answers are worth."""

import pytest

from grader import Question, QuestionError, Verdict
from grader.choice import (
    matching_fraction,
    multiple_fraction,
    ordering_fraction,
    parse_choice,
    score,
    single_fraction,
)
from grader.rubric import order_fraction

FRONT = b"""\
format_version: 1
uuid: 6a4b7a56-1d6f-4a6e-9df5-8e1c5b4f0a12
title: What eval mode changes
kind: choice
area: architecture
covers: [A5]
level: junior
minutes: 5
"""
ANSWER = b"""\
parts:
  - id: mode
    form: single
    points: 1
    prompt: Which layer acts differently?
    options:
      - {id: dropout, text: Dropout, because: It is switched off.}
      - {id: relu, text: ReLU}
    key: dropout
    explain: Dropout only drops while training.
  - id: both
    form: multiple
    points: 3
    prompt: Which keep running statistics?
    options:
      - {id: batch, text: Batch norm}
      - {id: instance, text: Instance norm with tracking}
      - {id: layer, text: Layer norm}
    key: [batch, instance]
    explain: The third does not.
  - id: pairs
    form: matching
    points: 2
    prompt: What does each normalise over?
    options:
      - {id: batch, text: Batch norm}
      - {id: layer, text: Layer norm}
    targets:
      - {id: examples, text: the examples of a batch}
      - {id: features, text: the features of an example}
      - {id: nothing, text: nothing}
    key: {batch: examples, layer: features}
    explain: As their names say.
  - id: steps
    form: ordering
    points: 4
    prompt: Put the steps in order.
    options:
      - {id: forward, text: forward}
      - {id: loss, text: loss}
      - {id: backward, text: backward}
      - {id: step, text: step}
    key: [forward, loss, backward, step]
    explain: The gradient comes before the step.
    keep_order: true
"""
RIGHT = {
    "mode": "dropout",
    "both": ["instance", "batch"],
    "pairs": {"batch": "examples", "layer": "features"},
    "steps": ["forward", "loss", "backward", "step"],
}


def folder(answer: bytes = ANSWER) -> dict[str, bytes]:
    return {"question.yaml": FRONT, "statement.md": b"Pick.", "answer.yaml": answer}


def first_problem(files: dict[str, bytes]) -> str:
    with pytest.raises(QuestionError) as caught:
        Question.from_files(files)
    return str(caught.value.problems[0])


def test_a_choice_question_carries_its_parts_and_their_points():
    question = Question.from_files(folder())
    assert question.choice is not None
    assert [(part.id, part.form, part.keep_order) for part in question.choice] == [
        ("mode", "single", False),
        ("both", "multiple", False),
        ("pairs", "matching", False),
        ("steps", "ordering", True),
    ]
    assert (question.max_points, question.is_graded) == (10, False)


def test_a_choice_question_without_a_key_file_is_an_error():
    files = folder()
    del files["answer.yaml"]
    assert first_problem(files) == ("answer.yaml: is missing (a choice question has its parts and key there)")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            b"key: dropout",
            b"key: dropuot",
            "answer.yaml:9: part 'mode': the key 'dropuot' is not the id of an option (options: dropout, relu)",
        ),
        (
            b"key: [batch, instance]",
            b"key: [batch, group]",
            "answer.yaml:19: part 'both': the key names 'group', which is not the id of an option"
            " (options: batch, instance, layer)",
        ),
        (
            b"key: [batch, instance]",
            b"key: batch",
            "answer.yaml:19: part 'both': the key of a multiple part is a list of option ids"
            " (options: batch, instance, layer)",
        ),
        (
            b"key: {batch: examples, layer: features}",
            b"key: {batch: examples}",
            "answer.yaml:32: part 'pairs': the key of a matching part names every option once"
            " (options: batch, layer)",
        ),
        (
            b"key: {batch: examples, layer: features}",
            b"key: {batch: examples, layer: pixels}",
            "answer.yaml:32: part 'pairs': the key gives 'layer' the target 'pixels', which is none"
            " (targets: examples, features, nothing)",
        ),
        (
            b"key: [forward, loss, backward, step]",
            b"key: [forward, loss, backward]",
            "answer.yaml:43: part 'steps': the key of an ordering part names every option, in the right order"
            " (options: forward, loss, backward, step)",
        ),
        (
            b"key: [forward, loss, backward, step]",
            b"key: [forward, loss, loss, step]",
            "answer.yaml:43: part 'steps': the key names an option twice (name each once)",
        ),
        (
            b"{id: relu, text: ReLU}",
            b"{id: dropout, text: ReLU}",
            "answer.yaml:7: part 'mode': id 'dropout' is used twice (ids are unique; rename one)",
        ),
        (
            b"id: both",
            b"id: mode",
            "answer.yaml:11: a second part is called 'mode' (ids are unique; rename one)",
        ),
        (
            b"form: matching",
            b"form: ordering",
            "answer.yaml:29: part 'pairs': only a matching part has 'targets'"
            " (remove them, or make it form: matching)",
        ),
        (
            b"form: single",
            b"form: matching",
            "answer.yaml:3: part 'mode': a matching part lacks 'targets'"
            " (list the right side: targets: [{id: …, text: …}, …])",
        ),
        (
            b"form: single",
            b"form: singel",
            "answer.yaml:3: 'parts.0.form' cannot be 'singel' (did you mean 'single'?)",
        ),
    ],
)
def test_a_contradiction_is_an_error_with_its_line_and_what_to_do(old: bytes, new: bytes, problem: str):
    assert first_problem(folder(ANSWER.replace(old, new, 1))) == problem


@pytest.mark.parametrize("path", ["submissions/accepted/a.py", "starter.py", "starter/a.py"])
def test_a_choice_question_with_code_is_an_error(path: str):
    assert "a choice question is answered without code" in first_problem(folder() | {path: b"x = 1"})


def test_a_choice_question_with_a_rubric_is_an_error():
    rubric = b"criteria:\n  - {id: a, tier: good, points: 2, describe: d, explain: e}\n"
    assert "scored by its key, not by a rubric" in first_problem(folder() | {"rubric.yaml": rubric})


def test_a_key_file_in_another_kind_is_an_error():
    files = folder() | {"question.yaml": FRONT.replace(b"kind: choice", b"kind: conceptual")}
    assert first_problem(files) == (
        "answer.yaml: a conceptual question has no key (remove it or change the kind)"
    )


def test_the_right_answer_earns_every_point():
    result = score(parse_choice("answer.yaml", ANSWER), RIGHT)
    assert (result.verdict, result.score, result.max_score) == (Verdict.ACCEPTED, 10, 10)
    assert [test.name for test in result.tests] == ["mode", "both", "pairs", "steps"]


def test_no_answer_earns_nothing_and_says_so():
    result = score(parse_choice("answer.yaml", ANSWER), {})
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, 0)
    assert [test.message for test in result.tests] == ["Not answered."] * 4


def test_a_part_that_is_partly_right_earns_its_share():
    answer = RIGHT | {"both": ["batch"], "pairs": {"batch": "examples", "layer": "nothing"}}
    result = score(parse_choice("answer.yaml", ANSWER), answer)
    assert [(test.points, test.message) for test in result.tests] == [
        (1, "The right option was picked."),
        (1.5, "1 right and 0 wrong picked, of 2 right options."),
        (1, "1 of 2 pairs are right."),
        (4, "Of 6 pairs 6 stand in the right order and 0 the other way round."),
    ]


def test_a_single_choice_is_all_or_nothing():
    assert [single_fraction("a", picked) for picked in ("a", "b")] == [1, 0]


@pytest.mark.parametrize(
    ("picked", "fraction"),
    [(["a", "b"], 1), (["a"], 0.5), (["a", "c"], 0), (["a", "b", "c"], 0.5), (["c", "d"], 0), ([], 0)],
)
def test_a_wrong_pick_takes_back_a_right_one_and_nothing_goes_below_zero(picked: list[str], fraction: float):
    assert multiple_fraction(["a", "b"], picked) == fraction


def test_a_matching_is_worth_the_share_of_its_right_pairs():
    key = {"a": "1", "b": "2", "c": "3", "d": "4"}
    assert matching_fraction(key, {"a": "1", "b": "1", "c": "3"}) == 0.5


@pytest.mark.parametrize(
    ("picked", "fraction"),
    [("abcd", 1), ("abdc", 4 / 6), ("bacd", 4 / 6), ("badc", 2 / 6), ("dcba", 0), ("cdab", 0)],
)
def test_an_ordering_is_worth_kendalls_tau_and_never_less_than_nothing(picked: str, fraction: float):
    assert ordering_fraction("abcd", picked) == pytest.approx(fraction)


@pytest.mark.parametrize(
    ("entries", "fraction"),
    [
        ([1, 2, 3], 1),
        ([3, 2, 1], 0),
        ([1, None, 2], 1 / 3),
        ([1, 1, 2], 2 / 3),  # one entry that covers two steps puts neither before the other
        ([None, None, None], 0),
        ([2], 0),
    ],
)
def test_the_order_of_entries_is_worth_the_share_of_pairs_in_the_reference_order(
    entries: list[int | None], fraction: float
):
    assert order_fraction(entries) == pytest.approx(fraction)


STEPS = b"""\
criteria:
  - {id: data, tier: essential, points: 1, describe: d, explain: e, step: 1}
  - {id: rate, tier: essential, points: 1, describe: d, explain: e, step: 2}
  - {id: cause, tier: good, points: 2, describe: d, explain: e}
order: {points: 3, explain: Cheap checks first.}
"""


def debugging(rubric: bytes = STEPS) -> dict[str, bytes]:
    front = FRONT.replace(b"kind: choice", b"kind: debugging")
    return {"question.yaml": front, "statement.md": b"Find it.", "rubric.yaml": rubric}


def test_the_order_counts_among_the_points_of_a_debugging_rubric():
    rubric = Question.from_files(debugging()).rubric
    assert rubric is not None
    assert ([criterion.step for criterion in rubric.criteria], rubric.max_points) == ([1, 2, None], 7)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            b"step: 2",
            b"step: 1",
            "rubric.yaml:3: step 1 is used twice (each place in the order has one criterion)",
        ),
        (
            b"step: 2",
            b"step: 3",
            "rubric.yaml:3: step 3 leaves a gap (2 criteria have a step: number them 1 to 2)",
        ),
        (
            b", step: 2",
            b"",
            "rubric.yaml:5: 'order' needs two criteria with a 'step' (add steps, or remove it)",
        ),
        (
            b"order: {points: 3, explain: Cheap checks first.}\n",
            b"",
            "rubric.yaml:2: the criteria have steps and 'order' is missing"
            " (add order: {points: …, explain: …}, or remove the steps)",
        ),
    ],
)
def test_steps_that_are_no_order_are_an_error(old: bytes, new: bytes, problem: str):
    assert first_problem(debugging(STEPS.replace(old, new))) == problem


def test_a_debugging_question_without_steps_is_an_error():
    rubric = b"criteria:\n  - {id: a, tier: good, points: 2, describe: d, explain: e}\n"
    assert first_problem(debugging(rubric)).startswith(
        "rubric.yaml: a debugging question scores the order of the entries"
    )


def test_steps_in_another_kind_are_an_error():
    files = debugging() | {"question.yaml": FRONT.replace(b"kind: choice", b"kind: conceptual")}
    assert first_problem(files).startswith(
        "rubric.yaml: a conceptual question has no entries to put in order"
    )
