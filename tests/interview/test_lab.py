"""A debug lab on the pages: the run as it was found, how far its candidate is, and the place of the fault kept back."""

import json
from dataclasses import replace

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from grader import Verdict
from grader.lab import Goal, Track
from grader.results import TestResult
from interview.models import Grading, Interview, Item, Question, User
from interview.models.interview import Reveal
from interview.models.submission import SubmissionKind
from interview.services import grading as gradings
from interview.services.interview import hand_in
from interview.services.practice import start_set
from interview.services.review import claim_review
from interview.services.submission import submit
from tests.interview.conftest import code_answer, result_for
from tests.interview.test_api import SignIn

TRACK = Track(True, ("train_step", "LEARNING_RATE"), Goal(("cause",), 2), Goal(("rest",), 1))
CURED = TestResult("a step is clean", Verdict.ACCEPTED, 1, 1, group="cause", visible=True)
BROKEN = TestResult("the rate is kept", Verdict.WRONG_ANSWER, 0, 1, group="rest")
FAILED = replace(CURED, name="the loss is low", verdict=Verdict.WRONG_ANSWER, points=0)

SECRET = "The place of the fault is changed"
TOLD_LATER = "Told once it is fixed, or in the report"


@pytest.fixture
def lab(candidate: User, bank: None) -> Item:
    """A debug lab in a practice set."""
    question = Question.objects.get(slug="gradients-never-zeroed")
    return start_set(candidate, [question], Reveal.EACH).items.get()


def judged_with(item: Item, *tests: TestResult, track: Track = TRACK) -> Grading:
    grading = submit(item, SubmissionKind.SUBMIT, code_answer(item)).current_grading
    assert grading
    claimed = gradings.claim(grading.pk)
    assert claimed
    gradings.record(claimed, replace(result_for(claimed, Verdict.WRONG_ANSWER), tests=tests, lab=track))
    return claimed


def page_of(client: Client, item: Item) -> str:
    return client.get(reverse("item", args=[item.interview_id, item.position])).content.decode()


def steps(*tests: TestResult, track: Track = TRACK) -> str:
    document = replace(result_for(Grading(seed=1), Verdict.WRONG_ANSWER), tests=tests, lab=track).to_dict()
    return " ".join(render_to_string("components/lab.html", {"result": document}).split())


def test_a_lab_opens_with_the_output_and_the_curve_of_the_run_as_it_was_found(
    sign_in: SignIn, candidate: User, lab: Item
) -> None:
    page = page_of(sign_in(candidate), lab)
    assert "<h3>The run as you found it</h3>" in page
    assert "epoch 40: loss 188.910" in page.split('id="result"')[1]
    assert "Loss rises to 189 from 0.656" in page
    assert "Results appear here." in page


def test_after_a_result_the_run_as_it_was_found_stays_within_reach(
    sign_in: SignIn, candidate: User, lab: Item
) -> None:
    judged_with(lab, CURED)
    page = page_of(sign_in(candidate), lab)
    assert "<summary>The run as you found it</summary>" in page
    assert "epoch 40: loss 188.910" in page.split('id="output"')[1]


def test_a_question_without_a_recorded_run_opens_as_ever(
    sign_in: SignIn, candidate: User, code_item: Item
) -> None:
    assert "as you found it" not in page_of(sign_in(candidate), code_item)


def test_the_three_steps_are_told_with_their_tests_and_with_what_was_changed() -> None:
    shown = steps(CURED, replace(CURED, name="another"), BROKEN)
    assert "The place of the fault is changed" in shown
    assert "2 of 2 tests passed" in shown
    assert "Does not hold: the rate is kept" in shown
    assert "You changed <code>train_step</code> and <code>LEARNING_RATE</code>." in shown


def test_a_run_says_that_it_tried_some_of_the_tests() -> None:
    shown = steps(CURED)
    assert "1 of 2 tests passed so far; Submit tries the rest" in shown
    assert "No test of it was run yet" in shown


def test_a_script_that_was_left_alone_is_said_to_be() -> None:
    shown = steps(FAILED, track=replace(TRACK, located=False, changed=()))
    assert "The place of the fault is as it was" in shown
    assert "Nothing in the script is changed yet." in shown


@pytest.mark.parametrize("located", [True, False])
def test_in_an_interview_that_counts_no_page_says_whether_the_place_was_found(
    sign_in: SignIn, candidate: User, code_item: Item, located: bool
) -> None:
    grading = judged_with(code_item, FAILED, track=replace(TRACK, located=located))
    client = sign_in(candidate)
    page = page_of(client, code_item)
    assert TOLD_LATER in page
    assert "place of the fault" not in page
    told = client.get(reverse("api:submission", args=[grading.submission_id])).json()
    assert '"located": null' in json.dumps(told)


def test_practice_tells_the_place_at_once(sign_in: SignIn, candidate: User, lab: Item) -> None:
    judged_with(lab, FAILED)
    assert SECRET in page_of(sign_in(candidate), lab)


def test_what_is_fixed_was_located_in_an_interview_too(
    sign_in: SignIn, candidate: User, code_item: Item
) -> None:
    judged_with(code_item, CURED, replace(CURED, name="another"))
    assert SECRET in page_of(sign_in(candidate), code_item)


def test_a_reviewer_sees_the_place(
    sign_in: SignIn, running: Interview, candidate: User, interviewer: User, code_item: Item
) -> None:
    judged_with(code_item, FAILED)
    hand_in(running, candidate)
    running.refresh_from_db()
    claim_review(running, interviewer)
    page = (
        sign_in(interviewer)
        .get(reverse("review_item", args=[running.pk, code_item.position]))
        .content.decode()
    )
    assert SECRET in page
