"""A test that a candidate writes: served, run, submitted to a real sandbox, and told without naming what is hidden."""

import pytest
from django.test import Client
from django.urls import reverse

from interview.models import Grading, Interview, Item, Question, User
from interview.models.submission import SubmissionKind
from interview.services import grading as gradings
from interview.services.interview import hand_in
from interview.services.review import claim_review
from interview.services.submission import submit
from tests.interview.test_api import SignIn
from tests.interview.test_candidate_pages import text_of
from tests.interview.test_estimate import publish, released, sat_by

#: What would tell a candidate which faults are tried.
HIDDEN = ("one_too_many", "divided_by_k", "ignores_k", "a_count", "by_counting", "<= k")


@pytest.fixture
def question(bank: None) -> Question:
    return publish("top-k-test", "write_the_test")


@pytest.fixture
def item(candidate: User, question: Question) -> Item:
    return sat_by(candidate, question)


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def graded(item: Item, kind: SubmissionKind) -> Grading:
    """The starter of the question, handed over and judged for real."""
    submission = submit(item, kind, {"files": item.release.starter})
    assert submission.current_grading is not None
    gradings.grade(submission.current_grading.pk)
    return Grading.objects.get(pk=submission.current_grading.pk)


def page(web: Client, item: Item) -> str:
    return text_of(web.get(reverse("item", args=[item.interview_id, item.position])))


def test_the_page_opens_with_the_starter_and_says_what_it_is_worth(web: Client, item: Item) -> None:
    text = page(web, item)
    assert "from metrics import top_k_accuracy" in text
    assert "6 × (share of faulty variants noticed − share of correct variants turned away)" in text
    assert [word for word in HIDDEN if word in text] == []


@pytest.mark.usefixtures("_sandbox")
def test_a_run_tries_the_visible_variants_and_says_what_they_made_of_it(web: Client, item: Item) -> None:
    grading = graded(item, SubmissionKind.RUN)
    assert (grading.verdict, grading.points, len(grading.tests)) == ("WA", 0, 2)
    text = page(web, item)
    assert "1 of 2 visible variants judged rightly" in text
    assert "Your test passes on a faulty implementation." in text


@pytest.mark.usefixtures("_sandbox")
def test_a_submission_is_scored_and_names_nothing_that_is_hidden(web: Client, item: Item) -> None:
    grading = graded(item, SubmissionKind.SUBMIT)
    assert (grading.verdict, grading.points, len(grading.tests)) == ("WA", 1, 8)
    text = page(web, item)
    assert "Your test noticed 1 of 6 faulty variants and turned 0 of 2 correct ones away." in text
    assert [word for word in HIDDEN if word in text] == []
    told = web.get(reverse("api:grading", args=[grading.pk])).content.decode()
    assert [word for word in HIDDEN if word in told] == []


@pytest.mark.usefixtures("_sandbox")
def test_a_reviewer_reads_which_variants_went_unnoticed(
    sign_in: SignIn, interviewer: User, web: Client, item: Item
) -> None:
    graded(item, SubmissionKind.SUBMIT)
    hand_in(item.interview, item.interview.candidate)
    claim_review(Interview.objects.get(pk=item.interview_id), interviewer)
    desk = text_of(sign_in(interviewer).get(reverse("review_item", args=[item.interview_id, 1])))
    assert "3 of 8 variants judged rightly" in desk
    assert "Variant faulty/one_too_many: Your test passes on a faulty implementation." in desk


@pytest.mark.usefixtures("_sandbox")
def test_the_report_says_what_was_noticed_and_keeps_what_is_hidden(
    web: Client, item: Item, interviewer: User
) -> None:
    graded(item, SubmissionKind.SUBMIT)
    hand_in(item.interview, item.interview.candidate)
    released(item, interviewer)
    text = text_of(web.get(reverse("report", args=[item.interview_id])))
    assert "Your test noticed 1 of 6 faulty variants" in text
    assert [word for word in HIDDEN if word in text] == []
