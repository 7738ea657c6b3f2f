"""Second looks: asked for in time and once, answered by somebody else where there is one, with the trail kept."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interview.exceptions import InvalidMark, NotAllowed, NotReviewable
from interview.models import Event, Interview, Item, Review, SecondLook, User
from interview.selectors import interview as interviews
from interview.selectors import second_look as second_looks
from interview.selectors.report import Report
from interview.selectors.report import report as make_report
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.second_look import answer, ask
from tests.interview.conftest import concluded

SignIn = Callable[[User], Client]
REASON = "Sentence 2 names the cache."


def page(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def released(handed_in: Interview, interviewer: User, text_item: Item) -> Review:
    review = claim_review(handed_in, interviewer)
    mark_item(review, text_item, Judgement(["purpose"], "Where is the cache?"))
    return concluded(review, "no", "Question 1.", "Read on.")


@pytest.fixture
def asked(released: Review, text_item: Item, candidate: User) -> SecondLook:
    return ask(text_item, candidate, REASON)


def report_of(review: Review) -> Report:
    return make_report(interviews.with_items(Interview.objects.all()).get(pk=review.interview_id))


# Asking


def test_the_report_offers_it_and_the_question_then_says_that_it_waits(
    sign_in: SignIn, candidate: User, released: Review, text_item: Item
) -> None:
    client, url = sign_in(candidate), reverse("report", args=[released.interview_id])
    assert page(client.get(url)).count("Ask for a second look at these marks") == 2
    response = client.post(
        reverse("second_look_ask", args=[released.interview_id, text_item.position]), {"reason": REASON}
    )
    assert response.headers["location"] == f"{url}#q{text_item.position}"
    html = page(client.get(url))
    assert REASON in html
    assert "It waits for another reviewer" in html
    assert html.count("Ask for a second look at these marks") == 1


def test_asking_without_a_reason_is_refused_in_words(
    sign_in: SignIn, candidate: User, released: Review, text_item: Item
) -> None:
    url = reverse("second_look_ask", args=[released.interview_id, text_item.position])
    assert "Not asked. Say what should be looked at again" in page(
        sign_in(candidate).post(url, {"reason": " "}, follow=True)
    )
    assert SecondLook.objects.count() == 0


def test_a_question_is_asked_about_once(asked: SecondLook, text_item: Item, candidate: User) -> None:
    with pytest.raises(NotAllowed, match="already"):
        ask(text_item, candidate, "Once more.")


def test_the_window_closes(
    sign_in: SignIn, candidate: User, released: Review, text_item: Item, settings: LazySettings
) -> None:
    late = timezone.now() + settings.SECOND_LOOK_WINDOW + timedelta(seconds=1)
    with pytest.raises(NotAllowed):
        ask(text_item, candidate, REASON, late)
    settings.SECOND_LOOK_WINDOW = timedelta(0)
    html = page(sign_in(candidate).get(reverse("report", args=[released.interview_id])))
    assert "Ask for a second look" not in html


def test_nobody_asks_before_the_release_or_for_somebody_else(
    sign_in: SignIn, handed_in: Interview, text_item: Item, candidate: User, other_candidate: User
) -> None:
    with pytest.raises(NotAllowed):
        ask(text_item, candidate, REASON)
    url = reverse("second_look_ask", args=[handed_in.pk, text_item.position])
    assert sign_in(other_candidate).post(url, {"reason": REASON}).status_code == 404


# Answering


def test_who_marked_it_does_not_answer_where_somebody_else_can(
    asked: SecondLook, interviewer: User, other_interviewer: User, candidate: User
) -> None:
    assert list(second_looks.waiting(interviewer)) == []
    assert list(second_looks.waiting(other_interviewer)) == [asked]
    assert list(second_looks.waiting(candidate)) == []
    with pytest.raises(NotReviewable):
        answer(asked, interviewer, "The marks stand.", None)


def test_where_there_is_only_one_reviewer_that_one_answers_and_the_page_says_so(
    sign_in: SignIn, asked: SecondLook, interviewer: User, candidate: User
) -> None:
    User.objects.exclude(pk__in=[interviewer.pk, candidate.pk]).update(is_active=False)
    client = sign_in(interviewer)
    url = reverse("second_look", args=[asked.pk])
    assert "You marked this yourself. Nobody else reviews here" in page(client.get(url))
    client.post(url, {"points": "", "answer": "I read it again; they stand."})
    html = page(sign_in(candidate).get(reverse("report", args=[asked.item.interview_id])))
    assert "who marked it at first, since nobody else reviews here" in html
    assert "The marks stand: 1 of" in html


def test_other_points_count_from_then_on_and_the_first_stay_readable(
    sign_in: SignIn, asked: SecondLook, released: Review, other_interviewer: User, candidate: User
) -> None:
    before = report_of(released)
    client = sign_in(other_interviewer)
    response = client.post(
        reverse("second_look", args=[asked.pk]), {"points": "3", "answer": "The cache is named."}, follow=True
    )
    assert "Nobody asks for a second look" in page(response)
    after = report_of(released)
    assert (after.items[0].marked, after.items[0].points) == (1, 3)
    assert after.points == before.points + 2
    assert after.areas[0].fraction > before.areas[0].fraction
    html = page(sign_in(candidate).get(reverse("report", args=[released.interview_id])))
    assert "3 points instead of 1, of 10." in html
    assert other_interviewer.display_name in html
    assert list(
        Event.objects.filter(kind__in=["asked_again", "looked_again"]).values_list("kind", flat=True)
    ) == [
        "asked_again",
        "looked_again",
    ]


@pytest.mark.parametrize(("points", "words"), [(11, "Fine."), (-1, "Fine."), (None, "  ")])
def test_an_answer_that_cannot_be_is_refused(
    asked: SecondLook, other_interviewer: User, points: float | None, words: str
) -> None:
    with pytest.raises(InvalidMark):
        answer(asked, other_interviewer, words, points)


def test_what_cannot_be_stored_comes_back_with_the_reason(
    sign_in: SignIn, asked: SecondLook, other_interviewer: User
) -> None:
    url = reverse("second_look", args=[asked.pk])
    response = sign_in(other_interviewer).post(url, {"points": "99", "answer": "Kept words."})
    assert response.status_code == 422
    assert "This question gives from 0 to 10 points, not 99." in page(response)
    assert "Kept words." in page(response)


def test_the_database_keeps_question_and_answer_as_they_were(
    asked: SecondLook, other_interviewer: User
) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        SecondLook.objects.update(reason="Something else.")
    answer(asked, other_interviewer, "The marks stand.", None)
    with pytest.raises(DatabaseError), transaction.atomic():
        SecondLook.objects.update(answer="They do not.")


def test_the_desk_of_second_looks_names_a_code_and_never_the_candidate(
    sign_in: SignIn, asked: SecondLook, other_interviewer: User, candidate: User
) -> None:
    client = sign_in(other_interviewer)
    for url in (reverse("second_looks"), reverse("second_look", args=[asked.pk])):
        assert candidate.display_name not in page(client.get(url))


@pytest.mark.parametrize("name", ["second_looks", "second_look"])
def test_candidates_and_strangers_have_no_way_there(
    sign_in: SignIn, client: Client, asked: SecondLook, candidate: User, name: str
) -> None:
    url = reverse(name, args=[asked.pk] if name == "second_look" else [])
    assert sign_in(candidate).get(url).status_code == 403
    assert client.get(url).status_code == 302
