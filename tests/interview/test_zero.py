"""What meets at zero: submits, two tabs, late saves, slow workers, extra time; by a moved clock, and at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pgtrigger
import pytest
import time_machine
from django.conf import LazySettings, settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from grader import Verdict
from interview import tasks
from interview.exceptions import InterviewClosed, InterviewError, StaleRevision
from interview.models import (
    Draft,
    Event,
    ExtraTime,
    Grading,
    Interview,
    Item,
    Question,
    Review,
    Submission,
    Template,
    User,
)
from interview.models.event import EventKind
from interview.models.grading import GradingState
from interview.models.interview import CloseReason, Reveal
from interview.models.submission import SubmissionKind
from interview.models.user import Role
from interview.selectors import item as items
from interview.services import grading as gradings
from interview.services.draft import save_draft
from interview.services.extra_time import grant
from interview.services.interview import _finalise_one, close_due, finalise_due, start_interview
from interview.services.practice import start_set
from interview.services.review import claim_review
from interview.services.stage import go_on
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer, judged, result_for
from tests.interview.test_section_clock import ONE_WAY, composed

SignIn = Callable[[User], Client]
GRACE = settings.DRAFT_GRACE
MOMENT = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def end(running: Interview) -> datetime:
    assert running.deadline_at
    return running.deadline_at


def stored(interview: Interview) -> Interview:
    interview.refresh_from_db()
    return interview


# A submit at zero


def test_a_submit_in_the_last_moment_counts_and_one_at_zero_is_refused(
    running: Interview, code_item: Item, end: datetime
) -> None:
    in_time = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item), end - MOMENT)
    judged(in_time.current_grading)
    with pytest.raises(InterviewClosed):
        submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item, "late = True\n"), end)
    close_due(end)
    finalise_due(end + GRACE + MOMENT)
    assert items.counting_submission(code_item) == in_time
    assert Submission.objects.count() == 1


def test_what_a_refused_submit_held_is_saved_by_its_draft_and_shown_as_unsubmitted_work(
    running: Interview, code_item: Item, end: datetime
) -> None:
    in_time = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item), end - SECOND)
    newer = code_answer(code_item, "late = True\n")
    with pytest.raises(InterviewClosed):
        submit(code_item, SubmissionKind.SUBMIT, newer, end)
    save_draft(code_item, newer, 1, end + SECOND)
    close_due(end)
    finalise_due(end + GRACE + MOMENT)
    found = items.with_answer(code_item)
    assert (items.counting_submission(found), items.unsubmitted_work(found)) == (in_time, newer)


# Two tabs at zero


def test_of_two_tabs_at_zero_the_stale_one_overwrites_nothing(
    running: Interview, text_item: Item, end: datetime
) -> None:
    save_draft(text_item, {"text": "from before"}, 0, end - SECOND)
    save_draft(text_item, {"text": "from the first tab"}, 1, end + MOMENT)
    with pytest.raises(StaleRevision):
        save_draft(text_item, {"text": "from the second tab"}, 1, end + 2 * MOMENT)
    close_due(end)
    finalise_due(end + GRACE + MOMENT)
    assert text_item.submissions.get().answer == {"text": "from the first tab"}


# A save after closing


@pytest.mark.parametrize("ticked", [True, False])
def test_a_save_by_itself_after_the_grace_is_gone_whatever_the_row_says(
    sign_in: SignIn, candidate: User, running: Interview, text_item: Item, end: datetime, ticked: bool
) -> None:
    web = sign_in(candidate)
    with time_machine.travel(end + GRACE + MOMENT, tick=False):
        if ticked:
            tasks.tick()
        answer = web.put(
            reverse("api:draft", args=[text_item.pk]),
            {"answer": {"text": "late"}, "revision": 0},
            content_type="application/json",
        )
    assert (answer.status_code, answer.json()["code"]) == (410, "interview_closed")
    assert Draft.objects.count() == 0


def test_after_finalising_the_grace_is_over_even_for_a_clock_that_is_behind(
    running: Interview, text_item: Item, end: datetime
) -> None:
    close_due(end)
    finalise_due(end + GRACE + MOMENT)
    with pytest.raises(InterviewClosed):
        save_draft(text_item, {"text": "from a slow host"}, 0, end + GRACE)


# Slow workers


def test_closing_does_not_wait_for_gradings(running: Interview, code_item: Item, end: datetime) -> None:
    waiting = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item), end - SECOND)
    close_due(end)
    finalise_due(end + GRACE + MOMENT)
    assert stored(running).finalised_at == end + GRACE + MOMENT
    waiting.current_grading.refresh_from_db()
    assert waiting.current_grading.state == GradingState.QUEUED


def test_the_tick_has_a_queue_that_no_grading_enters() -> None:
    routes = {name: route["queue"] for name, route in settings.CELERY_TASK_ROUTES.items()}
    assert routes["interview.tick"] == "control"
    assert [name for name, queue in routes.items() if queue == "control"] == [
        "interview.tick",
        "interview.sweep",
    ]


@pytest.mark.parametrize("kind", [SubmissionKind.RUN, SubmissionKind.SUBMIT])
def test_what_began_before_zero_and_ends_after_it_is_recorded(
    running: Interview, code_item: Item, end: datetime, kind: SubmissionKind
) -> None:
    began = submit(code_item, kind, code_answer(code_item), end - SECOND)
    claimed = gradings.claim(began.current_grading.pk)
    close_due(end)
    finalise_due(end + GRACE + MOMENT)
    assert claimed
    assert gradings.record(claimed, result_for(claimed, Verdict.WRONG_ANSWER)) is True
    claimed.refresh_from_db()
    assert (claimed.state, claimed.verdict) == (GradingState.DONE, "WA")


def test_a_run_that_is_being_judged_at_zero_does_not_keep_the_draft_from_counting(
    running: Interview, code_item: Item, end: datetime
) -> None:
    submit(code_item, SubmissionKind.RUN, code_answer(code_item), end - SECOND)
    close_due(end)
    finalise_due(end + GRACE + MOMENT)
    counting = items.counting_submission(code_item)
    assert counting
    assert (counting.kind, counting.answer) == (SubmissionKind.FINAL, code_answer(code_item))


def test_nothing_is_stopped_at_zero(running: Interview, code_item: Item, end: datetime) -> None:
    submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item), end - SECOND)
    assert stop(code_item, end) is False
    assert Submission.objects.get().counts


def test_a_server_whose_tick_comes_late_closes_at_the_deadline_all_the_same(
    running: Interview, text_item: Item, end: datetime
) -> None:
    save_draft(text_item, {"text": "in time"}, 0, end)
    with time_machine.travel(end + timedelta(minutes=7), tick=False):
        tasks.tick()
    assert (stored(running).closed_at, running.close_reason) == (end, CloseReason.TIME_UP)
    assert running.finalised_at
    assert text_item.submissions.get().answer == {"text": "in time"}


# At once, on connections of their own


@pytest.fixture
def together(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, User]]:
    """People and rows that every connection sees, unlike those of a test that is rolled back; gone afterwards."""
    roles = {"candidate": Role.CANDIDATE, "admin": Role.ADMIN, "interviewer": Role.INTERVIEWER}
    with django_db_blocker.unblock():
        people = {
            name: User.objects.create_user(f"{name}@zero.example", display_name=name, role=role)
            for name, role in roles.items()
        }
        yield people
        with pgtrigger.ignore():
            _forget(people)
        connection.close()


def _forget(people: dict[str, User]) -> None:
    for model in (ExtraTime, Event, Review):
        model.objects.filter(interview__candidate=people["candidate"]).delete()
    Submission.objects.filter(item__interview__candidate=people["candidate"]).update(current_grading=None)
    Grading.objects.filter(asked_by=people["candidate"]).delete()
    Interview.objects.filter(candidate=people["candidate"]).delete()
    Template.objects.filter(slug="clocks").delete()
    User.objects.filter(pk__in=[person.pk for person in people.values()]).delete()


def at_once(*actions: Callable[[], object]) -> list[str]:
    """Run them on threads that start together. Returns what was refused; anything else that goes wrong is raised."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> str | None:
        try:
            start.wait(10)
            action()
        except InterviewError as refusal:
            return refusal.code
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(actions)) as threads:
        ended = [threads.submit(run, action) for action in actions]
    return [refused for end in ended if (refused := end.result())]


def begun(people: dict[str, User]) -> tuple[Interview, Item, datetime]:
    """An interview of the candidate, its text with a draft, and when it ends."""
    sitting = start_interview(people["candidate"], Template.objects.get(slug="first-interview"))
    text = sitting.items.get(position=1)
    save_draft(text, {"text": "before"}, 0)
    assert sitting.deadline_at
    return sitting, text, sitting.deadline_at


def test_a_last_draft_and_finalising_at_once_leave_no_draft_that_does_not_count(
    together: dict[str, User],
) -> None:
    _, text, end = begun(together)
    close_due(end)
    refused = at_once(
        lambda: save_draft(text, {"text": "last"}, 1, end + GRACE),
        lambda: finalise_due(end + GRACE + MOMENT),
    )
    counted = text.submissions.get().answer["text"]
    assert (counted, refused) in [("last", []), ("before", ["interview_closed"])]
    assert Draft.objects.get(item=text).answer == {"text": counted}


def test_extra_time_and_finalising_at_once_leave_it_open_with_nothing_fixed(
    together: dict[str, User],
) -> None:
    sitting, text, end = begun(together)
    close_due(end)
    late = end + GRACE + MOMENT
    refused = at_once(
        lambda: grant(sitting, 5, "Alarm.", together["admin"], late), lambda: finalise_due(late)
    )
    assert refused == []
    assert (stored(sitting).closed_at, sitting.finalised_at) == (None, None)
    assert items.counting_submission(text) is None
    assert sitting.deadline_at == late + timedelta(minutes=5)


def test_an_interview_that_was_opened_again_is_not_finalised_by_a_tick_that_had_it_in_hand(
    running: Interview, admin: User, end: datetime
) -> None:
    """The order that threads meet only now and then."""
    close_due(end)
    late = end + GRACE + MOMENT
    grant(running, 5, "Alarm.", admin, late)
    assert _finalise_one(running.pk, late) is False
    assert stored(running).finalised_at is None


def test_extra_time_and_the_tick_at_once_leave_it_open(together: dict[str, User]) -> None:
    sitting, _, end = begun(together)
    refused = at_once(lambda: grant(sitting, 5, "Alarm.", together["admin"], end), lambda: close_due(end))
    assert refused == []
    assert stored(sitting).is_open(end + SECOND)
    told = [event.kind for event in sitting.events.all()]
    assert told.count(EventKind.TIME_UP) == told.count(EventKind.REOPENED)


def test_of_extra_time_and_a_claim_at_once_one_is_refused(together: dict[str, User]) -> None:
    sitting, _, end = begun(together)
    close_due(end)
    late = end + GRACE + MOMENT
    finalise_due(late)
    refused = at_once(
        lambda: grant(sitting, 5, "Alarm.", together["admin"], late),
        lambda: claim_review(sitting, together["interviewer"], late),
    )
    is_open, is_claimed = stored(sitting).is_open(late + SECOND), Review.objects.filter(interview=sitting)
    assert (refused, is_open, is_claimed.exists()) in [
        (["not_reviewable"], True, False),
        (["invalid_time"], False, True),
    ]


def test_of_extra_time_and_a_new_start_at_once_one_is_refused(together: dict[str, User]) -> None:
    sitting, _, end = begun(together)
    late = timezone.now() + timedelta(hours=2)
    close_due(end)
    finalise_due(late)
    template = Template.objects.get(slug="first-interview")
    refused = at_once(
        lambda: grant(sitting, 5, "Alarm.", together["admin"], late),
        lambda: start_interview(together["candidate"], template, late),
    )
    running = Interview.objects.filter(candidate=together["candidate"], closed_at=None)
    assert refused in (["invalid_time"], ["interview_in_progress"])
    assert running.count() == 1


def test_going_on_and_the_zero_of_the_section_at_once_go_one_step(together: dict[str, User]) -> None:
    template = composed(((ONE_WAY, 10, 1), (ONE_WAY, 10, 1), (ONE_WAY, 10, 1)))
    now = timezone.now()
    sitting = start_interview(together["candidate"], template, now)
    zero = now + timedelta(minutes=10)
    refused = at_once(lambda: go_on(sitting.items.get(position=1), zero - MOMENT), lambda: close_due(zero))
    assert stored(sitting).reached == 2
    told = [event.kind for event in sitting.events.all()]
    assert (refused, told[1]) in [([], EventKind.WENT_ON), (["question_passed"], EventKind.SECTION_TIME_UP)]
    assert len(told) == 2


def test_of_two_runs_at_once_in_two_tabs_only_as_many_pass_as_one_person_may_have(
    together: dict[str, User], settings: LazySettings
) -> None:
    settings.RUNS_IN_FLIGHT = 1
    chosen = [Question.objects.get(slug="stable-softmax")]
    first, second = (start_set(together["candidate"], chosen, Reveal.END).items.get() for _ in range(2))
    refused = at_once(
        lambda: submit(first, SubmissionKind.RUN, code_answer(first)),
        lambda: submit(second, SubmissionKind.RUN, code_answer(second)),
    )
    assert (refused, Submission.objects.count()) == (["too_many_runs"], 1)
