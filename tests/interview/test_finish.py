"""A finish that can be undone: until zero where the template says so, and never in another way."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from interview.exceptions import InterviewClosed, InterviewInProgress
from interview.models import Grading, Interview, Item, Template, User
from interview.models.event import EventKind
from interview.models.interview import CloseReason
from interview.models.submission import SubmissionKind
from interview.selectors import item as items
from interview.selectors.assignment import awaiting_review
from interview.selectors.interview import barring_practice
from interview.services.draft import save_draft
from interview.services.interview import finalise_due, hand_in, start_interview, take_up_again
from tests.interview.test_api import SignIn

MINUTE = timedelta(minutes=1)


@pytest.fixture
def template(template: Template) -> Template:
    Template.objects.filter(pk=template.pk).update(finish_undo=True)
    template.refresh_from_db()
    return template


def reread(interview: Interview) -> Interview:
    return Interview.objects.get(pk=interview.pk)


def test_what_was_finished_is_taken_up_with_its_clock_as_it_was(running: Interview, candidate: User) -> None:
    finished = hand_in(running, candidate)
    assert (finished.close_reason, finished.finalised_at) == (CloseReason.HANDED_IN, None)
    taken = take_up_again(running)
    assert (taken.is_open(), taken.deadline_at) == (True, running.deadline_at)
    assert running.events.filter(kind=EventKind.TOOK_UP_AGAIN).count() == 1


def test_nothing_is_judged_or_reviewed_before_zero(
    running: Interview, candidate: User, interviewer: User, code_item: Item
) -> None:
    save_draft(code_item, {"files": {"solution.py": "softmax = logsumexp = None"}}, 0)
    hand_in(running, candidate)
    assert (finalise_due(), Grading.objects.count()) == (0, 0)
    assert not awaiting_review(interviewer).exists()
    assert barring_practice(candidate) == running
    assert finalise_due(running.deadline_at) == 1
    final = items.counting_submission(items.with_answer(code_item))
    assert (final.kind, Grading.objects.get().submission) == (SubmissionKind.FINAL, final)


def test_after_zero_it_is_closed_for_good(running: Interview, candidate: User) -> None:
    hand_in(running, candidate)
    with pytest.raises(InterviewClosed, match="closed for good"):
        take_up_again(running, running.deadline_at)
    assert reread(running).close_reason == CloseReason.HANDED_IN


def test_a_finished_interview_takes_no_draft(running: Interview, candidate: User, text_item: Item) -> None:
    hand_in(running, candidate)
    with pytest.raises(InterviewClosed):
        save_draft(text_item, {"text": "late"}, 0)


def test_it_is_not_taken_up_beside_another_one(
    running: Interview, candidate: User, template: Template
) -> None:
    hand_in(running, candidate)
    start_interview(candidate, template)
    with pytest.raises(InterviewInProgress):
        take_up_again(running)


def test_without_the_templates_word_a_finish_is_final(
    candidate: User, template: Template, other_candidate: User
) -> None:
    Template.objects.filter(pk=template.pk).update(finish_undo=False)
    template.refresh_from_db()
    interview = start_interview(other_candidate, template)
    assert hand_in(interview, other_candidate).finalised_at is not None
    with pytest.raises(InterviewClosed):
        take_up_again(interview)


def test_the_pages_say_that_it_can_be_taken_up_and_lead_back(
    sign_in: SignIn, candidate: User, running: Interview
) -> None:
    web: Client = sign_in(candidate)
    asked = web.get(reverse("interview_finish", args=[running.pk])).content.decode()
    assert "Until time is up you can take it up again" in asked
    closed = web.post(reverse("interview_finish", args=[running.pk]), follow=True).content.decode()
    assert "Take it up again" in closed
    back = web.post(reverse("interview_take_up", args=[running.pk]), follow=True)
    assert back.redirect_chain[-1][0] == reverse("item", args=[running.pk, 1])


def test_a_page_that_was_left_open_past_zero_is_told(
    sign_in: SignIn, candidate: User, running: Interview
) -> None:
    hand_in(running, candidate)
    with time_machine.travel(running.deadline_at + MINUTE):
        answer = sign_in(candidate).post(reverse("interview_take_up", args=[running.pk]), follow=True)
    assert "closed for good" in answer.content.decode()


def test_nobody_else_takes_it_up(
    sign_in: SignIn, other_candidate: User, candidate: User, running: Interview
) -> None:
    hand_in(running, candidate)
    answer = sign_in(other_candidate).post(reverse("interview_take_up", args=[running.pk]))
    assert (answer.status_code, reread(running).close_reason) == (404, CloseReason.HANDED_IN)
