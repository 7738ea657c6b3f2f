"""What the candidate's pages show and take, without a browser and without JavaScript."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from grader import Progress, Verdict
from interview.models import Draft, Grading, Interview, Item, Submission, Template, User
from interview.models.interview import CloseReason
from interview.models.submission import SubmissionKind
from interview.services import grading as gradings
from interview.services import lease
from interview.services.draft import save_draft
from interview.services.interview import start_interview
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.submission import submit
from tests.interview.conftest import SOFTMAX, code_answer, concluded, judged
from tests.interview.test_api import SignIn

HTMX = {"HX-Request": "true"}


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def address(name: str, item: Item) -> str:
    return reverse(name, args=[item.interview_id, item.position])


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def release(interview: Interview, interviewer: User) -> None:
    review = claim_review(interview, interviewer)
    for item in interview.items.all():
        mark_item(review, item, Judgement([], "Read the chain rule again."))
    concluded(review, "no", "The cache is missing.", "Work on the backward pass.")


def test_the_catalogue_offers_the_interview_with_its_length(web: Client, template: Template) -> None:
    page = text_of(web.get(reverse("catalogue")))
    assert template.title in page
    assert "45 min" in page


def test_the_catalogue_leads_back_to_a_running_interview(web: Client, running: Interview) -> None:
    assert reverse("interview", args=[running.pk]) in text_of(web.get(reverse("catalogue")))


def test_the_clock_does_not_start_without_consent(web: Client, template: Template) -> None:
    answer = web.post(reverse("interview_start", args=[template.slug]))
    assert answer.status_code == 422
    assert Interview.objects.count() == 0


def test_consent_starts_the_interview_at_its_first_question(web: Client, template: Template) -> None:
    answer = web.post(reverse("interview_start", args=[template.slug]), {"alone": "on"})
    interview = Interview.objects.get()
    assert answer["Location"] == reverse("item", args=[interview.pk, 1])


def test_a_second_start_leads_to_the_running_one(web: Client, running: Interview) -> None:
    answer = web.post(reverse("interview_start", args=[running.template.slug]), {"alone": "on"}, follow=True)
    assert Interview.objects.count() == 1
    assert reverse("interview", args=[running.pk]) in text_of(answer)


def test_a_text_is_saved_without_script(web: Client, text_item: Item) -> None:
    web.post(address("item_save", text_item), {"revision": 0, "text": "Chain rule."})
    assert Draft.objects.get(item=text_item).answer == {"text": "Chain rule."}


def test_a_stale_save_without_script_keeps_the_typed_text_on_the_page(web: Client, text_item: Item) -> None:
    save_draft(text_item, {"text": "from elsewhere"}, 0)
    answer = web.post(address("item_save", text_item), {"revision": 0, "text": "typed here"})
    assert answer.status_code == 409
    assert "typed here" in text_of(answer)
    assert Draft.objects.get(item=text_item).answer == {"text": "from elsewhere"}


def test_code_is_submitted_without_script(web: Client, code_item: Item) -> None:
    answer = web.post(address("item_submit", code_item), {"kind": "submit", "code": SOFTMAX})
    assert answer["Location"] == address("item", code_item)
    assert [submission.kind for submission in Submission.objects.all()] == [SubmissionKind.SUBMIT]


def test_a_run_answers_with_the_waiting_result_and_asks_again(web: Client, code_item: Item) -> None:
    answer = web.post(address("item_submit", code_item), {"kind": "run", "code": SOFTMAX}, headers=HTMX)
    assert "Queued" in text_of(answer)
    assert "hx-trigger" in text_of(answer)
    assert "<html" not in text_of(answer)


def test_a_result_ends_the_polling(web: Client, code_item: Item) -> None:
    judged(submit(code_item, SubmissionKind.RUN, code_answer(code_item)).current_grading)
    fragment = text_of(web.get(address("item", code_item), headers=HTMX))
    assert "Accepted" in fragment
    assert "hx-trigger" not in fragment


def test_a_hidden_tests_output_does_not_reach_the_page(web: Client, code_item: Item) -> None:
    grading = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item)).current_grading
    judged(grading, Verdict.WRONG_ANSWER)
    page = text_of(web.get(address("item", code_item)))
    assert "printed by the visible test" in page
    assert "printed by the hidden test" not in page


def test_what_a_candidate_printed_is_shown_as_text(web: Client, code_item: Item) -> None:
    grading = submit(
        code_item, SubmissionKind.RUN, code_answer(code_item, "<script>x</script>")
    ).current_grading
    judged(grading)
    assert "<script>x</script>" not in text_of(web.get(address("item", code_item)))


def test_neither_rubric_nor_model_answer_reaches_the_page_of_a_question(web: Client, text_item: Item) -> None:
    page = text_of(web.get(address("item", text_item)))
    entries = text_item.release.rubric_entries()
    assert [entry["id"] for entry in entries if entry["describe"] in page] == []
    assert text_item.release.solution.splitlines()[0] not in page


def test_a_running_run_says_which_test_it_is_at_and_can_be_stopped(web: Client, code_item: Item) -> None:
    grading = submit(code_item, SubmissionKind.RUN, code_answer(code_item)).current_grading
    claimed = gradings.claim(grading.pk)
    Grading.objects.filter(pk=claimed.pk).update(progress={"position": 2, "total": 3, "name": "adds"})
    page = web.get(address("item", code_item))
    assert "test 2 of 3" in text_of(page)
    assert address("item_stop", code_item) in page.content.decode()
    assert "Aborted" in text_of(web.post(address("item_stop", code_item), headers=HTMX))


def test_a_stopped_submit_is_said_not_to_count(web: Client, code_item: Item) -> None:
    submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item))
    page = text_of(web.post(address("item_stop", code_item), headers=HTMX))
    assert "You stopped this submission, so it does not count." in page


def test_a_running_submit_shows_what_it_printed_and_its_curve(
    web: Client, code_item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "TELL_SECONDS", 0)
    grading = submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item)).current_grading
    tell = lease.teller(gradings.claim(grading.pk))
    printed = "loss=3 <b>\nloss=2\n"
    tell(Progress(1, 2, "a hidden name", stdout=printed, stderr="a warning\n"))
    page = web.get(address("item", code_item)).content.decode()
    assert '<pre class="console live">loss=3 &lt;b&gt;\nloss=2\n</pre>' in page
    assert "Loss falls to 2 from 3" in page
    assert "a hidden name" not in page


def test_nobody_else_stops_a_run(sign_in: SignIn, other_candidate: User, code_item: Item) -> None:
    submit(code_item, SubmissionKind.RUN, code_answer(code_item))
    assert sign_in(other_candidate).post(address("item_stop", code_item)).status_code == 404


def test_the_last_page_names_what_is_not_answered(web: Client, running: Interview, text_item: Item) -> None:
    page = text_of(web.get(reverse("interview_finish", args=[running.pk])))
    assert "2 questions not answered" in page


def test_handing_in_leads_to_what_happens_next(web: Client, running: Interview) -> None:
    answer = web.post(reverse("interview_finish", args=[running.pk]))
    running.refresh_from_db()
    assert answer["Location"] == reverse("interview_closed", args=[running.pk])
    assert running.close_reason == CloseReason.HANDED_IN


def test_a_closed_interview_shows_its_questions_no_more(web: Client, handed_in: Interview) -> None:
    for item in handed_in.items.all():
        assert web.get(address("item", item))["Location"] == reverse("interview_closed", args=[handed_in.pk])


def test_past_the_deadline_every_page_treats_it_as_closed(
    web: Client, candidate: User, template: Template
) -> None:
    interview = start_interview(candidate, template)
    Interview.objects.filter(pk=interview.pk).update(
        started_at="2020-01-01T00:00:00Z", deadline_at="2020-01-01T00:45:00Z"
    )
    closed = reverse("interview_closed", args=[interview.pk])
    item = interview.items.last()
    assert web.get(address("item", item))["Location"] == closed
    assert web.post(address("item_submit", item), {"kind": "run", "code": "x"})["Location"] == closed
    assert web.post(address("item_save", item), {"revision": 0, "code": "x"})["Location"] == closed
    assert web.get(closed).status_code == 200
    assert Submission.objects.count() == 0


def test_the_report_is_not_there_before_its_release(web: Client, handed_in: Interview) -> None:
    answer = web.get(reverse("report", args=[handed_in.pk]))
    assert answer.status_code in {302, 404}


def test_the_report_shows_marks_words_and_the_model_answer(
    web: Client, handed_in: Interview, interviewer: User, text_item: Item
) -> None:
    release(handed_in, interviewer)
    page = text_of(web.get(reverse("report", args=[handed_in.pk])))
    assert "Work on the backward pass." in page
    assert "Read the chain rule again." in page
    assert "Backpropagation applies the chain rule backwards." in page
    assert reverse("figure", args=[text_item.release.pk, "graph.svg"]) in page


def test_reviewer_notes_stay_with_the_reviewer(
    web: Client, handed_in: Interview, interviewer: User, text_item: Item
) -> None:
    release(handed_in, interviewer)
    page = text_of(web.get(reverse("report", args=[handed_in.pk])))
    notes = [
        entry["reviewer_note"] for entry in text_item.release.rubric["criteria"] if entry["reviewer_note"]
    ]
    assert notes
    assert [note for note in notes if note in page] == []


def test_another_candidates_interview_is_not_found(
    sign_in: SignIn, other_candidate: User, handed_in: Interview, interviewer: User
) -> None:
    release(handed_in, interviewer)
    stranger = sign_in(other_candidate)
    names = ["interview", "interview_finish", "interview_closed", "report"]
    pages = [reverse(name, args=[handed_in.pk]) for name in names]
    pages += [address("item", item) for item in handed_in.items.all()]
    assert [stranger.get(page).status_code for page in pages] == [404] * len(pages)


def test_a_stranger_is_asked_to_sign_in(client: Client, running: Interview) -> None:
    page = reverse("interview", args=[running.pk])
    assert client.get(page)["Location"] == f"{reverse('login')}?next={page}"


def test_who_has_taken_nothing_yet_is_shown_a_practice_run_of_the_page(
    web: Client, bank: None, candidate: User, template: Template
) -> None:
    rules, look = (
        reverse("interview_start", args=[template.slug]),
        reverse("practice_rehearse", args=["first-look"]),
    )
    assert look in text_of(web.get(rules))
    taken = web.post(look, {"reveal": "end"}, follow=True)
    assert "A first look at the page" in text_of(taken)
    assert look not in text_of(web.get(rules))


def test_the_list_of_interviews_needs_as_many_queries_for_three_as_for_one(
    web: Client, candidate: User, template: Template, django_assert_num_queries: Callable[[int], Any]
) -> None:
    start_interview(candidate, template)
    with django_assert_num_queries(5):
        web.get(reverse("interview_list"))
    for _ in range(2):
        Interview.objects.filter(closed_at=None).update(
            started_at="2020-01-01T00:00:00Z", deadline_at="2020-01-01T00:45:00Z"
        )
        start_interview(candidate, template)
    with django_assert_num_queries(5):
        assert text_of(web.get(reverse("interview_list"))).count(template.title) >= 3


def test_every_page_carries_the_strict_content_policy(web: Client, running: Interview) -> None:
    policy = web.get(reverse("catalogue"))["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
