"""A candidate's progress: what counts of it, what does not yet, and that it is nobody else's."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from interview.models import Area, Interview, Question, Template, User
from interview.models.interview import CloseReason, Reveal
from interview.selectors import interview as interviews
from interview.selectors import progress
from interview.selectors.report import report
from interview.services.draft import save_draft
from interview.services.interview import start_interview
from interview.services.practice import mark_self, reveal_item, start_set
from interview.services.review import Judgement, claim_review, mark_item
from interview.views.progress import PAGE_SIZE
from tests.interview.sittings import (
    BACKPROPAGATION,
    OPTIMIZERS,
    OVERFITTING,
    TEXT,
    handed_in,
    met,
    practised,
    released,
)
from tests.interview.test_api import SignIn
from tests.interview.test_candidate_pages import text_of

URL = "/progress/"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def page_of(web: Client, **query: str) -> str:
    return text_of(web.get(URL, query))


# What counts


def test_courses_have_the_scores_of_the_reports_oldest_first(
    bank: None, candidate: User, interviewer: User, now: datetime
) -> None:
    reached = [{BACKPROPAGATION: 4, OPTIMIZERS: 3}, {BACKPROPAGATION: 8, OVERFITTING: 6}]
    made = [
        released(candidate, interviewer, each, now - timedelta(days=2 - day))
        for day, each in enumerate(reached)
    ]
    courses, untouched = progress.courses(progress.recent(candidate))
    told = {course.title: [point.percent for point in course.points] for course in courses}
    assert told == {
        "All areas": [32, 64],
        "Backpropagation and fundamentals": [40, 80],
        "Optimizers": [25],
        "Regularization and generalization": [50],
    }
    assert [area.slug for area in untouched] == ["architecture", "debugging", "deployment"]
    whole = report(interviews.with_items(Interview.objects.filter(pk=made[0].pk)).get())
    assert [course.points[0].share for course in courses[1:3]] == [area.fraction for area in whole.areas]


def test_practice_is_told_apart_and_counts_as_far_as_it_is_marked(
    bank: None, candidate: User, interviewer: User, now: datetime
) -> None:
    released(candidate, interviewer, {BACKPROPAGATION: 5}, now - timedelta(days=2))
    practised(candidate, {BACKPROPAGATION: 9, OPTIMIZERS: None}, now - timedelta(days=1))
    courses, untouched = progress.courses(progress.recent(candidate))
    assert [(point.percent, point.counted) for point in courses[0].points] == [(50, True), (90, False)]
    assert Area.objects.get(slug="optimizers") in untouched


def test_practice_that_goes_on_counts_what_it_has_shown_and_what_was_marked(
    bank: None, candidate: User, now: datetime
) -> None:
    questions = list(Question.objects.filter(slug__in=[BACKPROPAGATION, OPTIMIZERS]))
    practice = start_set(candidate, questions, Reveal.EACH)
    assert progress.recent(candidate) == []
    first, second = practice.items.all()
    for item in (first, second):
        save_draft(item, TEXT, 0)
    reveal_item(first)
    mark_self(first, met(first, 7), "")
    (sitting,) = progress.recent(candidate)
    assert ([answer.points for answer in sitting.answers], sitting.questions) == ([7], 2)
    assert not sitting.has_report


def test_a_question_of_practice_that_was_left_empty_says_nothing(bank: None, candidate: User) -> None:
    practice = start_set(candidate, list(Question.objects.filter(slug="five-optimizers")), Reveal.EACH)
    reveal_item(practice.items.get())
    (sitting,) = progress.recent(candidate)
    assert (sitting.answers, sitting.percent) == ([], None)


def test_only_the_newest_of_each_mode_are_looked_at(
    bank: None, candidate: User, interviewer: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOOKED_AT", 2)
    for days in (1, 2, 3):
        practised(candidate, {BACKPROPAGATION: days}, now - timedelta(days=days))
    released(candidate, interviewer, {BACKPROPAGATION: 9}, now - timedelta(days=9))
    assert [sitting.percent for sitting in progress.recent(candidate)] == [10, 20, 90]


# What does not count


def test_nothing_of_an_interview_shows_before_its_release(
    bank: None, web: Client, candidate: User, interviewer: User, now: datetime
) -> None:
    interview = handed_in(candidate, [BACKPROPAGATION], now - timedelta(hours=1))
    assert "Nothing is scored yet" in page_of(web)
    review = claim_review(interview, interviewer, now)
    item = interview.items.get()
    mark_item(review, item, Judgement(met(item, 9)), now)
    page = page_of(web)
    assert ("Nothing is scored yet" in page, "90 %" in page) == (True, False)
    assert progress.recent(candidate) == []


def test_a_running_interview_does_not_count(template: Template, candidate: User) -> None:
    start_interview(candidate, template)
    assert progress.recent(candidate) == []


def test_a_cancelled_practice_does_not_count(bank: None, candidate: User, now: datetime) -> None:
    practice = practised(candidate, {BACKPROPAGATION: 9}, now)
    Interview.objects.filter(pk=practice.pk).update(close_reason=CloseReason.CANCELLED)
    assert progress.recent(candidate) == []


def test_another_candidates_answers_never_count(
    bank: None, web: Client, other_candidate: User, interviewer: User, now: datetime
) -> None:
    released(other_candidate, interviewer, {BACKPROPAGATION: 9}, now - timedelta(days=2))
    practised(other_candidate, {OPTIMIZERS: 9}, now - timedelta(days=1))
    page = page_of(web)
    assert ("Nothing is scored yet" in page, "90 %" in page, "75 %" in page) == (True, False, False)


def test_a_reviewer_finds_nothing_of_what_they_reviewed(
    bank: None, sign_in: SignIn, candidate: User, interviewer: User, now: datetime
) -> None:
    released(candidate, interviewer, {BACKPROPAGATION: 9}, now)
    assert "Nothing is scored yet" in page_of(sign_in(interviewer))


def test_who_is_not_signed_in_is_asked_to(client: Client, db: None) -> None:
    response = client.get(URL)
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={URL}")


# The page


def test_without_answers_the_page_says_what_will_be_there_and_offers_practice(
    bank: None, web: Client
) -> None:
    page = page_of(web)
    assert "Your share in each area appears here when the report of an interview is released" in page
    assert page.count("Nothing yet") == 8
    assert "/practice/set/?questions=a-model-of-your-own" in page
    assert "nothing can fill it" not in page
    assert "Over time" not in page


def test_an_item_that_the_bank_cannot_fill_says_so(bank: None, web: Client) -> None:
    Question.objects.update(state="retired")
    assert page_of(web).count("The bank has no published question on this yet, so nothing can fill it") == 8


def test_one_interview_is_shown_without_a_line_and_without_a_claim(
    bank: None, web: Client, candidate: User, interviewer: User, now: datetime
) -> None:
    interview = released(candidate, interviewer, {BACKPROPAGATION: 9}, now)
    page = page_of(web)
    assert "Backpropagation and fundamentals: 90 % in one interview" in page
    assert "One interview is no trend" in page
    assert "<polyline" not in page
    assert "probably between" in page
    assert f'href="{reverse("report", args=[interview.pk])}#q1"' in page


def test_several_are_drawn_and_listed_newest_first(
    bank: None, web: Client, candidate: User, interviewer: User, now: datetime
) -> None:
    for days, points in ((3, 4), (2, 6), (1, 9)):
        released(candidate, interviewer, {BACKPROPAGATION: points}, now - timedelta(days=days))
    page = page_of(web)
    assert "Backpropagation and fundamentals: from 40 % to 90 % in three interviews" in page
    assert page.count('<polyline class="y"') == 2
    listed = page[page.index("All sittings") :]
    places = [listed.index(f"{share} %") for share in (90, 60, 40)]
    assert places == sorted(places)


def test_many_sittings_have_pages(bank: None, web: Client, candidate: User, now: datetime) -> None:
    for hours in range(PAGE_SIZE + 1):
        practised(candidate, {BACKPROPAGATION: 5}, now - timedelta(hours=hours + 1))
    assert "?page=2#sittings" in page_of(web)
    last = page_of(web, page="2")
    assert last[last.index("All sittings") :].count("1 of 1 answers") == 1


def test_a_page_beyond_what_is_looked_at_has_its_shares_and_says_what_is_left_out(
    bank: None, web: Client, candidate: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LOOKED_AT", 1)
    practised(candidate, {BACKPROPAGATION: 2}, now - timedelta(days=2))
    practised(candidate, {BACKPROPAGATION: 7}, now - timedelta(days=1))
    page = page_of(web)
    assert "Looked at are your newest 1 interviews and 1 practices" in page
    assert "20 %" in page[page.index("All sittings") :]


def test_it_takes_as_many_queries_for_twenty_sittings_as_for_two(
    bank: None, web: Client, candidate: User, interviewer: User, now: datetime
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            web.get(URL)
        return len(caught)

    def sit(day: int) -> None:
        released(
            candidate,
            interviewer,
            {BACKPROPAGATION: 5, OPTIMIZERS: 5},
            now - timedelta(days=2 * day),
        )
        practised(candidate, {OVERFITTING: 5}, now - timedelta(days=2 * day, hours=-5))

    sit(1)
    few = queries()
    for day in range(2, 11):
        sit(day)
    assert progress.of_candidate(candidate).count() == 20
    assert queries() == few


@pytest.mark.parametrize("name", ["interview_list", "report"])
def test_other_pages_lead_here(
    bank: None, web: Client, candidate: User, interviewer: User, now: datetime, name: str
) -> None:
    interview = released(candidate, interviewer, {BACKPROPAGATION: 9}, now)
    page = text_of(web.get(reverse(name, args=[interview.pk] if name == "report" else [])))
    main = page[page.index("<main") :]
    assert f'href="{URL}"' in main


def test_the_report_leads_its_reviewer_nowhere_else(
    bank: None,
    sign_in: Callable[[User], Client],
    candidate: User,
    interviewer: User,
    now: datetime,
) -> None:
    interview = released(candidate, interviewer, {BACKPROPAGATION: 9}, now)
    page = text_of(sign_in(interviewer).get(reverse("report", args=[interview.pk])))
    assert URL not in page
