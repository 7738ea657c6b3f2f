"""The pages of practice, without a browser and without JavaScript."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader import Verdict
from interview.models import Interview, Item, Question, Template, User
from interview.models.interview import CloseReason, Mode, Reveal
from interview.models.submission import SubmissionKind
from interview.services import grading as gradings
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.practice import mark_self, pause, rehearse, reveal_item, start_set
from interview.services.submission import submit
from tests.interview.conftest import code_answer, judged, result_for
from tests.interview.test_api import SignIn
from tests.interview.test_candidate_pages import HTMX, address, text_of

TEXT = {"text": "The chain rule, backwards, over cached values."}
SOLUTION = "Model answer"


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


@pytest.fixture
def questions(bank: None) -> list[Question]:
    return list(Question.objects.filter(slug__in=["stable-softmax", "explain-backpropagation"]))


@pytest.fixture
def practice(candidate: User, questions: list[Question]) -> Interview:
    return start_set(candidate, questions, Reveal.EACH)


@pytest.fixture
def rehearsal(candidate: User, template: Template) -> Interview:
    return rehearse(candidate, template, Reveal.EACH)


@pytest.fixture
def written(practice: Interview) -> Item:
    item = practice.items.get(release__question__slug="explain-backpropagation")
    save_draft(item, TEXT, 0)
    return item


@pytest.fixture
def coded(practice: Interview) -> Item:
    item = practice.items.get(release__question__slug="stable-softmax")
    submission = submit(item, SubmissionKind.SUBMIT, code_answer(item))
    assert submission.current_grading
    claimed = gradings.claim(submission.current_grading.pk)
    assert claimed
    result = result_for(claimed, Verdict.WRONG_ANSWER)
    shown, hidden = result.tests
    gradings.record(claimed, replace(result, tests=(shown, replace(hidden, reveal="name"))))
    return item


def get(web: Client, name: str, *args: object) -> str:
    return text_of(web.get(reverse(name, args=args)))


# Choosing


def test_the_list_has_every_published_question_under_its_area(web: Client, questions: list[Question]) -> None:
    page = get(web, "practice")
    for question in questions:
        assert f'value="{question.slug}"' in page
        assert question.area.title in page
    assert "not yet" in page


def test_a_question_that_is_not_published_is_not_offered(web: Client, questions: list[Question]) -> None:
    Question.objects.filter(slug="stable-softmax").update(state="retired")
    assert 'value="stable-softmax"' not in get(web, "practice")


@pytest.mark.parametrize("wish", ["kind=coding", "topic=C3", "area=debugging&kind=coding"])
def test_the_list_can_be_narrowed(web: Client, questions: list[Question], wish: str) -> None:
    Question.objects.filter(slug="stable-softmax").update(area_id="debugging")
    page = text_of(web.get(f"{reverse('practice')}?{wish}"))
    assert 'value="stable-softmax"' in page
    assert 'value="explain-backpropagation"' not in page


def test_a_wish_that_nothing_has_says_so(web: Client, questions: list[Question]) -> None:
    Question.objects.exclude(kind="coding").update(area_id="debugging")
    Question.objects.filter(kind="coding").update(area_id="backpropagation")
    page = text_of(web.get(f"{reverse('practice')}?area=debugging&kind=coding"))
    assert "No question fits" in page


def test_the_list_says_how_the_last_time_went(web: Client, written: Item) -> None:
    reveal_item(written)
    assert "last time not marked" in get(web, "practice")
    met = [entry["id"] for entry in written.release.rubric_entries() if entry["points"] > 0]
    mark_self(written, met, "")
    assert "last 100" in get(web, "practice")


def test_the_chosen_questions_become_a_set(web: Client, questions: list[Question]) -> None:
    page = text_of(web.get(f"{reverse('practice_set')}?questions=stable-softmax"))
    assert 'value="stable-softmax"' in page
    assert 'value="explain-backpropagation"' not in page
    wish = {"questions": ["stable-softmax"], "reveal": "end"}
    answer = web.post(reverse("practice_set"), wish)
    started = Interview.objects.get()
    assert answer.headers["Location"] == reverse("item", args=[started.pk, 1])
    assert (started.mode, started.timed, started.reveal) == (Mode.PRACTICE, False, Reveal.END)


def test_an_area_can_be_taken_as_a_whole(web: Client, questions: list[Question]) -> None:
    area = questions[0].area_id
    page = text_of(web.get(f"{reverse('practice_set')}?area={area}"))
    assert all(f'value="{question.slug}"' in page for question in questions if question.area_id == area)


def test_a_set_without_questions_is_not_started(web: Client, questions: list[Question]) -> None:
    assert "No question chosen" in get(web, "practice_set")
    assert web.post(reverse("practice_set"), {"reveal": "each"}).status_code == 422
    assert not Interview.objects.exists()


def test_a_rehearsal_starts_with_its_clock(web: Client, template: Template) -> None:
    address = reverse("practice_rehearse", args=[template.slug])
    assert "45 minutes, and you may pause" in text_of(web.get(address))
    web.post(address, {"reveal": "each"})
    started = Interview.objects.get()
    assert (started.template, started.timed, started.mode) == (template, True, Mode.PRACTICE)


def test_a_rehearsal_needs_the_choice_when_to_show_the_answers(web: Client, template: Template) -> None:
    answer = web.post(reverse("practice_rehearse", args=[template.slug]), {"reveal": "never"})
    assert answer.status_code == 422
    assert not Interview.objects.exists()


# Working


def test_the_bar_says_practice_and_shows_no_clock_in_a_set(web: Client, written: Item) -> None:
    page = text_of(web.get(address("item", written)))
    assert "Practice</strong>" in page
    assert "data-clock" not in page
    assert "Show the answer" in page


def test_a_rehearsal_is_paused_and_resumed_by_its_buttons(web: Client, rehearsal: Interview) -> None:
    first = reverse("item", args=[rehearsal.pk, 1])
    assert "data-clock" in text_of(web.get(first))
    answer = web.post(reverse("practice_pause", args=[rehearsal.pk]), {"position": "1"})
    assert answer.headers["Location"] == first
    page = text_of(web.get(first))
    assert "<h1>Paused</h1>" in page
    assert rehearsal.items.first().release.title not in page
    web.post(reverse("practice_resume", args=[rehearsal.pk]), {"position": "1"})
    assert "data-clock" in text_of(web.get(first))


def test_the_clock_tells_another_tab_that_it_stands(web: Client, rehearsal: Interview) -> None:
    clock = reverse("api:clock", args=[rehearsal.pk])
    assert web.get(clock).json()["is_paused"] is False
    pause(rehearsal, rehearsal.started_at + timedelta(minutes=5))
    told = web.get(clock).json()
    assert (told["is_open"], told["is_paused"], told["seconds_left"]) == (True, True, 40 * 60)


@pytest.mark.parametrize("position", ["", "99", "x", "1" * 30])
def test_pausing_from_nowhere_leads_to_the_practice(web: Client, rehearsal: Interview, position: str) -> None:
    answer = web.post(reverse("practice_pause", args=[rehearsal.pk]), {"position": position})
    assert answer.headers["Location"] == reverse("interview", args=[rehearsal.pk])


def test_hints_open_one_at_a_time(web: Client, coded: Item) -> None:
    page = text_of(web.get(address("item", coded)))
    assert "Open hint 1 of 2" in page
    assert "Work it out on paper" not in page
    answer = web.post(address("practice_hint", coded))
    assert answer.headers["Location"] == address("item", coded) + "#help"
    page = text_of(web.get(address("item", coded)))
    assert "Work it out on paper" in page
    assert "largest exponent" not in page
    assert "Open hint 2 of 2" in page


def test_saving_while_paused_is_refused_with_the_reason(web: Client, rehearsal: Interview) -> None:
    pause(rehearsal)
    item = rehearsal.items.first()
    answer = web.post(address("item_save", item), {"revision": 0, "text": "Late."}, follow=True)
    assert "This practice is paused" in text_of(answer)


# The answer


def test_the_answer_is_shown_after_one_more_question(web: Client, written: Item) -> None:
    asked = text_of(web.get(address("practice_reveal", written)))
    assert "Show the answer?" in asked
    assert SOLUTION not in asked
    answer = web.post(address("practice_reveal", written))
    assert answer.headers["Location"] == address("item", written)
    page = text_of(web.get(address("item", written)))
    assert SOLUTION in page
    assert TEXT["text"] in page
    assert all(entry["describe"].split("`")[0][:30] in page for entry in written.release.rubric_entries()[:1])


def test_an_answer_that_is_shown_takes_no_more_saving(web: Client, written: Item) -> None:
    reveal_item(written)
    answer = web.post(address("item_save", written), {"revision": 1, "text": "Better."}, follow=True)
    assert "your answer stays as you gave it" in text_of(answer)
    written.draft.refresh_from_db()
    assert written.draft.answer == TEXT


def test_the_api_refuses_a_draft_of_a_shown_answer(web: Client, written: Item) -> None:
    reveal_item(written)
    url = reverse("api:draft", args=[written.pk])
    answer = web.put(url, {"answer": {"text": "Better."}, "revision": 1}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (410, "answer_locked")


def test_hidden_tests_say_why_they_failed_once_the_answer_is_shown(web: Client, coded: Item) -> None:
    before = text_of(web.get(address("item", coded), headers=HTMX))
    reveal_item(coded)
    after = text_of(web.get(address("item", coded)))
    assert [page.count("The value is wrong at [0]") for page in (before, after)] == [1, 2]
    assert ["printed by the hidden test" in page for page in (before, after)] == [False, True]


def test_the_shown_answer_follows_a_grading_by_fragments(web: Client, practice: Interview) -> None:
    item = practice.items.get(release__question__slug="stable-softmax")
    save_draft(item, code_answer(item), 0)
    reveal_item(item)
    waiting = text_of(web.get(address("item", item), headers=HTMX))
    assert "hx-get" in waiting
    assert "<html" not in waiting
    judged(item.submissions.get().current_grading)
    assert "hx-get" not in text_of(web.get(address("item", item), headers=HTMX))


def test_marking_oneself_shows_points_and_keeps_the_note(web: Client, written: Item) -> None:
    reveal_item(written)
    entry = written.release.rubric_entries()[0]
    wish = {"met": [entry["id"]], "comment": "Name the cache."}
    answer = web.post(address("practice_mark", written), wish, follow=True)
    page = text_of(answer)
    assert f"Question {written.position} is marked." in page
    assert "Name the cache." in page
    assert f'value="{entry["id"]}"' in page


def test_a_mark_that_the_rubric_does_not_have_is_refused(web: Client, written: Item) -> None:
    reveal_item(written)
    answer = web.post(address("practice_mark", written), {"met": ["invented"], "comment": "Kept."})
    assert answer.status_code == 422
    assert "Kept." in text_of(answer)


def test_marking_before_the_answer_is_shown_leads_back(web: Client, written: Item) -> None:
    answer = web.post(address("practice_mark", written), {"met": []})
    assert answer.headers["Location"] == address("item", written)


def test_a_choice_is_shown_beside_its_key(web: Client, candidate: User, bank: None) -> None:
    question = Question.objects.get(slug="normalization-and-modes")
    item = start_set(candidate, [question], Reveal.EACH).items.get()
    because = item.release.choice[0]["explain"].split("`")[0][:30]
    assert because not in text_of(web.get(address("item", item)))
    reveal_item(item)
    assert because in text_of(web.get(address("item", item)))


def test_the_step_that_an_entry_covers_is_kept(web: Client, candidate: User, bank: None) -> None:
    question = Question.objects.get(slug="loss-does-not-fall")
    item = start_set(candidate, [question], Reveal.EACH).items.get()
    save_draft(item, {"entries": [{"id": "a", "text": "Overfit one batch."}]}, 0)
    reveal_item(item)
    step = next(entry for entry in item.release.rubric_entries() if entry.get("step"))
    wish = {"met": [step["id"]], f"entry_{step['id']}": "1"}
    web.post(address("practice_mark", item), wish)
    assert item.marks.get(criterion=step["id"]).entry == 1


# The end


def test_finishing_leads_to_the_report_at_once(web: Client, written: Item, practice: Interview) -> None:
    assert "Finish practice?" in get(web, "interview_finish", practice.pk)
    answer = web.post(reverse("interview_finish", args=[practice.pk]))
    assert answer.headers["Location"] == reverse("report", args=[practice.pk])
    page = get(web, "report", practice.pk)
    assert "not marked to the end" in page
    assert SOLUTION in page
    assert f"Mark question {written.position}" in page


def test_the_report_says_who_marked_it_and_which_hints_were_opened(
    web: Client, written: Item, coded: Item, practice: Interview, candidate: User
) -> None:
    web.post(address("practice_hint", coded))
    hand_in(practice, candidate)
    mark_self(written, [], "Name the cache.")
    page = get(web, "report", practice.pk)
    assert "marked by yourself" in page
    assert "Name the cache." in page
    assert "1 opened" in page
    assert "Advice" not in page


def test_practice_that_ran_out_leads_to_its_report_once_it_is_settled(
    web: Client, rehearsal: Interview
) -> None:
    past = rehearsal.started_at - timedelta(hours=2)
    Interview.objects.filter(pk=rehearsal.pk).update(
        started_at=past,
        deadline_at=past + timedelta(minutes=45),
        closed_at=past + timedelta(minutes=45),
        close_reason=CloseReason.TIME_UP,
    )
    closed = reverse("interview_closed", args=[rehearsal.pk])
    assert "Time is up" in text_of(web.get(closed))
    assert web.get(reverse("report", args=[rehearsal.pk])).headers["Location"] == closed
    Interview.objects.filter(pk=rehearsal.pk).update(finalised_at=timezone.now())
    assert web.get(closed).headers["Location"] == reverse("report", args=[rehearsal.pk])
    assert web.get(reverse("interview", args=[rehearsal.pk])).headers["Location"].endswith("/report/")


def test_the_history_keeps_practice_apart(
    web: Client, written: Item, practice: Interview, candidate: User, template: Template
) -> None:
    hand_in(practice, candidate)
    start_interview(candidate, template)
    counted, practised = get(web, "interview_list").split('id="practice"')
    assert template.title in counted
    assert practice.title in practised
    assert "Mark 1 answer" in practised


def test_the_history_has_the_newest_first(web: Client, candidate: User, questions: list[Question]) -> None:
    first, second = (start_set(candidate, [question], Reveal.END) for question in questions)
    page = get(web, "interview_list")
    assert page.index(str(second.pk)) < page.index(str(first.pk))


def test_the_history_needs_as_many_queries_for_three_practices_as_for_one(
    web: Client,
    candidate: User,
    questions: list[Question],
    django_assert_num_queries: Callable[..., object],
) -> None:
    for count in (1, 2):
        for _ in range(count):
            start_set(candidate, questions, Reveal.END)
        with django_assert_num_queries(5):
            get(web, "interview_list")


def test_the_list_of_questions_needs_a_fixed_number_of_queries(
    web: Client,
    candidate: User,
    questions: list[Question],
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    for _ in range(3):
        hand_in(start_set(candidate, questions, Reveal.END), candidate)
        with django_assert_max_num_queries(19):
            get(web, "practice")


# The walls


def practice_addresses(item: Item) -> dict[str, str]:
    return {
        "get item": address("item", item),
        "get answer": address("practice_reveal", item),
        "get report": reverse("report", args=[item.interview_id]),
        "post answer": address("practice_reveal", item),
        "post hint": address("practice_hint", item),
        "post mark": address("practice_mark", item),
    }


def test_no_path_of_practice_shows_a_model_answer_while_an_interview_counts(
    web: Client, written: Item, coded: Item, practice: Interview, candidate: User, template: Template
) -> None:
    finished = start_set(candidate, [written.release.question], Reveal.END)
    hand_in(finished, candidate)
    reveal_item(coded)
    counting = start_interview(candidate, template)
    items = [written, coded, finished.items.get(), *counting.items.all()]
    for item in items:
        solution = item.release.solution.strip().splitlines()[-1][:40]
        for name, url in practice_addresses(item).items():
            answer = (web.post if name.startswith("post") else web.get)(url, {"met": []}, follow=True)
            assert solution not in text_of(answer), (name, item)
            assert "Work it out on paper" not in text_of(answer), (name, item)
    for fragment in (written, coded):
        assert SOLUTION not in text_of(web.get(address("item", fragment), headers=HTMX, follow=True))
    assert Interview.objects.filter(mode=Mode.PRACTICE).count() == 2


def test_practice_cannot_be_started_from_the_pages_while_an_interview_counts(
    web: Client, running: Interview, template: Template
) -> None:
    assert "it waits until" in get(web, "practice")
    assert "Start the set" not in text_of(web.get(f"{reverse('practice_set')}?questions=stable-softmax"))
    assert "Start the 45" not in get(web, "practice_rehearse", template.slug)
    answer = web.post(
        reverse("practice_set"), {"questions": ["stable-softmax"], "reveal": "each"}, follow=True
    )
    assert "Practice shows model answers" in text_of(answer)
    web.post(reverse("practice_rehearse", args=[template.slug]), {"reveal": "each"})
    assert list(Interview.objects.all()) == [running]


def test_an_open_practice_says_why_it_is_closed_for_now(
    web: Client, written: Item, candidate: User, template: Template
) -> None:
    start_interview(candidate, template)
    answer = web.get(address("item", written))
    assert answer.status_code == 409
    assert "Closed while your interview runs" in text_of(answer)


def test_a_question_of_an_interview_that_counts_has_nothing_of_practice(
    web: Client, running: Interview
) -> None:
    for item in running.items.all():
        page = text_of(web.get(address("item", item)))
        assert "Show the answer" not in page
        assert "Stuck?" not in page
        assert web.get(address("practice_reveal", item)).status_code == 404


def test_somebody_elses_practice_is_not_found(
    sign_in: SignIn,
    interviewer: User,
    other_candidate: User,
    written: Item,
    practice: Interview,
    candidate: User,
) -> None:
    hand_in(practice, candidate)
    for stranger in (interviewer, other_candidate):
        browser = sign_in(stranger)
        for name, url in practice_addresses(written).items():
            answer = (browser.post if name.startswith("post") else browser.get)(url)
            assert answer.status_code == 404, (stranger, name)
        assert browser.get(reverse("review_item", args=[practice.pk, 1])).status_code in {403, 404}


def test_every_page_of_practice_carries_the_strict_content_policy(web: Client, written: Item) -> None:
    reveal_item(written)
    for url in (reverse("practice"), reverse("practice_set"), address("item", written)):
        policy = web.get(url).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
