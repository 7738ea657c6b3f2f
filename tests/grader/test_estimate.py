"""Estimates: the key that is read, the variant that a seed draws, and what an answer off by a factor earns."""

import json
import math
from dataclasses import replace

import pytest

from grader import Question, QuestionError, Verdict
from grader.estimate import Estimate, fill, parse_estimate, score
from grader.skeleton import skeleton

KEY = """\
unit: GB
value: params * 16 / 1e9
points: 4
credit: {full: 1.25, none: 10}
variants:
  - {params: 7e9, gpus: 8}
  - {params: {value: 1.3e9, show: 1.3 billion}, gpus: 4}
explain: Sixteen bytes for each of {{ params }} make {{ answer }}.
"""
ONE = (
    KEY.replace("params * 16 / 1e9", "112")
    .replace(KEY[KEY.index("variants") : KEY.index("explain")], "")
    .replace("{{ params }}", "7e9")
)


def problem(key: str) -> str:
    with pytest.raises(QuestionError) as caught:
        parse_estimate("answer.yaml", key.encode())
    return str(caught.value.problems[0])


def estimate(key: str = KEY) -> Estimate:
    return parse_estimate("answer.yaml", key.encode())


def folder(**texts: str) -> dict[str, bytes]:
    """A question of this kind with other texts, named by their files without the ending."""
    files = skeleton("optimizers", "memory", "estimate") | {"answer.yaml": KEY.encode()}
    files |= {
        "solution.md": b"{{ params * 12 / 1e9 }} GB of {{ answer }}",
        "statement.md": b"Of {{ params }}?",
    }
    return files | {f"{name.replace('_', '/')}.md": text.encode() for name, text in texts.items()}


def first_problem(**texts: str) -> str:
    with pytest.raises(QuestionError) as caught:
        Question.from_files(folder(**texts))
    return str(caught.value.problems[0])


def test_every_variant_has_the_value_of_its_row():
    assert [(variant.answer, variant.answer_shown) for variant in estimate().variants] == [
        (112.0, "112 GB"),
        (20.8, "20.8 GB"),
    ]


def test_a_seed_draws_the_same_variant_each_time_and_seeds_draw_all_of_them():
    drawn = [estimate().draw(seed).answer for seed in range(40)]
    assert drawn == [estimate().draw(seed).answer for seed in range(40)]
    assert sorted(set(drawn)) == [20.8, 112.0]


def test_without_variants_every_seed_asks_the_same():
    assert {estimate(ONE).draw(seed).answer for seed in range(20)} == {112.0}


def test_texts_show_the_values_of_the_variant():
    text = "{{params}} on {{ gpus }}: {{ params / gpus }}, {{ answer }}, {x}, {{ nothing }}"
    assert [fill(text, variant) for variant in estimate().variants] == [
        "7e9 on 8: 8.75e8, 112 GB, {x}, {{ nothing }}",
        "1.3 billion on 4: 3.25e8, 20.8 GB, {x}, {{ nothing }}",
    ]


def test_a_key_survives_json():
    read = estimate()
    assert Estimate.from_dict(json.loads(json.dumps(read.to_dict()))) == read


@pytest.mark.parametrize(
    ("factor", "fraction"),
    [(1, 1.0), (1.25, 1.0), (10, 0.0), (1000, 0.0), (math.sqrt(12.5), 0.5)],
)
def test_credit_falls_with_the_logarithm_of_the_factor(factor: float, fraction: float):
    assert estimate().fraction(factor) == pytest.approx(fraction)


def test_the_credit_curve_never_rises():
    curve = [estimate().fraction(1 + step / 50) for step in range(600)]
    assert curve == sorted(curve, reverse=True)


@pytest.mark.parametrize(
    ("answer", "points", "verdict", "message"),
    [
        ("112 GB", 4, Verdict.ACCEPTED, "Right on the value."),
        ("1.12e11 B", 4, Verdict.ACCEPTED, "Right on the value."),
        ("100", 4, Verdict.ACCEPTED, "11 % below the value."),
        ("140", 4, Verdict.ACCEPTED, "25 % above the value."),
        ("89.6 GB", 4, Verdict.ACCEPTED, "20 % below the value."),
        ("1.12 TB", 0, Verdict.WRONG_ANSWER, "Too large by a factor of 10."),
        ("28", 1.76, Verdict.WRONG_ANSWER, "Too small by a factor of 4."),
        ("", 0, Verdict.WRONG_ANSWER, "Not answered."),
        ("  ", 0, Verdict.WRONG_ANSWER, "Not answered."),
        (
            "112 s",
            0,
            Verdict.WRONG_ANSWER,
            "It could not be read as a number: s measures a time; this asks for GB.",
        ),
    ],
)
def test_an_answer_earns_points_by_its_factor(answer: str, points: float, verdict: Verdict, message: str):
    result = score(estimate(ONE), 7, answer)
    assert (result.score, result.max_score, result.verdict, result.seed) == (points, 4, verdict, 7)
    assert result.tests[0].message == message


def test_an_answer_is_scored_against_the_variant_of_its_own_seed():
    seeds = {estimate().draw(seed).answer: seed for seed in range(40)}
    assert [score(estimate(), seeds[value], "112").score for value in (112.0, 20.8)] == [4, 1.19]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "none: 10",
            "none: 1.2",
            "answer.yaml:4: 'none' has to be above 'full' (such as full: 1.25, none: 10)",
        ),
        ("unit: GB", "unit: /s", "answer.yaml:1: “/s” is not a unit (such as GB, ms, TFLOP/s or parameters)"),
        ("params * 16", "parms * 16", "answer.yaml:2: 'parms' is not a variable of this question"),
        ("params * 16 / 1e9", "0 - params", "answer.yaml:2: 0 - params is -7e9 (an estimate is above zero"),
        (
            "gpus: 4",
            "gpu: 4",
            "answer.yaml:7: each variant gives the same variables (as in the first: params, gpus)",
        ),
        ("7e9", "many", "answer.yaml:6: 'params' is not a number: Write a number first"),
        ("gpus: 8", "Gpus: 8", "answer.yaml:6: unknown key 'Gpus' (names are small letters"),
        ("gpus: 8", "answer: 8", "answer.yaml:6: 'answer' is what the value is called (rename the variable)"),
        ("points: 4", "points: .inf", "answer.yaml:3: 'points' cannot be inf (above 0 and at most 1000)"),
        ("credit", "credits", "answer.yaml:4: unknown key 'credits' (did you mean 'credit'?)"),
        ("{full: 1.25, none: 10}", "2", "answer.yaml:4: 'credit' must be keys, not 2"),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_its_line(old: str, new: str, expected: str):
    assert expected in "\n".join(all_problems(KEY.replace(old, new, 1)))


def all_problems(key: str) -> list[str]:
    with pytest.raises(QuestionError) as caught:
        parse_estimate("answer.yaml", key.encode())
    return [str(problem) for problem in caught.value.problems]


def test_a_question_reads_its_texts_as_the_interview_of_a_seed_does():
    question = Question.from_files(folder())
    seeds = {question.estimate.draw(seed).answer: seed for seed in range(40)} if question.estimate else {}
    assert question.told(question.statement, seeds[20.8]) == "Of 1.3 billion?"
    assert question.told(question.solution or "", seeds[112.0]) == "84 GB of 112 GB"
    assert question.max_points == 4


@pytest.mark.parametrize("path", ["statement", "hints_1"])
def test_a_text_that_would_give_the_answer_away_is_refused(path: str):
    expected = f"{path.replace('_', '/')}.md:2: {{{{ answer }}}} gives the answer away"
    assert first_problem(**{path: "Well,\nabout {{ answer }}"}).startswith(expected)


@pytest.mark.parametrize("path", ["statement", "hints_1", "solution"])
def test_a_placeholder_that_stands_for_nothing_is_refused_with_its_line(path: str):
    expected = f"{path.replace('_', '/')}.md:1: {{{{ parms }}}} cannot be shown: 'parms' is not a variable"
    assert first_problem(**{path: "Of {{ parms }}"}).startswith(expected)


def test_an_explanation_that_shows_nothing_is_refused_with_its_line():
    files = folder() | {"answer.yaml": KEY.replace("{{ params }}", "{{ parms }}").encode()}
    with pytest.raises(QuestionError, match=r"answer.yaml:8: \{\{ parms \}\} cannot be shown"):
        Question.from_files(files)


def test_an_estimate_without_its_key_is_refused():
    files = folder()
    del files["answer.yaml"]
    with pytest.raises(QuestionError, match=r"answer.yaml: is missing \(an estimate question has its value"):
        Question.from_files(files)


def test_another_kind_keeps_double_braces_as_they_are():
    question = Question.from_files(skeleton("optimizers", "x", "conceptual"))
    assert replace(question).told("{{ x }}", 1) == "{{ x }}"
