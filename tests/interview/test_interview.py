"""The life of an interview: starting, the clock, handing in, closing at zero."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from interview.exceptions import InterviewClosed, InterviewInProgress, TemplateShort
from interview.models import Event, Interview, Item, Question, Submission, Template, User
from interview.models.event import EventKind
from interview.models.interview import CloseReason, InterviewStatus
from interview.models.question import QuestionState
from interview.models.submission import SubmissionKind
from interview.selectors import interview as interviews
from interview.services.draft import save_draft
from interview.services.interview import close_due, finalise_due, hand_in, start_interview
from tests.interview.conftest import code_answer
from tests.interview.curation import published

GRACE = settings.DRAFT_GRACE


def events(interview: Interview) -> list[str]:
    return [event.kind for event in interview.events.all()]


def test_starting_fixes_the_deadline_by_the_minutes_of_the_template(
    candidate: User, template: Template
) -> None:
    now = timezone.now()
    interview = start_interview(candidate, template, now)
    assert interview.deadline_at == now + timedelta(minutes=template.minutes)
    assert interview.time_left(now) == timedelta(minutes=45)
    assert events(interview) == [EventKind.STARTED]


def test_starting_serves_the_newest_release_of_each_question_in_order(running: Interview) -> None:
    served = [(item.position, item.section, item.release.question.slug) for item in running.items.all()]
    assert served == [(1, 0, "explain-backpropagation"), (2, 1, "stable-softmax")]


def test_an_interview_keeps_the_release_it_was_started_with(
    running: Interview, admin: User, text_item: Item
) -> None:
    question = text_item.release.question
    newer = published(question, admin, "Explain it differently.\n")
    text_item.refresh_from_db()
    assert (text_item.release.number, newer.number) == (1, 2)
    assert text_item.release.statement != newer.statement


def test_an_interview_keeps_the_template_as_it_was(running: Interview) -> None:
    running.template.sections.update(minutes=1)
    Template.objects.filter(pk=running.template_id).update(title="Renamed")
    running.refresh_from_db()
    assert (running.title, running.minutes) == ("A first interview", 45)


def test_a_second_strict_interview_is_refused_with_the_running_one(
    running: Interview, candidate: User
) -> None:
    with pytest.raises(InterviewInProgress) as refusal:
        start_interview(candidate, running.template)
    assert refusal.value.interview_id == running.pk
    assert Interview.objects.count() == 1


def test_an_interview_that_ran_out_unnoticed_does_not_block_the_next(
    running: Interview, candidate: User
) -> None:
    later = running.deadline_at + timedelta(seconds=1)
    second = start_interview(candidate, running.template, later)
    running.refresh_from_db()
    assert running.closed_at == running.deadline_at
    assert second.is_open(later)


def test_a_template_whose_question_is_not_published_cannot_start(candidate: User, template: Template) -> None:
    Question.objects.filter(slug="stable-softmax").update(state=QuestionState.RETIRED)
    with pytest.raises(TemplateShort, match="there are not enough questions for “Coding”"):
        start_interview(candidate, template)
    assert Interview.objects.count() == 0


def test_handing_in_closes_at_once_and_fixes_what_counts(
    running: Interview, candidate: User, text_item: Item, code_item: Item
) -> None:
    save_draft(text_item, {"text": "An answer."}, 0)
    save_draft(code_item, code_answer(code_item), 0)
    closed = hand_in(running, candidate)
    finals = Submission.objects.filter(kind=SubmissionKind.FINAL).order_by("item__position")
    assert closed.close_reason == CloseReason.HANDED_IN
    assert closed.finalised_at == closed.closed_at
    assert [final.answer for final in finals] == [{"text": "An answer."}, code_answer(code_item)]
    assert [final.current_grading is not None for final in finals] == [False, True]
    assert events(closed) == [EventKind.STARTED, EventKind.HANDED_IN]


def test_handing_in_twice_is_refused(handed_in: Interview, candidate: User) -> None:
    with pytest.raises(InterviewClosed):
        hand_in(handed_in, candidate)


def test_a_question_that_was_submitted_gets_no_final_submission(
    handed_in: Interview, code_item: Item
) -> None:
    kinds = list(code_item.submissions.values_list("kind", flat=True))
    assert kinds == [SubmissionKind.SUBMIT]


def test_at_zero_the_server_closes_without_a_browser(running: Interview) -> None:
    assert close_due(running.deadline_at - timedelta(seconds=1)) == 0
    assert close_due(running.deadline_at) == 1
    running.refresh_from_db()
    assert (running.closed_at, running.close_reason) == (running.deadline_at, CloseReason.TIME_UP)
    assert events(running) == [EventKind.STARTED, EventKind.TIME_UP]


def test_closing_twice_tells_the_story_once(running: Interview) -> None:
    close_due(running.deadline_at)
    assert close_due(running.deadline_at) == 0
    assert events(running) == [EventKind.STARTED, EventKind.TIME_UP]


def test_past_the_deadline_it_reads_as_closed_whatever_the_row_says(running: Interview) -> None:
    assert running.closed_at is None
    assert running.is_open(running.deadline_at) is False
    assert running.time_left(running.deadline_at) == timedelta(0)
    status = interviews.status(running, running.deadline_at)
    assert status == InterviewStatus.AUTO_SUBMITTED


def test_a_last_draft_within_the_grace_counts(running: Interview, text_item: Item) -> None:
    close_due(running.deadline_at)
    save_draft(text_item, {"text": "Just in time."}, 0, running.deadline_at + GRACE)
    finalise_due(running.deadline_at + GRACE + timedelta(seconds=1))
    assert [final.answer for final in text_item.submissions.all()] == [{"text": "Just in time."}]


def test_finalising_waits_for_the_grace(running: Interview) -> None:
    close_due(running.deadline_at)
    assert finalise_due(running.deadline_at + GRACE) == 0
    assert finalise_due(running.deadline_at + GRACE + timedelta(milliseconds=1)) == 1
    assert finalise_due(running.deadline_at + GRACE + timedelta(seconds=9)) == 0


def test_an_unanswered_question_makes_no_submission(running: Interview, candidate: User) -> None:
    hand_in(running, candidate)
    assert Submission.objects.count() == 0


def test_handing_in_after_zero_is_refused(running: Interview, candidate: User) -> None:
    with pytest.raises(InterviewClosed):
        hand_in(running, candidate, running.deadline_at)


@pytest.mark.parametrize(
    "change",
    [
        {"deadline_at": None},
        {"closed_at": "2020-01-01T00:00:00Z", "close_reason": "time_up"},
        {"close_reason": "time_up"},
        {"released_at": "2099-01-01T00:00:00Z"},
        {"finalised_at": "2099-01-01T00:00:00Z"},
        {"mode": "lenient"},
    ],
)
def test_the_database_refuses_an_interview_that_contradicts_itself(
    running: Interview, change: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Interview.objects.filter(pk=running.pk).update(**change)


def test_the_story_of_an_interview_cannot_be_rewritten(running: Interview) -> None:
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Event.objects.filter(interview=running).update(kind=EventKind.HANDED_IN)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Event.objects.filter(interview=running).delete()
