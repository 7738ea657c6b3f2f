"""What a check finds in the texts, pictures, points and keys of a question."""

import pytest

from grader import Question
from grader.scores import score_problems
from grader.texts import text_problems

FRONT = """\
format_version: 1
uuid: 6a4b7a56-1d6f-4a6e-9df5-8e1c5b4f0a11
title: A text
kind: {kind}
area: backpropagation
covers: [C3]
level: junior
minutes: 5
"""
RUBRIC = "criteria:\n- {id: a, tier: essential, points: 2, describe: It is said, explain: It matters}\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9"/></svg>'


def question(kind: str = "conceptual", **files: str | None) -> Question:
    given = {
        "question.yaml": FRONT.format(kind=kind),
        "statement.md": "Say it.\n",
        "rubric.yaml": RUBRIC,
        **files,
    }
    return Question.from_files({path: text.encode() for path, text in given.items() if text is not None})


def problems(text: str, **files: str) -> list[str]:
    return [str(problem) for problem in text_problems(question(**{"statement.md": text}, **files))]


@pytest.mark.parametrize(
    "text",
    [
        "A $\\frac{1}{2}$ and `a < b` and a < b, 5 > 3; costs 3 $ or 5 $.\n",
        "$$\n\\left( \\begin{aligned} a &= b \\end{aligned} \\right)\n$$\n",
        "```python\nx = '<div>'\n```\n",
        "| a | b |\n|---|---|\n| 1 | `<br>` |\n",
        "See <https://example.org> and $a \\leftarrow b$, $\\{x\\}$.\n",
    ],
)
def test_texts_that_come_out_as_they_were_meant_pass(text: str):
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("\n  \n", "statement.md: is empty (write it, or remove the file)"),
        ("One\n\ntwo <b>three</b>\n", "statement.md:3: <b> is shown as it stands"),
        ("One\ntwo \\alpha three\n", "statement.md:2: \\alpha stands outside of a formula"),
        ("A $\\frac{1}{2$ b\n", "statement.md:1: a formula has 2 { and 1 }"),
        ("A $\\left( b$\n", "statement.md:1: a formula has 1 \\left and 0 \\right"),
        ("$$\n\\begin{aligned} a\n$$\n", "statement.md:1: \\begin{aligned} is never ended"),
        ("$a \\end{aligned}$\n", "statement.md:1: \\end{aligned} ends nothing"),
        ("One\n\n```python\nx = 1\n", "statement.md:3: a block of code is never closed"),
        ("![A graph](figures/graph.svg)\n", "statement.md:1: there is no figures/graph.svg"),
        ("![A cat](https://example.org/cat.png)\n", "the picture https://example.org/cat.png is not shown"),
        ("![](figures/graph.svg)\n", "statement.md:1: the picture figures/graph.svg has no description"),
    ],
)
def test_what_would_not_come_out_is_named_with_its_line(text: str, problem: str):
    assert any(problem in line for line in problems(text))


def test_solutions_and_hints_are_read_too():
    files = {"solution.md": "It is \\beta.\n", "hints/1.md": "Try <i>this</i>.\n"}
    assert [line.split(":")[0] for line in problems("Say it.\n", **files)] == ["hints/1.md", "solution.md"]


def test_a_picture_that_is_shown_and_draws_passes():
    assert problems("![A line](figures/line.svg)\n", **{"figures/line.svg": SVG}) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("<svg><path></svg>", "figures/line.svg:1: is not valid XML"),
        (SVG.replace("<path", "<script>alert(1)</script><path"), "figures/line.svg: holds <script>"),
        (SVG.replace("<path", '<image href="https://example.org"/><path'), "figures/line.svg: holds <image>"),
        ("<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG, "figures/line.svg: declares a document type"),
    ],
)
def test_a_picture_that_does_more_than_draw_is_refused(content: str, problem: str):
    found = problems("![A line](figures/line.svg)\n", **{"figures/line.svg": content})
    assert len(found) == 1
    assert problem in found[0]


def test_a_picture_that_nobody_sees_is_named():
    assert problems("Say it.\n", **{"figures/line.svg": SVG}) == [
        "figures/line.svg: is shown in no text (show it with ![what one sees](…), or remove it)"
    ]


# Points


def points(kind: str = "conceptual", **files: str | None) -> list[str]:
    return [str(problem) for problem in score_problems(question(kind, **files))]


def test_a_rubric_that_adds_up_passes():
    flags = "red_flags:\n- {id: f, points: -1, describe: It is wrong, explain: It hurts}\n"
    assert points(**{"rubric.yaml": RUBRIC + flags}) == []


@pytest.mark.parametrize(
    ("rubric", "problem"),
    [
        (RUBRIC.replace("essential", "good"), "rubric.yaml: has no essential criterion"),
        (RUBRIC.replace("points: 2", "points: 0.3"), "rubric.yaml: 'a' is worth 0.3 points"),
        (
            RUBRIC + "red_flags:\n- {id: f, points: -3, describe: It is wrong, explain: It hurts}\n",
            "rubric.yaml: red flag 'f' takes 3 of 2 points",
        ),
        (None, "rubric.yaml: is missing, and nothing else scores a conceptual question"),
    ],
    ids=["nothing essential", "odd points", "a flag that takes too much", "no rubric"],
)
def test_a_rubric_that_does_not_add_up_is_refused(rubric: str | None, problem: str):
    (found,) = points(**{"rubric.yaml": rubric})
    assert problem in found


CHOICE = """\
parts:
- id: one
  form: multiple
  points: 2
  prompt: Which?
  options: [{id: a, text: A}, {id: b, text: B}]
  key: [a, b]
  explain: Because.
"""


def test_a_question_in_which_every_option_is_right_is_refused():
    given = {"answer.yaml": CHOICE, "rubric.yaml": None}
    assert points("choice", **given) == [
        "answer.yaml: part 'one': every option is right (add options that are wrong)"
    ]
    assert points("choice", **given | {"answer.yaml": CHOICE.replace("[a, b]\n", "[a]\n")}) == []


ESTIMATE = """\
unit: GB
value: 1 / 3
points: 4
credit: {full: FULL, none: 10}
explain: A third.
"""


@pytest.mark.parametrize(("full", "count"), [("2", 0), ("1.0000001", 1)])
def test_the_answer_that_a_solution_shows_is_worth_all_points(full: str, count: int):
    given = {
        "answer.yaml": ESTIMATE.replace("FULL", full),
        "rubric.yaml": None,
        "solution.md": "It is {{answer}}.\n",
    }
    found = points("estimate", **given)
    assert len(found) == count
    assert all("is not worth all points" in line for line in found)
