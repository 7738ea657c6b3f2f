"""The pages of a changed rubric, the desk and the report: what each role reads and does, and nobody too early."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from interview.models import Interview, Item, Question, Review, RubricChange, SecondLook, Template, User
from interview.models.user import Role
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.review import Judgement, claim_review, mark_item
from interview.templatetags.answer import code_name
from tests.interview.conftest import concluded
from tests.interview.curation import page, with_rubric
from tests.interview.rerating import MET, OTHER_WORDS, heavier, larger, listed, report_of, reworded

SignIn = Callable[[User], Client]
REASON = "Purpose was worth too little."


@pytest.fixture
def curator(person: Callable[..., User]) -> User:
    return person("cora", Role.CURATOR)


@pytest.fixture
def web(sign_in: SignIn, curator: User) -> Client:
    return sign_in(curator)


@pytest.fixture
def question(text_item: Item) -> Question:
    return text_item.release.question


@pytest.fixture
def url(question: Question) -> str:
    return reverse("question_rubric", args=[question.slug])


@pytest.fixture
def marked(handed_in: Interview, interviewer: User, text_item: Item) -> Review:
    review = claim_review(handed_in, interviewer)
    mark_item(review, text_item, Judgement(MET, "Good."))
    return review


@pytest.fixture
def released(marked: Review) -> Review:
    return concluded(marked, "yes", "Names both passes.", "Go deeper.")


def sent(question: Question, user: User, action: str, **more: Any) -> dict[str, Any]:
    """What a browser sends from the page with everything ticked."""
    ticked = [f"{answer.item.pk}:{answer.seen}" for answer in listed(question, user)]
    newest = question.releases.latest("number").number
    return {"action": action, "newest": newest, "answers": ticked} | more


# The list


def test_without_an_older_rubric_the_page_says_what_will_appear(
    web: Client, marked: Review, question: Question, url: str
) -> None:
    assert "No answer is marked by an older rubric" in page(web.get(url))
    assert "Rubric changed:" not in page(web.get(reverse("question", args=[question.slug])))


def test_the_question_leads_to_who_would_move_with_their_number(
    web: Client, marked: Review, question: Question, curator: User, url: str
) -> None:
    with_rubric(question, curator, heavier)
    html = page(web.get(reverse("question", args=[question.slug])))
    assert f'<a href="{url}">Rubric changed: 1 answer is marked by an older one</a>' in html


def test_the_page_shows_what_changed_and_who_would_move_by_code_name(
    web: Client, marked: Review, question: Question, curator: User, candidate: User, url: str
) -> None:
    with_rubric(question, curator, lambda rubric: (heavier(rubric), larger(rubric), reworded(rubric)))
    html = page(web.get(url))
    for words in (
        "From release 1 to release 2",
        "Reworded, other points",
        "1 → 3",
        OTHER_WORDS,
        "was: Says that backpropagation computes",
        "10 → 14",
        f"Candidate {code_name(marked.interview)}",
        "4 of 10 → 6 of 14 so far",
        "1 to mark, 1 reworded",
        "Under review",
    ):
        assert words in html
    assert candidate.display_name not in html


def test_interviewers_read_the_page_and_move_nobody(
    sign_in: SignIn, interviewer: User, marked: Review, question: Question, curator: User, url: str
) -> None:
    with_rubric(question, curator, heavier)
    client = sign_in(interviewer)
    html = page(client.get(url))
    assert "4 of 10 → 6 of 12" in html
    assert "Recompute…" not in html
    assert reverse("question_history", args=[question.slug]) not in html
    data = sent(question, curator, "recomputed", sure="1", reason=REASON)
    assert client.post(url, data).status_code == 403
    assert RubricChange.objects.count() == 0


def test_a_reviewer_reads_names_only_where_the_feedback_is_released(
    sign_in: SignIn,
    interviewer: User,
    released: Review,
    question: Question,
    curator: User,
    candidate: User,
    url: str,
) -> None:
    with_rubric(question, curator, heavier)
    assert candidate.display_name in page(sign_in(interviewer).get(url))
    assert candidate.display_name not in page(sign_in(curator).get(url))


def test_the_page_takes_as_many_queries_for_thirty_answers_as_for_three(
    web: Client, question: Question, curator: User, person: Callable[..., User], template: Template, url: str
) -> None:
    interviewer = person("irma", Role.INTERVIEWER)
    answers = [answered(person(f"someone{number}"), template, interviewer) for number in range(30)]
    newer = with_rubric(question, curator, heavier)
    counts = []
    for shown in (30, 3):
        Item.objects.filter(pk__in=answers[shown:]).update(rubric_release=newer)
        with CaptureQueriesContext(connection) as queries:
            assert len(web.get(url).context["answers"]) == shown
        counts.append(len(queries))
    assert counts[0] == counts[1]


def answered(someone: User, template: Template, interviewer: User) -> UUID:
    """The id of an answer that was handed in and marked."""
    sitting = start_interview(someone, template)
    item = sitting.items.get(position=1)
    save_draft(item, {"text": "It is the chain rule."}, 0)
    mark_item(claim_review(hand_in(sitting, someone), interviewer), item, Judgement(["purpose"]))
    return item.pk


# Asking once more, and doing it


def test_nothing_ticked_changes_nothing_and_says_so(
    web: Client, marked: Review, question: Question, curator: User, url: str
) -> None:
    newer = with_rubric(question, curator, heavier)
    response = web.post(url, {"action": "recomputed", "newest": newer.number}, follow=True)
    assert "Nothing was ticked." in page(response)


def test_the_numbers_are_repeated_before_anything_is_done_and_a_reason_is_required(
    web: Client, released: Review, question: Question, curator: User, url: str
) -> None:
    with_rubric(question, curator, heavier)
    data = sent(question, curator, "recomputed")
    html = page(web.post(url, data))
    assert "Recompute 1 answer by the rubric of release 2?" in html
    assert "1 would go up, 0 down, and 0 keep the same points." in html
    assert "1 is released: its candidate reads in the report" in html
    response = web.post(url, data | {"sure": "1", "reason": " "})
    assert (response.status_code, RubricChange.objects.count()) == (422, 0)
    assert "Say why the rubric was changed" in page(response)


def test_recomputing_says_how_many_moved_and_the_candidate_reads_why(
    web: Client,
    sign_in: SignIn,
    candidate: User,
    released: Review,
    question: Question,
    curator: User,
    url: str,
) -> None:
    with_rubric(question, curator, heavier)
    html = page(web.post(url, sent(question, curator, "recomputed", sure="1", reason=REASON)))
    assert "<dt>Recomputed</dt>" in html
    assert report_of(released).points == 6
    told = page(sign_in(candidate).get(reverse("report", args=[released.interview_id])))
    assert "The rubric of this question was changed on" in told
    assert REASON in told
    assert "Your points went from 4 to 6." in told
    assert "marked by the rubric of release 2" in told


def test_a_rewording_that_is_said_to_mean_the_same_is_recomputed(
    web: Client, marked: Review, question: Question, curator: User, url: str
) -> None:
    with_rubric(question, curator, reworded)
    assert "Nothing can be done with these" in page(web.post(url, sent(question, curator, "recomputed")))
    html = page(web.post(url, sent(question, curator, "recomputed", kept="1:purpose")))
    assert "You say that 1 reworded criterion means the same." in html
    assert 'name="kept" value="1:purpose"' in html
    web.post(url, sent(question, curator, "recomputed", kept="1:purpose", sure="1", reason=REASON))
    assert report_of(marked).rubric.number == 2


def test_what_changed_meanwhile_is_named_on_the_page_of_what_was_done(
    web: Client, marked: Review, question: Question, curator: User, text_item: Item, url: str
) -> None:
    with_rubric(question, curator, heavier)
    data = sent(question, curator, "recomputed", sure="1", reason=REASON)
    mark_item(marked, text_item, Judgement([]))
    html = page(web.post(url, data))
    assert "Nothing was changed" in html
    assert f"Candidate {code_name(marked.interview)}, question 1" in html
    assert "It changed after the numbers were shown" in html


def test_a_newer_release_in_between_sends_back_to_the_page(
    web: Client, marked: Review, question: Question, curator: User, url: str
) -> None:
    with_rubric(question, curator, heavier)
    data = sent(question, curator, "recomputed", sure="1", reason=REASON)
    with_rubric(question, curator, larger)
    assert "a newer release was published after this page was shown" in page(web.post(url, data, follow=True))


@pytest.mark.parametrize("answers", ["x", "x:y", "1:2:3"])
def test_what_no_browser_sends_moves_nobody(
    web: Client, marked: Review, question: Question, curator: User, url: str, answers: str
) -> None:
    newer = with_rubric(question, curator, heavier)
    data = {
        "action": "recomputed",
        "newest": newer.number,
        "answers": [answers],
        "sure": "1",
        "reason": REASON,
    }
    assert web.post(url, data).status_code == 200
    assert RubricChange.objects.count() == 0


# The desk


def test_the_desk_says_that_a_newer_rubric_marks_and_what_was_reworded(
    web: Client,
    sign_in: SignIn,
    interviewer: User,
    marked: Review,
    question: Question,
    curator: User,
    url: str,
) -> None:
    desk = reverse("review_item", args=[marked.interview_id, 1])
    client = sign_in(interviewer)
    assert "Marked by the rubric of" not in page(client.get(desk))
    with_rubric(question, curator, lambda rubric: (larger(rubric), reworded(rubric)))
    web.post(url, sent(question, curator, "sent_back", sure="1", reason=REASON))
    html = page(client.get(desk))
    assert "Marked by the rubric of <strong>release 2</strong>. The candidate was served release 1" in html
    assert "Names hooks." in html
    assert "Reworded since you marked it: met then." in html
    assert 'data-points="12.0"' in html
    ticked = {
        row.entry.id for tier in client.get(desk).context["form"].tiers() for row in tier.rows if row.ticked
    }
    assert ticked == set(MET)


def test_a_page_of_the_older_rubric_is_not_saved_as_marks_of_the_newer(
    web: Client,
    sign_in: SignIn,
    interviewer: User,
    marked: Review,
    question: Question,
    curator: User,
    url: str,
) -> None:
    desk = reverse("review_item", args=[marked.interview_id, 1])
    with_rubric(question, curator, larger)
    web.post(url, sent(question, curator, "sent_back", sure="1", reason=REASON))
    client = sign_in(interviewer)
    response = client.post(desk, {"by": "1", "met": ["numbers"], "comment": "Kept words."})
    assert response.status_code == 422
    assert "The rubric of this question was changed after this page was shown." in page(response)
    assert "Kept words." in page(response)
    assert {one.id for one in report_of(marked).entries if one.met is None} == {"hooks"}
    assert client.post(desk, {"by": "2", "met": ["numbers", "hooks"], "comment": ""}).status_code == 302
    assert report_of(marked).points == 4


def test_a_second_look_for_a_changed_rubric_shows_both_and_the_report_says_who_asked(
    web: Client,
    sign_in: SignIn,
    other_interviewer: User,
    candidate: User,
    released: Review,
    question: Question,
    curator: User,
    url: str,
) -> None:
    with_rubric(question, curator, larger)
    data = sent(question, curator, "sent_back")
    assert "another reviewer is asked for a second look" in page(web.post(url, data))
    html = page(web.post(url, data | {"sure": "1", "reason": REASON}))
    assert "<dt>Asked for a second look</dt>" in html
    look, client = SecondLook.objects.get(), sign_in(other_interviewer)
    assert "for a changed rubric" in page(client.get(reverse("second_looks")))
    desk = page(client.get(reverse("second_look", args=[look.pk])))
    assert "By the rubric of release 2" in desk
    assert "not marked, up to 2" in desk
    assert "4 of 12 points" in desk
    report = reverse("report", args=[released.interview_id])
    assert "those who look after the questions asked" in page(sign_in(candidate).get(report))
    assert "Names hooks." not in page(sign_in(candidate).get(report))
    client.post(
        reverse("second_look", args=[look.pk]), {"points": "11", "answer": "Hooks are in sentence 2."}
    )
    assert "11 points instead of 4, of 12 by the rubric of release 2." in page(sign_in(candidate).get(report))


# What no candidate reads early


def test_nothing_of_the_new_rubric_reaches_the_candidate_before_the_release(
    web: Client,
    sign_in: SignIn,
    candidate: User,
    marked: Review,
    question: Question,
    curator: User,
    text_item: Item,
    url: str,
) -> None:
    client, pk = sign_in(candidate), marked.interview_id
    addresses = [
        reverse("interview_closed", args=[pk]),
        reverse("item", args=[pk, 1]),
        reverse("report", args=[pk]),
        reverse("interview_list"),
        f"/api/v1/interviews/{pk}/",
        reverse("second_look_ask", args=[pk, 1]),
    ]
    before = [client.get(address, follow=True).content.decode() for address in addresses]
    with_rubric(question, curator, lambda rubric: (larger(rubric), reworded(rubric)))
    web.post(url, sent(question, curator, "sent_back", sure="1", reason=REASON))
    for address, was in zip(addresses, before, strict=True):
        html = client.get(address, follow=True).content.decode()
        for words in (OTHER_WORDS, "Names hooks.", REASON, "release 2"):
            assert words not in html
        assert ('"max_points":10.0' in html) == ('"max_points":10.0' in was)
    assert client.get(url).status_code == 403
