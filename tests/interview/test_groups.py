"""Groups of tests and forbidden names, as candidates and reviewers see them."""

import importlib
import re
from dataclasses import replace
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from grader import TestResult, Verdict
from grader.groups import Group
from interview.models import Interview, Item, Release, User
from interview.models.submission import SubmissionKind
from interview.services import grading as gradings
from interview.services.interview import hand_in
from interview.services.review import claim_review
from interview.services.submission import submit
from tests.interview.conftest import code_answer, result_for
from tests.interview.test_api import SignIn

RESULTS = (
    TestResult("shape", Verdict.ACCEPTED, 1, 1, "basics", visible=True, reveal="expected"),
    TestResult("secret values", Verdict.WRONG_ANSWER, 0, 3, "basics", message="the mean of [7, 9] is wrong"),
    TestResult(
        "speed",
        Verdict.SKIPPED,
        0,
        6,
        "fast",
        message="Not run, because the group “The basics” did not pass.",
    ),
)
GROUPS = (Group("basics", "The basics", "all"), Group("fast", needs=("basics",)))


def read(answer: Any) -> str:
    """The text of a page on one line, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def grouped(code_item: Item) -> Item:
    """An item whose code was judged by tests in groups."""
    grading = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item)).current_grading
    assert grading
    claimed = gradings.claim(grading.pk)
    assert claimed
    result = replace(
        result_for(claimed, Verdict.WRONG_ANSWER),
        tests=RESULTS,
        groups=GROUPS,
        score=0,
        max_score=10,
        stdout="",
    )
    gradings.record(claimed, result)
    return code_item


def item_page(client: Client, item: Item) -> str:
    return read(client.get(reverse("item", args=[item.interview_id, item.position])))


def test_a_candidate_sees_what_each_group_comes_to_and_by_which_rule(
    sign_in: SignIn, candidate: User, grouped: Item
) -> None:
    page = item_page(sign_in(candidate), grouped)
    assert "The basics all or nothing 0 of 4" in page
    assert "Fast 0 of 6" in page


def test_a_candidate_reads_why_a_test_was_not_run_and_nothing_of_a_hidden_one(
    sign_in: SignIn, candidate: User, grouped: Item
) -> None:
    page = item_page(sign_in(candidate), grouped)
    assert "Not run, because the group “The basics” did not pass." in page
    assert "[7, 9]" not in page


def test_a_reviewer_sees_the_same_groups_with_every_message(
    sign_in: SignIn, interviewer: User, candidate: User, running: Interview, grouped: Item
) -> None:
    hand_in(running, candidate)
    claim_review(running, interviewer)
    desk = reverse("review_item", args=[running.pk, grouped.position])
    page = read(sign_in(interviewer).get(desk))
    assert "The basics all or nothing 0 of 4" in page
    assert "The mean of [7, 9] is wrong" in page


def test_forbidden_names_stand_beside_the_statement_before_anything_is_written(
    sign_in: SignIn, candidate: User, code_item: Item
) -> None:
    page = item_page(sign_in(candidate), code_item)
    assert "Not to be used This question asks you to write it yourself." in page
    assert "torch.nn.functional.log_softmax" in page


def test_a_question_without_forbidden_names_says_nothing_of_them(
    sign_in: SignIn, candidate: User, code_item: Item
) -> None:
    with pgtrigger.ignore("interview.Release:release_never_changes"):
        Release.objects.filter(pk=code_item.release_id).update(forbid={})
    assert "Not to be used" not in item_page(sign_in(candidate), code_item)


def test_releases_of_before_are_told_what_they_forbid(code_item: Item) -> None:
    release = Release.objects.get(pk=code_item.release_id)
    before = release.forbid
    assert "torch.softmax" in before["names"]
    with pgtrigger.ignore("interview.Release:release_never_changes"):
        Release.objects.update(forbid={})
    migration = importlib.import_module("interview.migrations.0011_release_forbid")
    migration.read_out(apps, None)
    release.refresh_from_db()
    assert release.forbid == before
