"""One-way sections: what is open, what is behind, what is ahead; by services, pages and API."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from interview.exceptions import InterviewClosed, QuestionAhead, QuestionPassed
from interview.models import Interview, Item, Submission, Template, User
from interview.models.event import EventKind
from interview.models.interview import Reveal
from interview.models.submission import SubmissionKind
from interview.models.template import Navigation
from interview.selectors import stage as stages
from interview.selectors.stage import Stage, Standing
from interview.services.draft import restore, save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.practice import open_hint, pause, rehearse, reveal_item
from interview.services.stage import go_on
from interview.services.submission import submit
from tests.interview.conftest import code_answer

SignIn = Callable[[User], Client]
FREE, ONE_WAY = Navigation.FREE, Navigation.ONE_WAY


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def sitting(candidate: User, one_way: Template) -> Interview:
    return start_interview(candidate, one_way)


def item(interview: Interview, position: int) -> Item:
    return interview.items.get(position=position)


def standings(interview: Interview) -> list[str]:
    interview.refresh_from_db()
    stage = stages.present(interview)
    return [stage.standing(found.position).value for found in interview.items.order_by("position")]


def go_on_to(interview: Interview, position: int) -> None:
    while interview.reached < position:
        last = stages.present(interview).last
        assert last
        go_on(item(interview, last))
        interview.refresh_from_db()


def an_answer(found: Item) -> dict[str, Any]:
    return code_answer(found) if found.release.starter else {"text": "Late words."}


# Stages


@given(
    navigations=st.lists(
        st.tuples(st.sampled_from([FREE, ONE_WAY]), st.integers(1, 4)), min_size=1, max_size=6
    )
)
def test_stages_cut_an_interview_where_one_way_begins_or_ends(
    navigations: list[tuple[Navigation, int]],
) -> None:
    """Every stage is one question of a one-way section, or all questions of free sections that follow one another."""
    order = [index for index, (_, count) in enumerate(navigations) for _ in range(count)]
    interview = Interview(plan={"sections": [{"navigation": way.value} for way, _ in navigations]})
    interview._prefetched_objects_cache = {
        "items": [Item(position=position, section=section) for position, section in enumerate(order, start=1)]
    }
    groups: list[list[int]] = []
    while True:
        stage = stages.present(interview)
        groups.append([p for p in range(1, len(order) + 1) if stage.standing(p) == Standing.HERE])
        if stage.last is None:
            break
        interview.reached = stage.last + 1
    assert [position for group in groups for position in group] == list(range(1, len(order) + 1))
    for group in groups:
        ways = {navigations[order[position - 1]][0] for position in group}
        assert ways == {FREE} or (ways == {ONE_WAY} and len(group) == 1)
    for left, right in pairwise(groups):
        assert ONE_WAY in {navigations[order[position - 1]][0] for position in (left[-1], right[0])}


def test_an_interview_of_free_sections_is_one_stage(running: Interview) -> None:
    assert stages.present(running) == Stage(1, None)


def test_going_on_opens_the_next_stage_and_locks_what_lies_behind(sitting: Interview) -> None:
    assert standings(sitting) == ["here", "here", "ahead", "ahead"]
    go_on_to(sitting, 3)
    assert standings(sitting) == ["behind", "behind", "here", "ahead"]
    go_on_to(sitting, 4)
    assert standings(sitting) == ["behind", "behind", "behind", "here"]
    story = [event.kind for event in sitting.events.all()]
    assert story == [EventKind.STARTED, EventKind.WENT_ON, EventKind.WENT_ON]


def test_two_presses_go_one_step(sitting: Interview) -> None:
    pressed = item(sitting, 2)
    go_on(pressed)
    with pytest.raises(QuestionPassed):
        go_on(pressed)
    assert standings(sitting) == ["behind", "behind", "here", "ahead"]


def test_nobody_goes_on_from_a_question_that_is_not_open_yet(sitting: Interview) -> None:
    with pytest.raises(QuestionAhead, match="Question 4 is not open yet"):
        go_on(item(sitting, 4))


def test_nothing_follows_the_last_part(sitting: Interview) -> None:
    go_on_to(sitting, 4)
    with pytest.raises(InterviewClosed, match="nothing follows"):
        go_on(item(sitting, 4))


def test_nobody_goes_on_after_the_end(sitting: Interview, candidate: User) -> None:
    late = sitting.deadline_at and sitting.deadline_at + timedelta(seconds=1)
    with pytest.raises(InterviewClosed, match="This interview is closed"):
        go_on(item(sitting, 1), late)
    hand_in(sitting, candidate)
    with pytest.raises(InterviewClosed, match="This interview is closed"):
        go_on(item(sitting, 1))


def test_a_paused_rehearsal_does_not_go_on(candidate: User, one_way: Template) -> None:
    practice = rehearse(candidate, one_way, Reveal.EACH)
    pause(practice)
    with pytest.raises(InterviewClosed, match="paused"):
        go_on(item(practice, 1))


# Saving and submitting


@pytest.mark.parametrize("position", [1, 2])
def test_a_question_that_was_left_takes_no_draft_and_restores_none(sitting: Interview, position: int) -> None:
    found = item(sitting, position)
    save_draft(found, {"text": "In time."}, 0)
    go_on_to(sitting, 3)
    with pytest.raises(QuestionPassed, match=f"You went on from question {position}"):
        save_draft(item(sitting, position), {"text": "Too late."}, 1)
    with pytest.raises(QuestionPassed):
        restore(found, found.snapshots.get().answer)
    assert item(sitting, position).draft.answer == {"text": "In time."}


@pytest.mark.parametrize("position", [3, 4])
def test_a_question_that_is_ahead_takes_no_draft(sitting: Interview, position: int) -> None:
    found = item(sitting, position)
    with pytest.raises(QuestionAhead):
        save_draft(found, an_answer(found), 0)


@pytest.mark.parametrize(("at", "refusal"), [(1, QuestionAhead), (4, QuestionPassed)])
@pytest.mark.parametrize("kind", [SubmissionKind.RUN, SubmissionKind.SUBMIT])
def test_code_is_handed_over_only_where_the_candidate_is(
    sitting: Interview, at: int, refusal: type[Exception], kind: SubmissionKind
) -> None:
    go_on_to(sitting, at)
    found = item(sitting, 3)
    with pytest.raises(refusal):
        submit(found, kind, code_answer(found))
    assert Submission.objects.count() == 0


def test_a_draft_that_was_left_counts_at_the_end(sitting: Interview, candidate: User) -> None:
    save_draft(item(sitting, 1), {"text": "In time."}, 0)
    go_on_to(sitting, 4)
    hand_in(sitting, candidate)
    assert item(sitting, 1).submissions.get().answer == {"text": "In time."}


def test_practice_shows_neither_hints_nor_answers_ahead(candidate: User, one_way: Template) -> None:
    practice = rehearse(candidate, one_way, Reveal.EACH)
    for ask in (open_hint, reveal_item):
        with pytest.raises(QuestionAhead):
            ask(item(practice, 3))


# Pages


def url(interview: Interview, position: int, name: str = "item") -> str:
    return reverse(name, args=[interview.pk, position])


def test_the_page_of_a_question_ahead_shows_nothing_of_it(
    sign_in: SignIn, candidate: User, sitting: Interview
) -> None:
    answer = sign_in(candidate).get(url(sitting, 3))
    assert answer.status_code == 409
    assert "Not open yet" in page(answer)
    assert item(sitting, 3).release.title not in page(answer)


def test_the_page_of_a_question_that_was_left_says_what_counts(
    sign_in: SignIn, candidate: User, sitting: Interview
) -> None:
    save_draft(item(sitting, 1), {"text": "In time."}, 0)
    go_on_to(sitting, 3)
    shown = page(sign_in(candidate).get(url(sitting, 1)))
    assert "the question is locked. Your answer stays as it was saved at" in shown
    assert "<textarea" not in shown


def test_the_bar_links_only_what_is_open(sign_in: SignIn, candidate: User, sitting: Interview) -> None:
    shown = page(sign_in(candidate).get(url(sitting, 1)))
    linked = [position for position in range(1, 5) if f'href="{url(sitting, position)}" data-s' in shown]
    assert linked == [1, 2]
    assert 'aria-label="Question 3, not open yet"' in shown


def test_the_last_question_of_a_stage_leads_on_and_the_others_do_not(
    sign_in: SignIn, candidate: User, sitting: Interview
) -> None:
    client, onward = sign_in(candidate), "Go on…"
    assert onward not in page(client.get(url(sitting, 1)))
    shown = page(client.get(url(sitting, 2)))
    assert onward in shown
    assert "Next question" not in shown


def test_going_on_asks_first_and_then_locks(sign_in: SignIn, candidate: User, sitting: Interview) -> None:
    client = sign_in(candidate)
    shown = page(client.get(url(sitting, 2, "interview_go_on")))
    assert "Questions 1 to 2 lock when you go on." in shown
    assert standings(sitting) == ["here", "here", "ahead", "ahead"]
    answer = client.post(url(sitting, 2, "interview_go_on"))
    assert answer.headers["location"] == url(sitting, 3)
    again = client.post(url(sitting, 2, "interview_go_on"), follow=True)
    assert again.redirect_chain[-1][0] == url(sitting, 3)
    assert standings(sitting) == ["behind", "behind", "here", "ahead"]


def test_coming_back_leads_to_where_one_is(sign_in: SignIn, candidate: User, sitting: Interview) -> None:
    go_on_to(sitting, 3)
    assert sign_in(candidate).get(reverse("interview", args=[sitting.pk])).headers["location"] == url(
        sitting, 3
    )


def test_handing_in_tells_what_was_not_opened_and_no_titles_of_it(
    sign_in: SignIn, candidate: User, sitting: Interview
) -> None:
    shown = page(sign_in(candidate).get(reverse("interview_finish", args=[sitting.pk])))
    assert "2 questions not opened yet:" in shown
    assert item(sitting, 3).release.title not in shown


def test_saving_without_script_what_was_left_is_refused_in_words(
    sign_in: SignIn, candidate: User, sitting: Interview
) -> None:
    go_on_to(sitting, 3)
    answer = sign_in(candidate).post(
        url(sitting, 1, "item_save"), {"revision": "0", "text": "Late."}, follow=True
    )
    assert "You went on from question 1" in page(answer)
    assert not hasattr(item(sitting, 1), "draft")


def test_submitting_what_was_left_is_refused_in_words(
    sign_in: SignIn, candidate: User, sitting: Interview
) -> None:
    go_on_to(sitting, 4)
    words = {"kind": "submit", "code": "x = 1"}
    answer = sign_in(candidate).post(url(sitting, 3, "item_submit"), words, follow=True)
    assert "You went on from question 3" in page(answer)


def test_another_candidate_does_not_go_on_for_somebody(
    sign_in: SignIn, other_candidate: User, sitting: Interview
) -> None:
    assert sign_in(other_candidate).post(url(sitting, 2, "interview_go_on")).status_code == 404
    assert standings(sitting) == ["here", "here", "ahead", "ahead"]


def test_after_the_end_everything_is_listed_again(
    sign_in: SignIn, candidate: User, sitting: Interview
) -> None:
    hand_in(sitting, candidate)
    shown = page(sign_in(candidate).get(reverse("interview_closed", args=[sitting.pk])))
    assert item(sitting, 4).release.title in shown


# API


def test_the_api_refuses_what_the_pages_refuse(sign_in: SignIn, candidate: User, sitting: Interview) -> None:
    client = sign_in(candidate)
    ahead = reverse("api:draft", args=[item(sitting, 3).pk])
    answer = client.get(ahead)
    assert (answer.status_code, answer.json()["code"]) == (409, "question_ahead")
    go_on_to(sitting, 3)
    behind = reverse("api:draft", args=[item(sitting, 1).pk])
    body = {"answer": {"text": "Late."}, "revision": 0}
    answer = client.put(behind, body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (410, "question_passed")


def test_the_api_names_no_title_of_what_is_ahead(
    sign_in: SignIn, candidate: User, sitting: Interview
) -> None:
    listed = sign_in(candidate).get(f"/api/v1/interviews/{sitting.pk}/").json()["items"]
    assert [found["title"] for found in listed][2:] == ["Question 3", "Question 4"]
