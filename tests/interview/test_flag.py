"""Flags and the map: where a candidate stands, in words, on every page of a running interview."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from interview.exceptions import InterviewClosed, QuestionAhead, QuestionPassed
from interview.models import Interview, Item, Template, User
from interview.services.interview import hand_in, start_interview
from interview.services.item import flag
from interview.services.stage import go_on
from tests.interview.test_api import SignIn


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def words(page: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.decode()).split())


def part(page: bytes, start: str, end: str) -> bytes:
    return page[page.index(start.encode()) :].partition(end.encode())[0]


def test_a_flag_is_set_and_taken_off(text_item: Item) -> None:
    flag(text_item, True)
    assert Item.objects.get(pk=text_item.pk).flagged is True
    flag(text_item, False)
    assert Item.objects.get(pk=text_item.pk).flagged is False


def test_nothing_is_flagged_after_the_end(running: Interview, text_item: Item, candidate: User) -> None:
    hand_in(running, candidate)
    with pytest.raises(InterviewClosed):
        flag(text_item, True)


def test_only_questions_that_are_open_are_flagged(candidate: User, one_way: Template) -> None:
    sitting = start_interview(candidate, one_way)
    first, second, third = (sitting.items.get(position=position) for position in (1, 2, 3))
    with pytest.raises(QuestionAhead):
        flag(third, True)
    go_on(second)
    with pytest.raises(QuestionPassed):
        flag(first, True)


def test_a_press_brings_the_button_and_the_bar(web: Client, text_item: Item) -> None:
    address = reverse("item_flag", args=[text_item.interview_id, text_item.position])
    answer = web.post(address, {"on": "1"}, headers={"HX-Request": "true"}).content
    assert b'aria-label="Question 1, not answered, flagged"' in answer
    assert answer.count(b'hx-swap-oob="true"') == 2
    assert b'aria-label="Flagged, take the flag off"' in answer


def test_without_script_a_press_leads_back_to_the_question(web: Client, text_item: Item) -> None:
    place = [text_item.interview_id, text_item.position]
    answer = web.post(reverse("item_flag", args=place), {"on": "1"})
    assert answer["Location"] == reverse("item", args=place)
    assert Item.objects.get(pk=text_item.pk).flagged is True


def test_nobody_flags_for_another(sign_in: SignIn, other_candidate: User, text_item: Item) -> None:
    address = reverse("item_flag", args=[text_item.interview_id, text_item.position])
    assert sign_in(other_candidate).post(address, {"on": "1"}).status_code == 404


def test_the_map_says_sections_titles_and_states_in_words(web: Client, running: Interview) -> None:
    flag(running.items.get(position=2), True)
    page = web.get(reverse("item", args=[running.pk, 1])).content
    told = words(part(page, 'aria-label="Map of the questions">', "</nav>"))
    titles = [item.release.title for item in running.items.all()]
    sections = [section["title"] for section in running.plan["sections"]]
    assert all(title in told for title in [*titles, *sections])
    assert told.count("Not answered") == 2
    assert told.count("Flagged") == 1


def test_the_map_tells_no_title_of_what_is_ahead(web: Client, candidate: User, one_way: Template) -> None:
    sitting = start_interview(candidate, one_way)
    page = web.get(reverse("item", args=[sitting.pk, 1])).content
    told = words(part(page, 'aria-label="Map of the questions">', "</nav>"))
    assert told.count("Not opened yet") == 2
    assert "one way" in told
    assert sitting.items.get(position=3).release.title not in told


def test_the_finish_page_lists_what_is_flagged_under_its_sections(web: Client, running: Interview) -> None:
    flag(running.items.get(position=1), True)
    told = words(web.get(reverse("interview_finish", args=[running.pk])).content)
    title = running.items.get(position=1).release.title
    assert f"Flagged for later: 1. {title}" in told
    assert all(section["title"] in told for section in running.plan["sections"])
