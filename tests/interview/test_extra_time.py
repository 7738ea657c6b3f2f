"""Extra time for one interview: while it runs, at its zero and after it; who may, and what it opens or never opens."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader import Verdict
from interview.exceptions import InvalidTime, NotAllowed
from interview.models import Event, ExtraTime, Grading, Interview, Item, Review, Submission, Template, User
from interview.models.event import EventKind
from interview.models.grading import GradingState
from interview.models.interview import CloseReason, InterviewStatus, Reveal
from interview.models.submission import SubmissionKind
from interview.models.user import Role
from interview.selectors import extra_time as extra_times
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import stage as stages
from interview.services import grading as gradings
from interview.services.draft import save_draft
from interview.services.extra_time import grant
from interview.services.interview import close_due, finalise_due, start_interview
from interview.services.practice import rehearse
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.submission import submit
from tests.interview.conftest import code_answer, concluded, judged, result_for
from tests.interview.test_section_clock import STRICTLY, composed

SignIn = Callable[[User], Client]
GRACE = settings.DRAFT_GRACE
SECOND = timedelta(seconds=1)
WHY = "The fire alarm went off."
HTMX = {"HX-Request": "true"}


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


def stored(interview: Interview) -> Interview:
    interview.refresh_from_db()
    return interview


def kinds(interview: Interview) -> list[str]:
    return [event.kind for event in interview.events.all()]


@pytest.fixture
def end(running: Interview) -> datetime:
    assert running.deadline_at
    return running.deadline_at


@pytest.fixture
def closed(running: Interview, text_item: Item, code_item: Item, end: datetime) -> Interview:
    """Time was up and what counts is fixed: a text, and code that was never submitted and waits to be graded."""
    save_draft(text_item, {"text": "Half an answer"}, 0)
    save_draft(code_item, code_answer(code_item), 0)
    close_due(end)
    finalise_due(end + GRACE + SECOND)
    return stored(running)


def final(item: Item) -> Submission:
    return item.submissions.get(kind=SubmissionKind.FINAL, withdrawn_at=None)


# While it runs


def test_a_running_interview_ends_so_much_later(running: Interview, admin: User, end: datetime) -> None:
    row = grant(running, 10, WHY, admin)
    assert stored(running).deadline_at == end + minutes(10)
    assert (row.minutes, row.reason, row.granted_by, row.reopened) == (10, WHY, admin, False)
    assert row.deadline_at == end + minutes(10)
    assert kinds(running) == [EventKind.STARTED, EventKind.GRANTED_TIME]


def test_grants_add_up(running: Interview, admin: User, end: datetime) -> None:
    grant(running, 10, WHY, admin)
    grant(running, 5, WHY, admin)
    assert stored(running).deadline_at == end + minutes(15)
    assert extra_times.minutes_granted(running) == 15


def test_the_clock_of_the_section_gets_the_same(candidate: User, admin: User, bank: None) -> None:
    now = timezone.now()
    sitting = start_interview(candidate, composed(STRICTLY), now)
    grant(sitting, 7, WHY, admin, now + minutes(1))
    stored(sitting)
    assert stages.section_left(sitting, now + minutes(1)) == minutes(16)
    assert sitting.time_left(now + minutes(1)) == minutes(51)


def test_a_section_whose_time_was_up_stays_locked(candidate: User, admin: User, bank: None) -> None:
    now = timezone.now()
    sitting = start_interview(candidate, composed(STRICTLY), now)
    grant(sitting, 7, WHY, admin, now + minutes(10))
    assert stages.present(stored(sitting), now + minutes(10)).first == 3
    assert stages.section_left(sitting, now + minutes(10)) == minutes(27)


# At its zero


def test_granted_after_zero_and_before_the_tick_it_goes_on_as_if_nothing_was(
    running: Interview, admin: User, end: datetime, text_item: Item
) -> None:
    row = grant(running, 10, WHY, admin, end + SECOND)
    assert stored(running).deadline_at == end + SECOND + minutes(10)
    assert row.reopened is False
    assert close_due(end + 2 * SECOND) == 0
    assert save_draft(text_item, {"text": "On I go."}, 0, end + minutes(1)).revision == 1
    assert EventKind.TIME_UP not in kinds(running)


def test_granted_between_closing_and_finalising_it_opens_again(
    running: Interview, admin: User, end: datetime, text_item: Item
) -> None:
    close_due(end)
    row = grant(running, 10, WHY, admin, end + 2 * SECOND)
    assert row.reopened is True
    assert stored(running).is_open(end + 3 * SECOND)
    assert finalise_due(end + minutes(1)) == 0
    assert Submission.objects.count() == 0
    assert kinds(running)[1:] == [EventKind.TIME_UP, EventKind.REOPENED, EventKind.GRANTED_TIME]


def test_granted_after_finalising_it_opens_again_and_what_counts_is_settled_anew(
    closed: Interview, admin: User, end: datetime, text_item: Item
) -> None:
    early = final(text_item)
    now = end + minutes(30)
    grant(closed, 10, WHY, admin, now)
    assert (stored(closed).closed_at, closed.close_reason, closed.finalised_at) == (None, "", None)
    assert closed.deadline_at == now + minutes(10)
    save_draft(text_item, {"text": "A whole answer"}, 1, now + minutes(9))
    close_due(now + minutes(10))
    finalise_due(now + minutes(11))
    assert final(text_item).answer == {"text": "A whole answer"}
    early.refresh_from_db()
    assert early.withdrawn_at == now
    assert interviews.status(stored(closed)) == InterviewStatus.AUTO_SUBMITTED


def test_a_final_grading_that_waits_is_aborted(
    closed: Interview, admin: User, end: datetime, code_item: Item
) -> None:
    waiting = final(code_item).current_grading
    grant(closed, 10, WHY, admin, end + minutes(1))
    waiting.refresh_from_db()
    assert waiting.state == GradingState.CANCELLED
    assert gradings.claim(waiting.pk) is None


def test_a_final_grading_that_runs_is_aborted_and_its_result_refused(
    closed: Interview, admin: User, end: datetime, code_item: Item
) -> None:
    claimed = gradings.claim(final(code_item).current_grading.pk)
    assert claimed
    grant(closed, 10, WHY, admin, end + minutes(1))
    assert gradings.record(claimed, result_for(claimed)) is False
    claimed.refresh_from_db()
    assert (claimed.state, claimed.verdict) == (GradingState.CANCELLED, "")


def test_a_final_grading_that_is_done_is_kept_and_counts_no_more(
    closed: Interview, admin: User, end: datetime, code_item: Item
) -> None:
    done = judged(final(code_item).current_grading, Verdict.WRONG_ANSWER)
    grant(closed, 10, WHY, admin, end + minutes(1))
    done.refresh_from_db()
    assert (done.state, done.verdict) == (GradingState.DONE, "WA")
    assert items.counting_submission(code_item) is None
    assert items.latest_submission(code_item) is None


def test_a_submission_of_before_still_counts(
    running: Interview, admin: User, end: datetime, code_item: Item
) -> None:
    handed_over = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item))
    close_due(end)
    finalise_due(end + minutes(1))
    grant(running, 10, WHY, admin, end + minutes(2))
    assert items.counting_submission(code_item) == handed_over
    handed_over.current_grading.refresh_from_db()
    assert handed_over.current_grading.state == GradingState.QUEUED


def test_a_section_that_was_locked_stays_so_when_the_interview_opens_again(
    candidate: User, admin: User, bank: None
) -> None:
    now = timezone.now()
    sitting = start_interview(candidate, composed(STRICTLY), now)
    close_due(now + minutes(45))
    grant(sitting, 10, WHY, admin, now + minutes(50))
    assert stages.present(stored(sitting), now + minutes(50)).first == 4
    assert sitting.time_left(now + minutes(50)) == minutes(10)


# What is refused


def refused(interview: Interview, by: User, now: datetime | None = None) -> str:
    before = Interview.objects.values().get(pk=interview.pk)
    with pytest.raises(InvalidTime) as refusal:
        grant(interview, 10, WHY, by, now)
    assert Interview.objects.values().get(pk=interview.pk) == before
    assert not ExtraTime.objects.exists()
    return str(refusal.value)


def test_once_a_review_is_claimed_nothing_opens_it_again(
    closed: Interview, admin: User, interviewer: User, end: datetime, code_item: Item
) -> None:
    judged(final(code_item).current_grading)
    claim_review(closed, interviewer, end + minutes(1))
    assert "claimed the review" in refused(closed, admin, end + minutes(2))
    assert "claimed the review" in refused(closed, admin, end + minutes(2) + settings.REVIEW_LEASE)


def test_what_is_released_stays_so(
    closed: Interview, admin: User, interviewer: User, end: datetime, code_item: Item
) -> None:
    judged(final(code_item).current_grading)
    now = end + minutes(1)
    review = claim_review(closed, interviewer, now)
    for item in closed.items.all():
        mark_item(review, item, Judgement([], "Read it again."), now)
    concluded(review, "no", "Too short.", "Write more.", now)
    assert "is released" in refused(closed, admin, now)


def test_what_was_handed_in_stays_so(handed_in: Interview, admin: User) -> None:
    assert "handed in before the time was up" in refused(handed_in, admin)


def test_what_was_cancelled_stays_so(running: Interview, admin: User) -> None:
    Interview.objects.filter(pk=running.pk).update(
        closed_at=timezone.now(), close_reason=CloseReason.CANCELLED
    )
    assert "was cancelled" in refused(running, admin)


def test_a_day_later_nothing_opens_it_again(closed: Interview, admin: User, end: datetime) -> None:
    assert extra_times.may_reopen(closed, end + settings.REOPEN_WITHIN)
    assert "more than 24 hours ago" in refused(closed, admin, end + settings.REOPEN_WITHIN + SECOND)


def test_while_another_interview_runs_nothing_opens_this_one(
    closed: Interview, admin: User, candidate: User, template: Template, end: datetime
) -> None:
    now = end + minutes(1)
    start_interview(candidate, template, now)
    told = refused(closed, admin, now)
    assert "Casey is in the middle of “A first interview”" in told


def test_practice_gets_none(candidate: User, template: Template, admin: User) -> None:
    assert "can be paused" in refused(rehearse(candidate, template, Reveal.END), admin)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_only_admins_grant_it(running: Interview, person: Callable[..., User], role: Role) -> None:
    with pytest.raises(NotAllowed):
        grant(running, 10, WHY, person("sam", role))
    assert not ExtraTime.objects.exists()


def test_nobody_grants_it_to_themselves(admin: User, template: Template) -> None:
    own = start_interview(admin, template)
    with pytest.raises(NotAllowed, match="Ask another admin"):
        grant(own, 10, WHY, admin)


# What the database keeps


@pytest.mark.parametrize("change", [{"minutes": 0}, {"minutes": 241}, {"reason": ""}])
def test_the_database_refuses_a_grant_out_of_bounds(
    running: Interview, admin: User, change: dict[str, Any]
) -> None:
    now = timezone.now()
    row = {"minutes": 5, "reason": WHY, "granted_at": now, "deadline_at": now, "reopened": False} | change
    with pytest.raises(IntegrityError), transaction.atomic():
        ExtraTime.objects.create(interview=running, granted_by=admin, **row)


def test_a_grant_cannot_be_rewritten(running: Interview, admin: User) -> None:
    grant(running, 10, WHY, admin)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        ExtraTime.objects.update(minutes=20)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        ExtraTime.objects.all().delete()


OPEN = {"closed_at": None, "close_reason": "", "finalised_at": None}


def test_the_database_opens_nothing_that_was_handed_in(handed_in: Interview) -> None:
    with pytest.raises(IntegrityError, match="only an interview whose time was up"), transaction.atomic():
        Interview.objects.filter(pk=handed_in.pk).update(**OPEN)


def test_the_database_opens_nothing_that_somebody_reviews(
    closed: Interview, interviewer: User, end: datetime, code_item: Item
) -> None:
    judged(final(code_item).current_grading)
    claim_review(closed, interviewer, end + minutes(1))
    with pytest.raises(IntegrityError, match="before anybody reviews it"), transaction.atomic():
        Interview.objects.filter(pk=closed.pk).update(**OPEN)


def test_the_database_lets_nobody_review_what_can_still_be_written(
    running: Interview, interviewer: User
) -> None:
    now = timezone.now()
    with pytest.raises(IntegrityError, match="only when what counts"), transaction.atomic():
        Review.objects.create(interview=running, reviewer=interviewer, claimed_at=now, lease_until=now)


# The admin's pages


@pytest.fixture
def as_admin(sign_in: SignIn, admin: User) -> Client:
    return sign_in(admin)


def test_an_admin_finds_running_and_just_closed_interviews(
    as_admin: Client, closed: Interview, other_candidate: User, template: Template, end: datetime
) -> None:
    url = reverse("people_interviews")
    with time_machine.travel(end + minutes(1), tick=False):
        start_interview(other_candidate, template)
        everything = page(as_admin.get(url))
        running = page(as_admin.get(url, {"state": "running"}))
        just_closed = page(as_admin.get(url, {"state": "closed"}))
        robins = page(as_admin.get(url, {"search": "ROBIN@"}))
    assert ("Casey" in everything, "Robin" in everything) == (True, True)
    assert ("Casey</a>" in running, "Robin</a>" in running) == (False, True)
    assert ("Casey</a>" in just_closed, "Robin</a>" in just_closed) == (True, False)
    assert ("Casey</a>" in robins, "Robin</a>" in robins) == (False, True)


def test_practice_of_others_is_in_no_list(as_admin: Client, candidate: User, template: Template) -> None:
    practice = rehearse(candidate, template, Reveal.END)
    assert "Casey</a>" not in page(as_admin.get(reverse("people_interviews")))
    assert as_admin.get(reverse("people_interview", args=[practice.pk])).status_code == 404


def test_an_admin_grants_time_and_reads_who_granted_what(
    as_admin: Client, admin: User, running: Interview, end: datetime
) -> None:
    url = reverse("people_interview", args=[running.pk])
    shown = page(as_admin.post(url, {"minutes": "10", "reason": WHY}, follow=True))
    assert "Casey has 10 minutes more." in shown
    assert WHY in shown
    assert stored(running).deadline_at == end + minutes(10)


def test_reopening_is_told_before_and_after(as_admin: Client, closed: Interview, end: datetime) -> None:
    url = reverse("people_interview", args=[closed.pk])
    with time_machine.travel(end + minutes(1), tick=False):
        assert "opens it again at once" in page(as_admin.get(url))
        shown = page(as_admin.post(url, {"minutes": "10", "reason": WHY}, follow=True))
    assert "The interview is open again" in shown


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({"minutes": "0", "reason": WHY}, "greater than or equal to 1"),
        ({"minutes": "241", "reason": WHY}, "less than or equal to 240"),
        ({"minutes": "5"}, "Write why"),
        ({"reason": WHY}, "Say how many minutes"),
    ],
)
def test_what_cannot_be_granted_is_told_at_its_field(
    as_admin: Client, running: Interview, end: datetime, sent: dict[str, str], complaint: str
) -> None:
    answer = as_admin.post(reverse("people_interview", args=[running.pk]), sent)
    assert answer.status_code == 422
    assert complaint in page(answer)
    assert stored(running).deadline_at == end


def test_where_none_can_be_granted_the_page_says_why_and_has_no_form(
    as_admin: Client, handed_in: Interview
) -> None:
    shown = page(as_admin.get(reverse("people_interview", args=[handed_in.pk])))
    assert "handed in before the time was up" in shown
    assert 'name="minutes"' not in shown


def test_a_list_of_many_interviews_asks_the_database_no_oftener(
    as_admin: Client,
    person: Callable[..., User],
    template: Template,
    django_assert_max_num_queries: Any,
) -> None:
    for name in ("ann", "bob", "cyd", "dan"):
        start_interview(person(name), template)
    with django_assert_max_num_queries(8):
        assert as_admin.get(reverse("people_interviews")).status_code == 200


# What the candidate sees


def test_the_clock_of_the_page_tells_the_new_time(
    sign_in: SignIn, candidate: User, admin: User, running: Interview, end: datetime
) -> None:
    with time_machine.travel(end - minutes(1), tick=False):
        grant(running, 10, WHY, admin)
        clock = sign_in(candidate).get(reverse("api:clock", args=[running.pk])).json()
    assert clock["seconds_left"] == 11 * 60


def test_the_closed_page_waits_for_extra_time_and_says_when_it_is_there(
    sign_in: SignIn, candidate: User, admin: User, closed: Interview, end: datetime
) -> None:
    web, again = sign_in(candidate), reverse("interview_again", args=[closed.pk])
    with time_machine.travel(end + minutes(1), tick=False):
        assert f'hx-get="{again}"' in page(web.get(reverse("interview_closed", args=[closed.pk])))
        assert f'hx-get="{again}"' in page(web.get(again, headers=HTMX))
        grant(closed, 10, WHY, admin)
        shown = page(web.get(again, headers=HTMX))
        assert web.get(reverse("interview_closed", args=[closed.pk]), headers=HTMX).status_code == 204
    assert "Open again" in shown
    assert "10 minutes left" in shown
    assert "hx-get" not in shown


def test_the_closed_page_stops_waiting_once_a_review_is_claimed(
    sign_in: SignIn, candidate: User, interviewer: User, closed: Interview, code_item: Item, end: datetime
) -> None:
    judged(final(code_item).current_grading)
    with time_machine.travel(end + minutes(1), tick=False):
        claim_review(closed, interviewer)
        again = reverse("interview_again", args=[closed.pk])
        assert "hx-get" not in page(sign_in(candidate).get(again, headers=HTMX))


def test_the_candidate_reads_the_minutes_and_not_the_reason(
    sign_in: SignIn, candidate: User, admin: User, running: Interview, end: datetime
) -> None:
    grant(running, 10, WHY, admin)
    with time_machine.travel(end + minutes(20), tick=False):
        close_due()
        shown = page(sign_in(candidate).get(reverse("interview_closed", args=[running.pk])))
    assert "10 minutes of extra time were granted" in shown
    assert WHY not in shown


def test_nobody_else_asks_whether_it_is_open_again(
    sign_in: SignIn, other_candidate: User, closed: Interview
) -> None:
    answer = sign_in(other_candidate).get(reverse("interview_again", args=[closed.pk]), headers=HTMX)
    assert answer.status_code == 404


def test_the_story_tells_of_it_without_minutes(running: Interview, admin: User) -> None:
    grant(running, 10, WHY, admin)
    told = Event.objects.get(interview=running, kind=EventKind.GRANTED_TIME)
    assert (told.actor, str(told)[:12]) == (admin, "granted_time")


def test_gradings_of_other_interviews_are_left_alone(
    closed: Interview, admin: User, other_candidate: User, template: Template, end: datetime
) -> None:
    other = start_interview(other_candidate, template)
    code = other.items.get(release__question__slug="stable-softmax")
    submit(code, SubmissionKind.SUBMIT, code_answer(code))
    grant(closed, 10, WHY, admin, end + minutes(1))
    states = Grading.objects.order_by("state").values_list("state", flat=True)
    assert list(states) == [GradingState.CANCELLED, GradingState.QUEUED]
