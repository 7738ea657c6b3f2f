"""Handing the same code over once more: its earlier result at once, and a new one only where it was asked for."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from grader import Verdict
from interview.models import Draft, Grading, Interview, Item, Submission, User
from interview.models.submission import SubmissionKind
from interview.selectors import item as items
from interview.services.draft import save_draft
from interview.services.interview import hand_in
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer, judged

RUN, SUBMIT = SubmissionKind.RUN, SubmissionKind.SUBMIT


def handed_over(
    item: Item, kind: SubmissionKind, source: str, verdict: Verdict = Verdict.ACCEPTED
) -> Submission:
    """Handed over and judged."""
    made = submit(item, kind, code_answer(item, source))
    judged(made.current_grading, verdict)
    return made


def test_the_same_code_gets_its_earlier_result_and_no_worker_is_asked(
    code_item: Item, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    first = handed_over(code_item, RUN, "a = 1\n")
    with django_capture_on_commit_callbacks() as callbacks:
        second = submit(code_item, RUN, code_answer(code_item, "a = 1\n"))
    assert (second.current_grading_id, second.repeats, len(callbacks)) == (first.current_grading_id, first, 0)
    assert (second.pk != first.pk, Grading.objects.count()) == (True, 1)


def test_it_is_judged_again_where_that_was_asked(code_item: Item) -> None:
    first = handed_over(code_item, RUN, "a = 1\n")
    second = submit(code_item, RUN, code_answer(code_item, "a = 1\n"), again=True)
    assert (second.repeats, second.current_grading_id == first.current_grading_id) == (None, False)


def test_a_repeated_result_speaks_of_the_one_that_was_judged_however_often_it_is_repeated(
    code_item: Item,
) -> None:
    first = handed_over(code_item, RUN, "a = 1\n")
    submit(code_item, RUN, code_answer(code_item, "a = 1\n"))
    assert submit(code_item, RUN, code_answer(code_item, "a = 1\n")).repeats == first


def test_one_character_more_is_other_code(code_item: Item) -> None:
    handed_over(code_item, RUN, "a = 1\n")
    assert submit(code_item, RUN, code_answer(code_item, "a = 1\n\n")).repeats is None


def test_a_run_never_answers_a_submit(code_item: Item) -> None:
    handed_over(code_item, RUN, "a = 1\n")
    assert submit(code_item, SUBMIT, code_answer(code_item, "a = 1\n")).repeats is None


def test_of_submits_the_last_counts_though_its_result_is_an_earlier_one(code_item: Item) -> None:
    first = handed_over(code_item, SUBMIT, "good = 1\n")
    handed_over(code_item, SUBMIT, "bad = 1\n", Verdict.WRONG_ANSWER)
    last = submit(code_item, SUBMIT, code_answer(code_item, "good = 1\n"))
    counting = items.counting_submission(items.with_answer(code_item))
    assert (counting, counting.current_grading_id) == (last, first.current_grading_id)


def test_what_counts_is_still_that_after_handing_in(
    running: Interview, candidate: User, code_item: Item
) -> None:
    handed_over(code_item, SUBMIT, "good = 1\n")
    last = submit(code_item, SUBMIT, code_answer(code_item, "good = 1\n"))
    hand_in(running, candidate)
    assert items.counting_submission(items.with_answer(code_item)) == last
    assert Submission.objects.filter(kind=SubmissionKind.FINAL).count() == 0


def test_a_failure_of_the_platform_is_no_earlier_result(code_item: Item) -> None:
    handed_over(code_item, RUN, "a = 1\n", Verdict.JUDGE_ERROR)
    assert submit(code_item, RUN, code_answer(code_item, "a = 1\n")).repeats is None


def test_what_was_stopped_is_no_earlier_result(code_item: Item) -> None:
    submit(code_item, SUBMIT, code_answer(code_item, "a = 1\n"))
    stop(code_item)
    assert submit(code_item, SUBMIT, code_answer(code_item, "a = 1\n")).repeats is None


def test_the_draft_is_stored_as_with_every_run(code_item: Item) -> None:
    handed_over(code_item, RUN, "a = 1\n")
    save_draft(code_item, code_answer(code_item, "b = 1\n"), 1)
    submit(code_item, RUN, code_answer(code_item, "a = 1\n"))
    assert Draft.objects.get(item=code_item).answer == code_answer(code_item, "a = 1\n")


def test_the_page_says_whose_result_it_is_and_offers_to_run_it_again(
    sign_in: Callable[[User], Client], candidate: User, code_item: Item
) -> None:
    handed_over(code_item, RUN, "a = 1\n")
    web, place = sign_in(candidate), [code_item.interview_id, code_item.position]
    form = {"kind": "run", "code": "a = 1\n"}
    page = web.post(reverse("item_submit", args=place), form, follow=True).content.decode()
    assert "Same code as your run at" in page
    assert "Run it again anyway" in page
    page = web.post(reverse("item_submit", args=place), {"again": "run", "code": "a = 1\n"}, follow=True)
    assert "Same code as" not in page.content.decode()
    assert Grading.objects.count() == 2


def test_the_api_judges_again_when_it_is_told_to(
    sign_in: Callable[[User], Client], candidate: User, code_item: Item
) -> None:
    first = handed_over(code_item, RUN, "a = 1\n")
    web, address = sign_in(candidate), reverse("api:submissions", args=[code_item.pk])
    wish = {"kind": "run", "answer": code_answer(code_item, "a = 1\n")}
    repeated = web.post(address, wish, content_type="application/json").json()
    assert repeated["grading"]["id"] == str(first.current_grading_id)
    assert repeated["repeats"] == str(first.pk)
    anew = web.post(address, wish | {"again": True}, content_type="application/json").json()
    assert anew["grading"]["state"] == "queued"
