"""The interviewer's pages: queue, desk, conclusion. Every refusal keeps what was typed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interview.models import Comment, Interview, Item, Review, Template, User
from interview.models.review import Recommendation, ReviewState
from interview.models.submission import SubmissionKind
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.submission import submit
from interview.templatetags.answer import code_name, sentences, visible
from tests.interview.conftest import code_answer, concluded, judged

SignIn = Callable[[User], Client]
Person = Callable[..., User]
WORDS = {
    "recommendation": "yes",
    "evidence": "Question 1 names both factors.",
    "summary": "Clear and correct.",
    "area_backpropagation": "yes",
    "because_backpropagation": "Both factors, and the order.",
}


def page(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def as_interviewer(sign_in: SignIn, interviewer: User) -> Client:
    return sign_in(interviewer)


@pytest.fixture
def claimed(handed_in: Interview, interviewer: User) -> Review:
    return claim_review(handed_in, interviewer)


@pytest.fixture
def marked(claimed: Review, text_item: Item) -> Review:
    mark_item(claimed, text_item, Judgement(["purpose", "chain-rule"], "Well explained."))
    return claimed


@pytest.fixture
def item_url(handed_in: Interview, text_item: Item) -> str:
    return reverse("review_item", args=[handed_in.pk, text_item.position])


@pytest.fixture
def release_url(handed_in: Interview) -> str:
    return reverse("review_release", args=[handed_in.pk])


def take_over(interview: Interview, other: User) -> None:
    """The first reviewer's lease runs out and another takes the interview."""
    Review.objects.filter(interview=interview).update(lease_until=timezone.now() - timedelta(seconds=1))
    claim_review(interview, other)


# Who may


@pytest.mark.parametrize("name", ["review_queue", "review_claim", "review_item", "review_release"])
def test_a_candidate_is_told_whose_page_it_is(
    sign_in: SignIn, handed_in: Interview, other_candidate: User, name: str
) -> None:
    args = {"review_queue": [], "review_item": [handed_in.pk, 1]}.get(name, [handed_in.pk])
    response = sign_in(other_candidate).post(reverse(name, args=args))
    assert response.status_code == 403
    assert "This page belongs to interviewers." in page(response)


@pytest.mark.parametrize("name", ["review_queue", "review_claim", "review_item", "review_release"])
def test_a_stranger_is_sent_to_sign_in(client: Client, handed_in: Interview, name: str) -> None:
    args = {"review_queue": [], "review_item": [handed_in.pk, 1]}.get(name, [handed_in.pk])
    url = reverse(name, args=args)
    assert client.get(url).headers["location"] == f"{reverse('login')}?next={url}"


@pytest.mark.parametrize("who", ["interviewer", "admin"])
def test_interviewers_and_admins_see_the_queue(
    request: pytest.FixtureRequest, sign_in: SignIn, handed_in: Interview, who: str
) -> None:
    response = sign_in(request.getfixturevalue(who)).get(reverse("review_queue"))
    assert f"Candidate {code_name(handed_in)}" in page(response)


def test_nobody_claims_their_own_interview(sign_in: SignIn, template: Template, admin: User) -> None:
    own = hand_in(start_interview(admin, template), admin)
    response = sign_in(admin).post(reverse("review_claim", args=[own.pk]), follow=True)
    assert "This is your own interview. Somebody else has to review it." in page(response)
    assert Review.objects.count() == 0


@pytest.mark.parametrize("name", ["review_item", "review_release"])
def test_nobody_reads_the_review_of_their_own_interview(
    sign_in: SignIn, template: Template, admin: User, name: str
) -> None:
    own = hand_in(start_interview(admin, template), admin)
    response = sign_in(admin).get(reverse(name, args=[own.pk, 1] if name == "review_item" else [own.pk]))
    assert response.status_code == 403
    assert "This is your own interview, so somebody else has to review it." in page(response)


def test_an_interview_that_runs_is_no_reviewers_business(as_interviewer: Client, running: Interview) -> None:
    assert as_interviewer.get(reverse("review_item", args=[running.pk, 1])).status_code == 404


# One answer


def test_the_answer_is_read_beside_its_rubric(as_interviewer: Client, claimed: Review, item_url: str) -> None:
    html = page(as_interviewer.get(item_url))
    assert "Backpropagation applies the chain rule backwards." in html
    assert 'data-key="1"' in html
    assert 'data-points="10' in html
    assert "Model answer and follow-ups" in html


def test_an_answer_without_a_claim_offers_to_take_it(
    as_interviewer: Client, handed_in: Interview, item_url: str
) -> None:
    html = page(as_interviewer.get(item_url))
    assert "Review this interview" in html
    assert "data-points" not in html


def test_the_reviewer_sees_hidden_tests_and_what_they_printed(
    as_interviewer: Client, claimed: Review, code_item: Item
) -> None:
    url = reverse("review_item", args=[claimed.interview_id, code_item.position])
    html = page(as_interviewer.get(url))
    full = f"{code_item.release.automatic_points:g}"
    assert f"2 of 2 tests passed, {full} of {full} points" in html
    assert "printed by the hidden test" in html
    assert '<span class="ln" aria-hidden="true">1</span>' in html


def test_the_newer_draft_is_shown_as_one_that_does_not_count(
    as_interviewer: Client, running: Interview, candidate: User, interviewer: User, code_item: Item
) -> None:
    submission = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item))
    assert submission.current_grading
    judged(submission.current_grading)
    save_draft(code_item, code_answer(code_item, "# newer idea\n"), 1)
    claim_review(hand_in(running, candidate), interviewer)
    html = page(as_interviewer.get(reverse("review_item", args=[running.pk, code_item.position])))
    assert "never submitted. It does not count." in html
    assert "# newer idea" in html


def test_an_answer_that_was_never_written_says_so(
    as_interviewer: Client, running: Interview, candidate: User, interviewer: User, text_item: Item
) -> None:
    claim_review(hand_in(running, candidate), interviewer)
    html = page(as_interviewer.get(reverse("review_item", args=[running.pk, text_item.position])))
    assert "Nothing was written for this question." in html


def test_saving_stores_the_marks_and_goes_to_the_next_question(
    as_interviewer: Client, claimed: Review, item_url: str, text_item: Item, code_item: Item
) -> None:
    response = as_interviewer.post(item_url, {"met": ["purpose", "numbers"], "comment": "Good numbers."})
    assert response.headers["location"] == reverse(
        "review_item", args=[claimed.interview_id, code_item.position]
    )
    met = set(claimed.marks.filter(met=True).values_list("criterion", flat=True))
    assert met == {"purpose", "numbers"}
    assert claimed.marks.filter(item=text_item).count() == len(text_item.release.rubric_entries())
    assert Comment.objects.get(review=claimed).body == "Good numbers."


def test_a_question_without_a_rubric_takes_a_comment(
    as_interviewer: Client, claimed: Review, code_item: Item
) -> None:
    url = reverse("review_item", args=[claimed.interview_id, code_item.position])
    assert "judged by its tests alone" in page(as_interviewer.get(url))
    response = as_interviewer.post(url, {"comment": "Mind the names."})
    assert response.headers["location"] == reverse("review_release", args=[claimed.interview_id])
    assert claimed.comments.get().item == code_item


def test_saved_marks_come_back_ticked(as_interviewer: Client, marked: Review, item_url: str) -> None:
    form = as_interviewer.get(item_url).context["form"]
    ticked = {row.entry.id for tier in form.tiers() for row in tier.rows if row.ticked}
    assert (ticked, form.points()) == ({"purpose", "chain-rule"}, 3)


def test_marks_on_a_lost_claim_are_refused_and_kept_on_the_page(
    as_interviewer: Client, claimed: Review, handed_in: Interview, item_url: str, other_interviewer: User
) -> None:
    take_over(handed_in, other_interviewer)
    response = as_interviewer.post(item_url, {"met": ["cost"], "comment": "Typed for ten minutes."})
    assert response.status_code == 422
    html = page(response)
    assert "another reviewer holds it" in html
    assert "Typed for ten minutes." in html
    assert {row.entry.id for tier in response.context["form"].tiers() for row in tier.rows if row.ticked} == {
        "cost"
    }
    assert claimed.marks.count() == 0


def test_marks_without_a_claim_are_refused_and_kept_on_the_page(
    as_interviewer: Client, handed_in: Interview, item_url: str
) -> None:
    response = as_interviewer.post(item_url, {"met": ["cost"], "comment": "Typed."})
    assert response.status_code == 422
    assert "You have not taken this interview for review." in page(response)
    assert ">\nTyped.</textarea>" in page(response)


def test_a_mark_for_an_entry_that_the_rubric_does_not_have_is_refused(
    as_interviewer: Client, claimed: Review, item_url: str
) -> None:
    response = as_interviewer.post(item_url, {"met": ["invented"], "comment": "Kept."})
    assert response.status_code == 422
    assert "Kept." in page(response)
    assert claimed.marks.count() == 0


def test_there_is_no_review_of_a_question_that_was_not_served(
    as_interviewer: Client, claimed: Review
) -> None:
    assert as_interviewer.get(reverse("review_item", args=[claimed.interview_id, 9])).status_code == 404


def test_the_desk_never_names_the_candidate(
    as_interviewer: Client, marked: Review, item_url: str, release_url: str, candidate: User
) -> None:
    for url in (item_url, release_url):
        html = page(as_interviewer.get(url)).replace("Antarctica/Casey", "a time zone")
        assert candidate.display_name not in html
        assert candidate.email not in html


def test_the_desk_takes_a_fixed_number_of_queries(
    as_interviewer: Client, marked: Review, item_url: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(14):
        as_interviewer.get(item_url)


def test_one_who_lost_the_claim_is_told_before_marking_on(
    as_interviewer: Client, marked: Review, handed_in: Interview, item_url: str, other_interviewer: User
) -> None:
    take_over(handed_in, other_interviewer)
    assert "Another reviewer took this interview." in page(as_interviewer.get(item_url))


# Conclusion and release


def test_the_conclusion_names_what_is_not_marked(
    as_interviewer: Client, claimed: Review, release_url: str, item_url: str
) -> None:
    html = page(as_interviewer.get(release_url))
    assert "1 answer still to mark" in html
    assert f'href="{item_url}"' in html


def test_a_conclusion_without_a_claim_leads_to_the_answers(
    as_interviewer: Client, handed_in: Interview, release_url: str
) -> None:
    assert as_interviewer.get(release_url).headers["location"] == reverse(
        "review_item", args=[handed_in.pk, 1]
    )


def test_a_conclusion_is_kept_for_later_however_incomplete(
    as_interviewer: Client, claimed: Review, release_url: str
) -> None:
    as_interviewer.post(release_url, {"action": "save", "summary": "So far so good."})
    claimed.refresh_from_db()
    assert (claimed.state, claimed.summary, claimed.recommendation) == (
        ReviewState.DRAFT,
        "So far so good.",
        "",
    )
    assert ">\nSo far so good.</textarea>" in page(as_interviewer.get(release_url))


@pytest.mark.parametrize("action", ["confirm", "release"])
def test_a_release_before_everything_is_marked_is_refused_with_its_words_kept(
    as_interviewer: Client, claimed: Review, release_url: str, action: str
) -> None:
    response = as_interviewer.post(release_url, WORDS | {"action": action})
    assert response.status_code == 422
    assert "Mark question 1 first" in page(response)
    assert "Clear and correct." in page(response)
    claimed.interview.refresh_from_db()
    assert claimed.interview.released_at is None


@pytest.mark.parametrize("field", ["recommendation", "evidence", "summary"])
def test_a_release_without_its_words_says_which(
    as_interviewer: Client, marked: Review, release_url: str, field: str
) -> None:
    response = as_interviewer.post(release_url, WORDS | {"action": "release", field: " "})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]


def test_without_script_a_release_is_asked_about_on_a_page_of_its_own(
    as_interviewer: Client, marked: Review, release_url: str
) -> None:
    html = page(as_interviewer.post(release_url, WORDS | {"action": "confirm"}))
    assert "It cannot be taken back." in html
    assert 'name="summary" value="Clear and correct."' in html
    marked.interview.refresh_from_db()
    assert marked.interview.released_at is None


def test_a_release_reaches_the_candidate_and_moves_to_what_i_released(
    as_interviewer: Client, marked: Review, handed_in: Interview, release_url: str, candidate: User
) -> None:
    response = as_interviewer.post(release_url, WORDS | {"action": "release"}, follow=True)
    assert response.redirect_chain == [(reverse("review_queue"), 302)]
    marked.refresh_from_db()
    assert (marked.state, marked.recommendation) == (ReviewState.RELEASED, Recommendation.YES)
    assert list(response.context["page"]) == []
    assert response.context["released"] == [handed_in]
    assert candidate.display_name in page(response)


def test_a_release_after_the_claim_was_lost_is_refused_with_its_words_kept(
    as_interviewer: Client, marked: Review, handed_in: Interview, release_url: str, other_interviewer: User
) -> None:
    take_over(handed_in, other_interviewer)
    response = as_interviewer.post(release_url, WORDS | {"action": "release"})
    assert response.status_code == 422
    assert "another reviewer holds it" in page(response)
    assert "Question 1 names both factors." in page(response)


def test_what_is_released_leads_to_its_report(
    as_interviewer: Client, marked: Review, handed_in: Interview, item_url: str, release_url: str
) -> None:
    concluded(marked, Recommendation.YES, "Evidence.", "Summary.")
    report = reverse("report", args=[handed_in.pk])
    assert [as_interviewer.get(url).headers["location"] for url in (item_url, release_url)] == [
        report,
        report,
    ]


def test_marks_after_the_release_are_refused_and_kept_on_the_page(
    as_interviewer: Client, marked: Review, item_url: str
) -> None:
    concluded(marked, Recommendation.YES, "Evidence.", "Summary.")
    response = as_interviewer.post(item_url, {"comment": "One more thing."})
    assert response.status_code == 422
    assert "The feedback on this interview is released already." in page(response)
    assert "One more thing." in page(response)


# How answers are shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("L = 0.25, so dL/dy = -1. Then dL/dv = -3.", ["L = 0.25, so dL/dy = -1.", "Then dL/dv = -3."]),
        ("1. The idea. It adds.\n2. The numbers", ["1. The idea.", "It adds.", "2. The numbers"]),
        ("    y = v * h\n", ["    y = v * h"]),
        (" \n\n", []),
    ],
)
def test_an_answer_is_numbered_by_its_sentences(text: str, expected: list[str]) -> None:
    assert [sentence.text for sentence in sentences(text)] == expected


def test_a_blank_line_opens_a_paragraph() -> None:
    assert [
        sentence.opens_paragraph for sentence in sentences("First. Then this.\nAnd that.\n\nSecond.")
    ] == [True, False, False, True]


def test_characters_that_reorder_a_text_are_spelled_out() -> None:
    assert visible("a\u202eb\x07c\td\n") == "a⟨U+202E⟩b⟨U+0007⟩c\td\n"
