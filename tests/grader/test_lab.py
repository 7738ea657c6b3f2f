"""Debug labs: what of the starter was changed, how the three steps stand, and who is told where the fault is."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader import Grader, Question, QuestionError, Result, load_question
from grader.folder import read_folder
from grader.lab import Goal, Track
from grader.region import bare, regions, track
from grader.results import TestResult, Verdict

BANK = Path(__file__).resolve().parents[2] / "bank" / "debugging"
LABS = ("gradients-never-zeroed", "predicts-the-mean")

STARTER = '''"""A script."""

RATE = 0.3
SIZE: int = 16


@wrapped
def step(x):
    """One step."""
    y = f(x)  # the loss

    return y


class Net:
    def forward(self, x):
        return x + 1


def last(x):
    g(x)
'''


def changed(submission: str) -> list[str]:
    text = {"solution.py": bare(submission)}
    return [name for name, region in regions({"solution.py": STARTER}).items() if not region.is_kept(text)]


def result(name: str, group: str, verdict: Verdict) -> TestResult:
    return TestResult(name, verdict, 0, 1, group)


def states(track: Track, *tests: TestResult) -> list[str]:
    return [step.state for step in track.steps(tests)]


#: The groups of the labs that ship, with how many tests they have.
TRACKS = {
    "gradients-never-zeroed": Track(
        None, (), Goal(("symptom", "cause"), 6), Goal(("nothing else changed",), 2)
    ),
    "predicts-the-mean": Track(None, (), Goal(("symptom", "cause"), 4), Goal(("nothing else changed",), 3)),
}
TRACK = Track(False, ("step",), Goal(("symptom", "cause"), 2), Goal(("rest",), 1))
SYMPTOM, CAUSE, REST = (
    result("loss is low", "symptom", Verdict.ACCEPTED),
    result("a step is clean", "cause", Verdict.ACCEPTED),
    result("the rate is kept", "rest", Verdict.ACCEPTED),
)


def test_the_definitions_of_a_starter_are_its_functions_methods_and_constants():
    assert list(regions({"solution.py": STARTER})) == ["RATE", "SIZE", "step", "Net.forward", "last"]


def test_a_starter_that_was_left_alone_has_no_changes():
    assert changed(STARTER) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""One step."""', '"""One step, and a longer\n    word on it."""'),
        ('    """One step."""\n', ""),
        ("  # the loss", "  # what?"),
        ("\n\n    return y", "\n    # here\n    return y"),
        ("return y\n", "return y   \n"),
        ("\n", "\r\n"),
        ("class Net:", "def helper():\n    pass\n\n\nclass Net:"),
    ],
)
def test_remarks_and_blank_lines_change_nothing(old: str, new: str):
    assert changed(STARTER.replace(old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("y = f(x)", "y = f(2 * x)", ["step"]),
        ("    return y", "    y = 2 * y\n    return y", ["step"]),
        ("RATE = 0.3", "RATE = 0.03", ["RATE"]),
        ("SIZE: int = 16", "SIZE: int = 8", ["SIZE"]),
        ("x + 1", "x", ["Net.forward"]),
        ("@wrapped\n", "", ["step"]),
        ("    g(x)", "    g(x)\n    h(x)", ["last"]),
        ("def step(x)", "def step(x, y=1)", ["step"]),
        (STARTER, "", ["RATE", "SIZE", "step", "Net.forward", "last"]),
    ],
)
def test_a_definition_with_other_lines_was_changed(old: str, new: str, names: list[str]):
    assert changed(STARTER.replace(old, new)) == names


def test_a_text_full_of_quotes_is_read_in_no_time():
    assert changed('"""\n' * 60_000 + "'''\n" * 60_000) == ["RATE", "SIZE", "step", "Net.forward", "last"]


def test_before_any_test_ran_nothing_is_said_of_the_goals():
    assert states(TRACK) == ["no", "not tried", "not tried"]


def test_a_few_tests_that_pass_are_a_yes_so_far():
    assert states(TRACK, SYMPTOM) == ["no", "so far", "not tried"]


def test_what_is_fixed_was_located_wherever_the_cure_stands():
    assert states(TRACK, SYMPTOM, CAUSE, REST) == ["yes", "yes", "yes"]


def test_a_goal_names_the_first_test_that_did_not_pass():
    broken = result("the rate is kept", "rest", Verdict.WRONG_ANSWER)
    step = TRACK.steps([SYMPTOM, CAUSE, broken])[2]
    assert (step.state, step.passed, step.tests, step.failed) == ("no", 0, 1, "the rate is kept")


def test_tests_that_were_skipped_say_nothing():
    skipped = result("a step is clean", "cause", Verdict.SKIPPED)
    assert states(TRACK, SYMPTOM, skipped) == ["no", "so far", "not tried"]


@pytest.mark.parametrize("located", [True, False])
def test_a_candidate_is_not_told_whether_they_touched_the_place_of_the_fault(located: bool):
    track = Track(located, ("step", "RATE"), TRACK.fixed, TRACK.unharmed)
    told = track.for_candidate()
    assert states(told, SYMPTOM)[0] == "not told"
    assert states(told, SYMPTOM, CAUSE)[0] == "yes"
    assert told == Track(None, ("step", "RATE"), TRACK.fixed, TRACK.unharmed)


@pytest.mark.parametrize("slug", LABS)
def test_every_cure_of_a_lab_that_ships_touches_the_place_of_its_fault(slug: str):
    question = load_question(BANK / slug)
    found = {
        example.path.removeprefix("submissions/"): track(question, {"solution.py": example.source})
        for example in question.submissions
    }
    assert all(told.located for path, told in found.items() if told and path.startswith("accepted/"))
    assert found["wrong_answer/as_it_was.py"] == replace(TRACKS[slug], located=False, changed=())


def test_a_question_that_is_no_lab_has_no_track():
    assert (
        track(load_question(BANK.parent / "backpropagation" / "stable-softmax"), {"solution.py": ""}) is None
    )


def test_a_lab_that_is_mended_and_changed_besides_says_what_was_changed(grader: Grader):
    question = load_question(BANK / LABS[0])
    source = (BANK / LABS[0] / "submissions/wrong_answer/mended_and_adam.py").read_text()
    outcome = grader.judge(question, {"solution.py": source}, seed=1)
    assert outcome.lab is not None
    assert "build_optimizer" in outcome.lab.changed
    assert outcome.lab.steps(outcome.tests)[2].state == "no"
    assert Result.from_dict(json.loads(json.dumps(outcome.to_dict()))) == outcome


def test_a_result_for_its_candidate_does_not_hold_the_place(grader: Grader):
    question = load_question(BANK / LABS[1])
    mended = (BANK / LABS[1] / "submissions/accepted/column_dropped.py").read_text()
    shown = grader.judge(question, {"solution.py": mended}, seed=1, visible_only=True).for_candidate()
    assert shown.lab is not None
    assert shown.lab.located is None
    assert [step.state for step in shown.lab.steps(shown.tests)] == ["not told", "so far", "not tried"]


def test_a_result_from_before_labs_were_followed_still_reads():
    document = Result(Verdict.ACCEPTED, 1, 1, seed=1).to_dict()
    del document["lab"]
    assert Result.from_dict(document).lab is None


def with_lab(**lab: list[str]) -> dict[str, bytes]:
    files = read_folder(BANK / LABS[0])
    front = files["question.yaml"].decode().split("lab:")[0]
    told = {
        "fault": ["train_step"],
        "fixed": ["symptom", "cause"],
        "unharmed": ["nothing else changed"],
    } | lab
    return files | {"question.yaml": f"{front}lab: {json.dumps(told)}\n".encode()}


@pytest.mark.parametrize(
    ("lab", "message"),
    [
        (
            {"fault": ["train_stop"]},
            "'train_stop' is not defined in the starter (did you mean 'train_step'?)",
        ),
        ({"fixed": ["symptoms"]}, "group 'symptoms' has no test (did you mean 'symptom'?)"),
        ({"unharmed": ["cause"]}, "group 'cause' is both fixed and unharmed"),
        ({"fault": []}, "fault"),
        ({"because": ["x"]}, "because"),
    ],
)
def test_a_lab_that_names_what_is_not_there_is_refused(lab: dict[str, list[str]], message: str):
    with pytest.raises(QuestionError) as refusal:
        Question.from_files(with_lab(**lab))
    assert message in str(refusal.value)


def test_only_a_debug_lab_has_a_lab_and_an_output_as_it_was_found():
    files = with_lab() | {"starter.out": b"epoch 1\n"}
    assert Question.from_files(files).lab is not None
    coding = files["question.yaml"].replace(b"kind: debug_lab", b"kind: coding")
    with pytest.raises(QuestionError) as refusal:
        Question.from_files(files | {"question.yaml": coding})
    assert "only a debug_lab has a lab" in str(refusal.value)
    assert "is what the script of a debug_lab prints" in str(refusal.value)
