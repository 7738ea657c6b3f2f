"""Proof before publication: everything that a check asks for is refused once here for its lack."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from grader import Grader, Question, Verdict
from grader.check import check_question
from grader.proof import Report, Step
from grader.trial import LEAST_SECONDS, Original, hurried, mutants

FRONT = """\
format_version: 1
uuid: 6a4b7a56-1d6f-4a6e-9df5-8e1c5b4f0a11
title: The mean of the squares
kind: coding
area: backpropagation
covers: [C3]
level: junior
minutes: 5
entry_points: [solve]
limits: {wall_seconds: 10, cpu_seconds: 6, memory_mb: 256}
"""
REFERENCE = "def solve(x):\n    return (x ** 2).mean()\n"
TESTS = """\
import reference
from grader.testing import case, compare

compare("solve", against=reference.solve, gradients=True, inputs=lambda draw: [case(draw.normal(5))])
"""
WEAK = """\
from grader.testing import test

@test("the sign is right")
def sign(candidate, draw):
    assert candidate.solve(draw.normal(5)) > 0
"""
RIGHT, WRONG = "submissions/accepted/right.py", "submissions/wrong_answer/minus.py"
FILES = {
    "question.yaml": FRONT,
    "statement.md": "Return the mean of the squares of `x`.\n",
    "grading/reference.py": REFERENCE,
    "grading/tests.py": TESTS,
    RIGHT: "def solve(x):\n    return x.square().mean()\n",
    WRONG: "def solve(x):\n    return -x.square().mean()\n",
}


def question(**changes: str | None) -> Question:
    """A question in order but for `changes`: path to text, with dots and slashes, None to leave a file out."""
    files: Mapping[str, str | None] = FILES | changes
    return Question.from_files({path: text.encode() for path, text in files.items() if text is not None})


def check(grader: Grader, asked: Question, seeds: int = 2, **options: float) -> Report:
    return check_question(asked, grader, seeds=seeds, **options)  # type: ignore[arg-type]  # workers, kill_rate


def told(report: Report) -> list[str]:
    return [str(problem) for problem in report.problems]


# What holds


def test_a_question_in_order_is_proven(grader: Grader):
    report = check(grader, question(), seeds=20)
    assert told(report) == []
    assert [(outcome.path, outcome.verdict) for outcome in report.outcomes] == [
        (RIGHT, Verdict.ACCEPTED),
        (WRONG, Verdict.WRONG_ANSWER),
    ]
    assert (report.ok, report.killed_share, report.survivors) == (True, 1.0, ())


def test_mutants_are_made_of_accepted_submissions_and_of_the_reference(grader: Grader):
    report = check(grader, question())
    assert {mutant.path for mutant in report.mutants} == {"grading/reference.py", RIGHT}
    assert report.operators["sum-for-mean"].total == 2


def test_a_reference_may_use_what_is_forbidden_and_still_has_mutants(grader: Grader):
    front = FRONT + "forbid: [torch.Tensor.mean]\n"
    right = "def solve(x):\n    return (x * x).sum() / len(x)\n"
    wrong = "def solve(x):\n    return -(x * x).sum() / len(x)\n"
    report = check(grader, question(**{"question.yaml": front, RIGHT: right, WRONG: wrong}))
    assert report.ok
    assert {mutant.path for mutant in report.mutants} == {"grading/reference.py", RIGHT}


def test_a_reference_that_is_no_submission_has_no_mutants(grader: Grader):
    files = {"grading/reference.py": "def answer(x):\n    return (x ** 2).mean()\n"}
    tests = {"grading/tests.py": TESTS.replace("reference.solve", "reference.answer")}
    report = check(grader, question(**files, **tests))
    assert report.ok
    assert {mutant.path for mutant in report.mutants} == {RIGHT}


def test_one_worker_and_three_find_the_same(grader: Grader):
    def findings(workers: int) -> tuple[object, ...]:
        report = check(grader, question(**{"grading/tests.py": WEAK}), workers=workers)
        return ([(o.path, o.verdict, o.seed) for o in report.outcomes], report.mutants, report.problems)

    assert findings(1) == findings(3)


def test_a_question_without_tests_starts_no_sandbox():
    text = FRONT.replace("kind: coding", "kind: conceptual").split("entry_points")[0]
    rubric = "criteria: [{id: a, tier: essential, points: 2, describe: It is said, explain: It matters}]\n"
    files = {"question.yaml": text, "statement.md": "Say it.\n", "rubric.yaml": rubric}
    told_files = {path: content.encode() for path, content in files.items()}
    with Grader() as unused:
        report = check_question(Question.from_files(told_files), unused)
        assert unused.forkserver_pid is None
    assert (report.ok, report.outcomes) == (True, ())


def test_a_report_goes_to_json_and_back(grader: Grader):
    report = check(grader, question(**{"grading/tests.py": WEAK}))
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report
    assert report.to_dict()["ok"] is False


# Submissions


def test_an_accepted_submission_has_to_pass_on_every_seed(grader: Grader):
    tests = TESTS + (
        "from grader.testing import test\n\n"
        "@test('never on the fifth')\ndef fifth(candidate, seed):\n    candidate.solve\n    assert seed != 6\n"
    )
    report = check(grader, question(**{"grading/tests.py": tests}), seeds=8)
    first = report.outcomes[0]
    # The second test of a grading draws from the seed after the grading's own.
    assert (report.ok, first.verdict, first.seed) == (False, Verdict.WRONG_ANSWER, 5)
    assert first.detail.startswith("never on the fifth: ")


def test_a_wrong_submission_has_to_get_the_verdict_of_its_folder(grader: Grader):
    report = check(grader, question(**{"submissions/run_time_error/minus.py": FILES[WRONG]}))
    broken = next(outcome for outcome in report.outcomes if not outcome.ok)
    assert (broken.promised, broken.verdict) == (Verdict.RUNTIME_ERROR, Verdict.WRONG_ANSWER)
    assert report.ok is False


def test_mutants_wait_until_every_promise_is_kept(grader: Grader):
    report = check(grader, question(**{"submissions/accepted/minus.py": FILES[WRONG]}))
    assert (report.ok, report.mutants) == (False, ())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"submissions/almost/it.py": "pass"}, "submissions/almost: is not the name of a verdict"),
        ({RIGHT: None}, "submissions/accepted: holds no submission"),
        ({WRONG: None}, "submissions: holds no wrong submission"),
        ({"grading/tests.py": TESTS.replace("inputs=", "points=0, inputs=")}, "the tests give no points"),
    ],
)
def test_a_folder_that_proves_nothing_is_refused(
    grader: Grader, changes: dict[str, str | None], problem: str
):
    (found,) = told(check(grader, question(**changes)))
    assert problem in found


def test_limits_leave_the_slowest_accepted_submission_a_factor_of_three(grader: Grader):
    busy = "import time\n\ndef solve(x):\n    end = time.process_time() + 0.3\n"
    busy += "    while time.process_time() < end:\n        pass\n    return x.square().mean()\n"
    tight = FRONT.replace("cpu_seconds: 6", "cpu_seconds: 0.8")
    files = {"question.yaml": tight, "submissions/accepted/busy.py": busy}
    (problem,) = [line for line in told(check(grader, question(**files))) if "cpu_seconds" in line]
    assert "question.yaml: limits.cpu_seconds is 0.8, and submissions/accepted/busy.py used 0.3" in problem
    assert "allow at least " in problem


# Mutants


def test_tests_that_notice_too_little_are_refused_and_survivors_shown(grader: Grader):
    report = check(grader, question(**{"grading/tests.py": WEAK}))
    assert (report.ok, report.problems) == (False, ())
    survivor = next(m for m in report.survivors if m.path == RIGHT and m.operator == "sum-for-mean")
    assert survivor.diff.splitlines()[-2:] == [
        "-    return x.square().mean()",
        "+    return x.square().sum()",
    ]


def test_the_bank_says_how_many_mutants_have_to_be_noticed(grader: Grader):
    weak = question(**{"grading/tests.py": WEAK})
    share = check(grader, weak).killed_share
    assert 0 < share < 0.9
    assert check(grader, weak, kill_rate=share).ok is True
    assert check(grader, weak, kill_rate=share + 0.01).ok is False


def test_a_mutant_that_loses_points_is_noticed(grader: Grader):
    tests = WEAK.replace("test\n", "bands, test\n", 1).replace(
        "    assert candidate.solve(draw.normal(5)) > 0\n",
        "    x = draw.normal(5)\n    off = float((candidate.solve(x) - x.square().mean()).abs())\n"
        "    return bands(-off, {-1000.0: 0.5, -0.001: 1.0})\n",
    )
    report = check(grader, question(**{"grading/tests.py": tests, WRONG: "def solve(x):\n    return None\n"}))
    lost = [mutant for mutant in report.mutants if mutant.killed and mutant.verdict is Verdict.ACCEPTED]
    assert lost


def test_a_mutant_that_hangs_is_not_waited_for(grader: Grader):
    patient = question(**{"question.yaml": FRONT.replace("wall_seconds: 10", "wall_seconds: 3600")})
    result = grader.judge(patient, {"solution.py": FILES[RIGHT]}, seed=1)
    assert hurried(patient, [result]).limits.wall_seconds == LEAST_SECONDS


# Mutants that are declared equivalent

DECLARED = "grading/equivalent.yaml"


def declaring(*names: str, reason: str = "Every input gives the same answer.") -> dict[str, str]:
    entries = "".join(f"  - {{mutant: '{name}', reason: {reason}}}\n" for name in names)
    return {DECLARED: f"equivalent:\n{entries}"}


def survivors_of(asked: Question) -> list[str]:
    """Names of mutants that the weak test cannot notice."""
    originals = [Original(RIGHT, FILES[RIGHT], 1)]
    return [m.id for m in mutants(asked, originals) if m.operator == "sum-for-mean"]


def test_a_declared_mutant_counts_neither_way(grader: Grader):
    weak = {"grading/tests.py": WEAK}
    name = survivors_of(question(**weak))[0]
    before, after = check(grader, question(**weak)), check(grader, question(**weak, **declaring(name)))
    assert [mutant.id for mutant in after.equivalents] == [name]
    assert after.equivalents[0].equivalent == "Every input gives the same answer."
    assert len(after.survivors) == len(before.survivors) - 1
    assert after.killed_share > before.killed_share


def test_a_mutant_that_a_test_notices_cannot_be_declared(grader: Grader):
    noticed = check(grader, question()).mutants[0].id
    (problem,) = told(check(grader, question(**declaring(noticed))))
    assert problem == f"{DECLARED}:2: mutant {noticed} is noticed by a test (remove the entry)"


def test_a_mutant_that_there_is_not_cannot_be_declared(grader: Grader):
    (problem,) = told(check(grader, question(**declaring("0badcafe"))))
    assert problem == f"{DECLARED}:2: there is no mutant 0badcafe any more (remove the entry)"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (declaring(*(f"0000000{n}" for n in range(4)))[DECLARED], ":5: declares 4 mutants equivalent"),
        (declaring("00000000", reason="so what")[DECLARED], ":2: 'equivalent.0.reason'"),
        ("equivalent:\n  - {mutant: '00000000'}\n", ":2: 'equivalent.0' lacks 'reason'"),
        ("equivalents: []\n", "unknown key 'equivalents' (did you mean 'equivalent'?)"),
    ],
    ids=["too many", "no real reason", "no reason", "a misspelt key"],
)
def test_declarations_are_few_and_give_reasons(grader: Grader, content: str, problem: str):
    assert any(problem in line for line in told(check(grader, question(**{DECLARED: content}))))


# Precision


def test_a_tolerance_that_float64_does_not_keep_is_refused(grader: Grader):
    tests = TESTS.replace("draw.normal(5)", "draw.normal(5000)").replace(
        "inputs=", "rtol=0.0, atol=0.0, inputs="
    )
    right = {RIGHT: REFERENCE}
    report = check(grader, question(**{"grading/tests.py": tests}, **right), seeds=1)
    (problem,) = told(report)
    assert problem.startswith(
        "grading/tests.py:4: 'solve' turns grading/reference.py away when it computes in float64"
    )
    assert "widen the tolerance" in problem


def test_a_question_of_functions_says_what_was_run_in_float64(grader: Grader):
    assert check(grader, question()).in_float64 == "grading/reference.py"


def test_inputs_that_are_changed_in_place_are_changed_in_float64_too(grader: Grader):
    files = {
        "grading/reference.py": "def solve(x):\n    x.mul_(2)\n",
        "grading/tests.py": (
            "from grader.testing import close, expect, test\n\n"
            "@test('doubled where it stands')\ndef doubled(candidate, draw):\n"
            "    x = draw.normal(5)\n    theirs = candidate.keep_(x.clone())\n    candidate.solve(theirs)\n"
            "    expect(close(candidate.value_(theirs), 2 * x))\n"
        ),
        RIGHT: "def solve(x):\n    x += x\n",
        WRONG: "def solve(x):\n    x + x\n",
    }
    report = check(grader, question(**files))
    assert (told(report), report.in_float64) == ([], "grading/reference.py")


def test_entry_points_that_are_no_functions_are_not_run_in_float64(grader: Grader):
    files = {
        "grading/reference.py": "class Solve:\n    def run(self, x):\n        return (x ** 2).mean()\n",
        "grading/tests.py": (
            "import reference\nfrom grader.testing import close, expect, test\n\n"
            "@test('the mean')\ndef mean(candidate, draw):\n    x = draw.normal(5)\n"
            "    expect(close(candidate.Solve().run(x), reference.Solve().run(x)))\n"
        ),
        "question.yaml": FRONT.replace("[solve]", "[Solve]"),
        RIGHT: "class Solve:\n    def run(self, x):\n        return x.square().mean()\n",
        WRONG: "class Solve:\n    def run(self, x):\n        return x.mean()\n",
    }
    report = check(grader, question(**files), kill_rate=0.5)
    assert (report.ok, report.in_float64) == (True, "")


# Progress


def test_progress_is_told_grading_by_grading_up_to_the_end(grader: Grader):
    steps: list[Step] = []
    check_question(question(), grader, seeds=2, on_progress=steps.append)
    assert [step.done for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].done == steps[-1].total
    assert {step.label for step in steps} >= {RIGHT, WRONG, "grading/reference.py in float64"}


def test_whoever_is_told_of_progress_can_stop_the_check(grader: Grader):
    class Enough(Exception):
        pass

    def stop(step: Step) -> None:
        if step.done == 3:
            raise Enough

    with pytest.raises(Enough):
        check_question(question(), grader, on_progress=stop)


def test_a_report_counts_the_declared_apart():
    empty = Report("it")
    assert (empty.ok, empty.killed_share, empty.slowest) == (True, 1.0, None)
    assert replace(empty, kind="design").summary == "design: all files hold"
