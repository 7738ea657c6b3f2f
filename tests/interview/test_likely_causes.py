"""A grading's hints on the pages: beside the curve, with what they were seen by, and of hidden tests without it."""

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from grader import Verdict
from grader.hints import Hint
from interview.models import Grading, Interview, Item, User
from interview.models.submission import SubmissionKind
from interview.services import grading as gradings
from interview.services.interview import hand_in
from interview.services.review import claim_review
from interview.services.submission import submit
from tests.interview.conftest import code_answer, result_for
from tests.interview.test_api import SignIn

SEEN = Hint(
    "gradients_not_zeroed", "Old gradients", "Call `zero_grad()`.", (("old steps", "29 of 30"),), 7, True
)
HIDDEN = Hint("left_in_eval", "Evaluation mode", "Call it.", (("Dropout", "in 31 of 37 steps"),), 8, False)


def judged_with(item: Item, verdict: Verdict, *hints: Hint) -> Grading:
    grading = submit(item, SubmissionKind.SUBMIT, code_answer(item)).current_grading
    assert grading
    claimed = gradings.claim(grading.pk)
    assert claimed
    gradings.record(claimed, replace(result_for(claimed, verdict), hints=hints))
    return claimed


def item_page(client: Client, item: Item) -> str:
    return client.get(reverse("item", args=[item.interview_id, item.position])).content.decode()


def test_a_candidate_sees_the_likely_cause_with_its_evidence_and_line(
    sign_in: SignIn, candidate: User, code_item: Item
) -> None:
    judged_with(code_item, Verdict.WRONG_ANSWER, SEEN)
    page = item_page(sign_in(candidate), code_item)
    assert "Likely cause: Old gradients." in page
    assert "Call <code>zero_grad()</code>." in page
    assert '<dt>Old steps</dt><dd class="mono">29 of 30</dd>' in page
    assert "<dt>Seen at</dt><dd>line 7</dd>" in page


def test_a_candidate_sees_no_number_that_a_hidden_test_gave(
    sign_in: SignIn, candidate: User, code_item: Item
) -> None:
    judged_with(code_item, Verdict.WRONG_ANSWER, HIDDEN)
    page = item_page(sign_in(candidate), code_item)
    assert "Evaluation mode" in page
    assert "Seen in a hidden test, whose numbers stay there." in page
    assert ("31 of 37" in page, "line 8" in page) == (False, False)


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.JUDGE_ERROR])
def test_no_cause_is_named_where_nothing_failed_or_nothing_was_judged(
    sign_in: SignIn, candidate: User, code_item: Item, verdict: Verdict
) -> None:
    judged_with(code_item, verdict, SEEN)
    page = item_page(sign_in(candidate), code_item)
    assert ("Old gradients" in page, "Likely cause" in page) == (False, False)


def test_text_of_a_hint_is_shown_as_text(sign_in: SignIn, candidate: User, code_item: Item) -> None:
    hostile = replace(SEEN, title="<b>t</b>", text="<i>x</i>", evidence=(("<u>n</u>", "<s>v</s>"),))
    judged_with(code_item, Verdict.WRONG_ANSWER, hostile)
    page = item_page(sign_in(candidate), code_item)
    assert [tag for tag in ("<b>t", "<i>x", "<u>n", "<s>v") if tag in page] == []


@pytest.mark.parametrize(("verdict", "is_shown"), [(Verdict.WRONG_ANSWER, True), (Verdict.ACCEPTED, False)])
def test_a_reviewer_sees_what_hidden_tests_gave_and_nothing_beside_an_accepted_answer(
    sign_in: SignIn,
    interviewer: User,
    candidate: User,
    running: Interview,
    code_item: Item,
    verdict: Verdict,
    is_shown: bool,
) -> None:
    judged_with(code_item, verdict, HIDDEN)
    hand_in(running, candidate)
    claim_review(running, interviewer)
    desk = reverse("review_item", args=[running.pk, code_item.position])
    page = sign_in(interviewer).get(desk).content.decode()
    assert ("in 31 of 37 steps" in page) is is_shown


def test_the_document_of_the_api_keeps_the_same_back(
    sign_in: SignIn, candidate: User, code_item: Item
) -> None:
    grading = judged_with(code_item, Verdict.WRONG_ANSWER, HIDDEN)
    grading.refresh_from_db()
    assert grading.shown is not None
    assert [hint["evidence"] for hint in grading.shown["hints"]] == [()]
    assert grading.result["hints"][0]["evidence"] == [["Dropout", "in 31 of 37 steps"]]
