"""Submissions that are tests: what they notice, what they turn away, what that is worth, and what it tells nobody."""

from dataclasses import replace
from itertools import product

import pytest

from grader import Grader, Progress, Question, QuestionError, Result, Verdict
from grader.skeleton import skeleton
from grader.variants import Variant, Variants, bare

FRONT = """\
format_version: 1
uuid: 6a4b7a56-1d6f-4a6e-9df5-8e1c5b4f0a11
title: Test an addition
kind: write_the_test
area: debugging
covers: [C2]
level: junior
minutes: 5
variants:
  module: adding
  points: 6
  visible: [correct/plain, faulty/zero]
limits: {wall_seconds: 20, memory_mb: 256}
"""
SOURCES = {
    "correct/plain": "def add(a, b):\n    return a + b\n",
    "correct/swapped": '"""Right."""\n\n\ndef add(a, b):\n    # the other way round\n    return b + a\n',
    "faulty/zero": "def add(a, b):\n    return 0\n",
    "faulty/minus": "def add(a, b):\n    return a - b\n",
    "faulty/first": '"""THE FAULT"""\n\n\ndef add(a, b):\n    # THE FAULT is that b is forgotten\n    return a\n',
}
GOOD = "from adding import add\n\ndef test_sum():\n    assert add(2, 3) == 5\n"


def folder(front: str = FRONT, **sources: str) -> dict[str, bytes]:
    """A question of this kind; `sources` are variants to add, named correct__name, or with None to leave out."""
    named = SOURCES | {name.replace("__", "/"): text for name, text in sources.items()}
    return {
        "question.yaml": front.encode(),
        "statement.md": b"Test it.",
        **{f"grading/mutants/{name}.py": text.encode() for name, text in named.items()},
    }


@pytest.fixture
def question() -> Question:
    return Question.from_files(folder())


def result_of(grader: Grader, source: str, question: Question, *, visible_only: bool = False) -> Result:
    return grader.judge(question, {"solution.py": source}, seed=1, visible_only=visible_only)


def verdicts(result: Result) -> list[tuple[str, str]]:
    return [(test.name, test.verdict.value) for test in result.tests]


def without(*names: str) -> dict[str, bytes]:
    return {
        path: text
        for path, text in folder().items()
        if path not in {f"grading/mutants/{n}.py" for n in names}
    }


def problems(files: dict[str, bytes]) -> list[str]:
    with pytest.raises(QuestionError) as caught:
        Question.from_files(files)
    return [str(problem) for problem in caught.value.problems]


# Judging


def test_a_good_test_notices_every_fault_and_turns_nothing_right_away(grader: Grader, question: Question):
    result = result_of(grader, GOOD, question)
    assert (result.verdict, result.score, result.max_score) == (Verdict.ACCEPTED, 6, 6)
    assert verdicts(result) == [
        ("Correct variant 1", "AC"),
        ("Correct variant 2", "AC"),
        ("Faulty variant 1", "AC"),
        ("Faulty variant 2", "AC"),
        ("Faulty variant 3", "AC"),
    ]


@pytest.mark.parametrize(
    ("body", "score", "told"),
    [
        ("assert add(0, 0) == 0", 0, "noticed 0 of 3 faulty variants and turned 0 of 2 correct ones away"),
        ("assert add(2, 0) == 2", 2, "noticed 1 of 3 faulty variants and turned 0 of 2 correct ones away"),
        ("assert False", 0, "noticed 3 of 3 faulty variants and turned 2 of 2 correct ones away"),
        ("assert add(2, 3) != 5", 0, "noticed 0 of 3 faulty variants and turned 2 of 2 correct ones away"),
        ("raise KeyError('x')", 0, "noticed 3 of 3 faulty variants and turned 2 of 2 correct ones away"),
    ],
)
def test_a_test_is_worth_what_it_tells_apart(
    grader: Grader, question: Question, body: str, score: float, told: str
):
    result = result_of(grader, f"from adding import add\n\ndef test_it():\n    {body}\n", question)
    assert (result.verdict, result.score) == (Verdict.WRONG_ANSWER, score)
    assert told in result.message


@pytest.mark.parametrize(
    "source", [GOOD, "def test_nothing():\n    pass\n", "def test_all():\n    assert False\n"]
)
def test_each_row_tells_what_it_gave_or_took_and_together_they_are_the_score(
    grader: Grader, question: Question, source: str
):
    result = result_of(grader, source, question)
    assert result.score == max(0.0, round(sum(test.points for test in result.tests), 6))


def test_turning_a_correct_variant_away_takes_its_share_of_all_points(grader: Grader, question: Question):
    result = result_of(grader, "def test_all():\n    assert False\n", question)
    correct = [test for test in result.tests if test.name.startswith("Correct")]
    assert [(test.points, test.max_points) for test in correct] == [(-6 / len(correct), 0)] * len(correct)
    assert "not below zero: 0 points" in result.message


def test_every_test_function_counts_and_helpers_do_not(grader: Grader, question: Question):
    source = "from adding import add\n\ndef helper():\n    assert False\n\ndef test_a():\n    assert add(1, 0) == 1\n\n"
    assert result_of(grader, source + "def test_b():\n    assert add(2, 3) == 5\n", question).score == 6


def test_a_run_tries_the_visible_variants_alone(grader: Grader, question: Question):
    result = result_of(grader, GOOD, question, visible_only=True)
    assert verdicts(result) == [("Correct variant 1", "AC"), ("Faulty variant 1", "AC")]
    assert (result.score, result.max_score) == (2, 2)


def test_progress_counts_the_variants(grader: Grader, question: Question):
    seen: list[Progress] = []
    grader.judge(question, {"solution.py": GOOD}, seed=1, on_progress=seen.append)
    # A step is told again and again while it lasts.
    told = list(dict.fromkeys((step.position, step.total, step.name) for step in seen))
    assert told[::4] == [
        (1, 5, "Correct variant 1"),
        (5, 5, "Faulty variant 3"),
    ]


def test_what_a_test_remembers_of_one_variant_it_has_forgotten_at_the_next(
    grader: Grader, question: Question
):
    source = (
        "import os, builtins, adding\n\ndef test_memory():\n"
        "    assert not hasattr(builtins, 'seen') and not os.path.exists('/tmp/seen')\n"
        "    builtins.seen = 1\n    open('/tmp/seen', 'w').close()\n    assert adding.add(2, 3) == 5\n"
    )
    assert result_of(grader, source, question).score == 6


@pytest.mark.parametrize(
    ("source", "verdict", "message"),
    [
        ("def check():\n    pass\n", Verdict.INVALID, "no function whose name begins with test_"),
        ("def test_it(:\n", Verdict.COMPILE_ERROR, "cannot be imported"),
        (
            "import nothing_of_that_name\n\ndef test_it():\n    pass\n",
            Verdict.COMPILE_ERROR,
            "nothing_of_that_name",
        ),
        ("def test_it():\n    pass\n\ntest_it = 3\n", Verdict.INVALID, "must define test_it"),
    ],
)
def test_what_cannot_run_as_a_test_is_told_before_any_variant_is_tried(
    grader: Grader, question: Question, source: str, verdict: Verdict, message: str
):
    result = result_of(grader, source, question)
    assert (result.verdict, result.score, result.max_score) == (verdict, 0, 6)
    assert {test.verdict for test in result.tests} == {Verdict.SKIPPED}
    assert message in result.message


def test_a_test_that_fails_while_it_is_imported_has_noticed_a_fault(grader: Grader, question: Question):
    source = "from adding import add\n\nassert add(2, 3) == 5\n\ndef test_it():\n    pass\n"
    assert result_of(grader, source, question).score == 6


def test_ending_the_process_notices_nothing(grader: Grader, question: Question):
    source = (
        "import os\nfrom adding import add\n\ndef test_it():\n    if add(2, 3) != 5:\n        os._exit(1)\n"
    )
    result = result_of(grader, source, question)
    assert (result.score, {test.verdict for test in result.tests[2:]}) == (0, {Verdict.RUNTIME_ERROR})


def test_the_variants_share_the_limits_of_the_question(grader: Grader, question: Question):
    short = replace(question, limits=replace(question.limits, wall_seconds=0.6))
    source = "import time\nfrom adding import add\n\ndef test_it():\n    time.sleep(0.4)\n    assert add(2, 3) == 5\n"
    result = result_of(grader, source, short)
    assert [test.verdict for test in result.tests[:3]] == [
        Verdict.ACCEPTED,
        Verdict.TIME_LIMIT,
        Verdict.SKIPPED,
    ]
    assert (result.verdict, result.score) == (Verdict.TIME_LIMIT, 0)


# What is told


def test_a_candidate_learns_of_a_hidden_variant_only_whether_it_was_noticed(
    grader: Grader, question: Question
):
    source = (
        "import inspect, adding\n\ndef test_it():\n    print(inspect.getsource(adding.add))\n"
        "    assert adding.add(2, 3) == 5, inspect.getsource(adding.add)\n"
    )
    shown = result_of(grader, source, question).for_candidate()
    hidden = [test for test in shown.tests if not test.visible]
    assert {(test.message, test.output, test.expected, test.stdout, test.stderr) for test in hidden} == {
        ("", "", "", "", "")
    }
    told = str(shown.to_dict())
    assert [word for word in ("minus", "swapped", "a - b", "b + a", "faulty/first") if word in told] == []


def test_a_reviewer_reads_which_variant_it_was_and_what_the_test_said(grader: Grader, question: Question):
    source = "from adding import add\n\ndef test_it():\n    assert add(2, 0) == 2, 'two and nothing'\n"
    messages = [test.message for test in result_of(grader, source, question).tests]
    assert messages[0] == "Variant correct/plain"
    assert messages[3] == "Variant faulty/first: Your test passes on a faulty implementation."
    assert messages[2].startswith("Variant faulty/zero: test_it: AssertionError: two and nothing")


def test_a_variants_source_has_no_words_that_tell_its_fault(question: Question):
    assert question.variants is not None
    assert [v.source for v in question.variants.all if v.name == "faulty/first"] == [
        "def add(a, b):\n    return a\n"
    ]


def test_the_source_alone_does_not_get_full_points(grader: Grader, question: Question):
    known = "def add(a, b):\n    return a + b"
    assertion = f"assert inspect.getsource(adding.add).strip() == {known!r}"
    source = f"import adding, inspect\n\ndef test_it():\n    {assertion}\n"
    assert result_of(grader, source, question).score == 3


def test_bare_source_does_what_the_source_did():
    source = '"""Doc."""\nclass A:\n    """Doc."""\n\n    def f(self):\n        "doc"\n\n# end\n'
    assert bare(source) == "class A:\n\n    def f(self):\n        pass\n"


# Points


def variants(correct: int, faulty: int, points: float = 6) -> Variants:
    kinds = [True] * correct + [False] * faulty
    return Variants("m", points, tuple(Variant(str(n), kind, True, n, "") for n, kind in enumerate(kinds)))


def test_no_test_is_worth_less_than_nothing_and_only_perfect_ones_are_worth_all():
    some = variants(2, 3)
    scores = {
        outcome: some.score([Verdict.ACCEPTED if ok else Verdict.WRONG_ANSWER for ok in outcome])
        for outcome in product([True, False], repeat=5)
    }
    assert min(scores.values()) == 0
    assert [outcome for outcome, score in scores.items() if score == 6] == [(True,) * 5]


def test_shares_of_points_add_up_to_the_points():
    assert sum(test.points for test in variants(2, 7, 5).outline()) == pytest.approx(5)


# The folder


def test_the_outline_names_variants_by_number_only(question: Question):
    assert [(t.name, t.visible, t.points) for t in question.tests] == [
        ("Correct variant 1", True, 0),
        ("Correct variant 2", False, 0),
        ("Faulty variant 1", True, 2),
        ("Faulty variant 2", False, 2),
        ("Faulty variant 3", False, 2),
    ]
    assert question.max_points == 6


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (folder(FRONT[: FRONT.index("variants")]), "question.yaml: the file lacks 'variants'"),
        (folder(FRONT + "entry_points: [add]\n"), "question.yaml: 'entry_points' has no use here"),
        (folder(FRONT.replace("adding", "solution")), "question.yaml: variants.module cannot be solution"),
        (
            folder(FRONT.replace("faulty/zero", "faulty/zeroo")),
            "question.yaml: variants.visible names 'faulty/zeroo'",
        ),
        (
            folder(FRONT.replace("module: adding", "modul: adding")),
            "question.yaml:10: unknown key 'modul' (did you mean",
        ),
        (
            without("correct/swapped"),
            "grading/mutants/correct: needs two variants, one of them visible and one hidden",
        ),
        (folder(FRONT.replace("correct/plain, ", "")), "grading/mutants/correct: needs two variants"),
        (
            without("faulty/minus", "faulty/first"),
            "grading/mutants/faulty: needs a variant that is not visible",
        ),
        (
            folder(odd__one="def add(a, b): pass\n"),
            "grading/mutants/odd/one.py: is neither correct nor faulty",
        ),
        (folder(faulty__bad="def add(:\n"), "grading/mutants/faulty/bad.py:1: is not valid Python"),
        (
            folder(faulty__less="x = 1\n"),
            "grading/mutants/faulty/less.py: does not define add (other variants do",
        ),
        (folder() | {"grading/tests.py": b""}, "grading/tests.py: is not used: the submission is the test"),
        (folder() | {"grading/mutants/loose.py": b""}, "grading/mutants/loose.py: would never be read"),
        (
            folder(FRONT.replace("write_the_test", "conceptual")),
            "question.yaml: a conceptual question has no variants (remove it, or make it kind: write_the_test)",
        ),
    ],
)
def test_a_folder_that_cannot_tell_tests_apart_is_refused(files: dict[str, bytes], expected: str):
    assert expected in "\n".join(problems(files))


def test_variants_in_a_question_of_another_kind_are_refused():
    files = skeleton("optimizers", "x", "coding") | {"grading/mutants/correct/a.py": b"x = 1\n"}
    assert problems(files) == [
        "grading/mutants: a coding question has no variants (remove them, or make it kind: write_the_test)"
    ]
