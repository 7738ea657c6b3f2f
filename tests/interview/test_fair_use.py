"""Fair use: how many runs one person may have at a time and in a minute, and that nobody else is limited by it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grader import Verdict
from interview.exceptions import TooManyRuns
from interview.models import Grading, Interview, Item, Question, Submission, User
from interview.models.interview import Reveal
from interview.models.submission import SubmissionKind
from interview.services import practice
from interview.services.interview import hand_in
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer, judged

RUN, SUBMIT = SubmissionKind.RUN, SubmissionKind.SUBMIT
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def narrow(settings: LazySettings) -> None:
    """Limits that a test reaches."""
    settings.RUNS_IN_FLIGHT, settings.RUNS_PER_MINUTE = 2, 3


def practised(person: User, *slugs: str) -> list[Item]:
    """Coding questions in practices of their own, ready to be run beside each other."""
    chosen = [Question.objects.get(slug=slug) for slug in slugs]
    return [practice.start_set(person, [one], Reveal.END).items.get() for one in chosen]


def run(item: Item, source: str, ago: timedelta = timedelta(0), verdict: Verdict = Verdict.ACCEPTED) -> None:
    """Run and have judged."""
    made = submit(item, RUN, code_answer(item, source), timezone.now() - ago)
    judged(made.current_grading, verdict)


def test_after_so_many_runs_in_a_minute_the_refusal_says_when_the_next_is_possible(code_item: Item) -> None:
    now = timezone.now()
    for number, ago in enumerate((42, 30, 1)):
        made = submit(code_item, RUN, code_answer(code_item, f"a = {number}\n"), now - ago * SECOND)
        judged(made.current_grading)
    with pytest.raises(TooManyRuns) as refusal:
        submit(code_item, SUBMIT, code_answer(code_item, "a = 3\n"), now)
    assert str(refusal.value) == "You have run 3 times in a minute; the next run is possible in 18 s."
    assert (refusal.value.seconds, Submission.objects.count()) == (18, 3)


def test_when_the_minute_is_over_the_next_run_is_taken(code_item: Item) -> None:
    for number, ago in enumerate((61, 30, 1)):
        run(code_item, f"a = {number}\n", ago * SECOND)
    run(code_item, "a = 3\n")
    assert Submission.objects.count() == 4


def test_what_costs_no_worker_is_not_counted(code_item: Item) -> None:
    for _ in range(6):
        submit(code_item, RUN, code_answer(code_item))
        Grading.objects.filter(state="queued").first() and judged(Grading.objects.get())
    assert (Submission.objects.count(), Grading.objects.count()) == (6, 1)


def test_what_the_platform_failed_to_judge_is_not_counted(code_item: Item) -> None:
    for number in range(5):
        run(code_item, f"a = {number}\n", verdict=Verdict.JUDGE_ERROR)
    assert Submission.objects.count() == 5


def test_runs_in_flight_are_counted_through_all_interviews_of_a_person(candidate: User, bank: None) -> None:
    items = practised(candidate, "stable-softmax", "layer-norm-by-hand", "stable-softmax")
    for item in items[:2]:
        submit(item, RUN, code_answer(item))
    with pytest.raises(TooManyRuns, match="2 of your runs are being judged"):
        submit(items[2], RUN, code_answer(items[2]))
    stop(items[0])
    submit(items[2], RUN, code_answer(items[2]))
    assert Submission.objects.count() == 3


def test_one_that_waits_because_no_worker_can_take_it_is_not_in_flight(candidate: User, bank: None) -> None:
    items = practised(candidate, "stable-softmax", "layer-norm-by-hand", "stable-softmax")
    for item in items[:2]:
        submit(item, RUN, code_answer(item))
    Grading.objects.update(waits_because="no worker with a GPU is connected")
    submit(items[2], RUN, code_answer(items[2]))
    assert Submission.objects.count() == 3


def test_the_limits_of_one_person_are_nobody_elses(
    candidate: User, other_candidate: User, code_item: Item
) -> None:
    for number in range(3):
        run(code_item, f"a = {number}\n")
    (other,) = practised(other_candidate, "stable-softmax")
    run(other, "a = 3\n")
    assert Submission.objects.count() == 4


def test_handing_in_is_never_limited(running: Interview, candidate: User, code_item: Item) -> None:
    for number in range(3):
        run(code_item, f"a = {number}\n")
    hand_in(running, candidate)
    assert Submission.objects.filter(kind=SubmissionKind.FINAL).count() == 1


def test_the_api_answers_429_and_when_to_come_back(
    sign_in: Callable[[User], Client], candidate: User, code_item: Item
) -> None:
    for number in range(3):
        run(code_item, f"a = {number}\n")
    wish = {"kind": "run", "answer": code_answer(code_item, "a = 3\n")}
    address = reverse("api:submissions", args=[code_item.pk])
    refused = sign_in(candidate).post(address, wish, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_runs")
    assert 50 < int(refused["Retry-After"]) <= 60


def test_the_page_says_so_and_keeps_the_result(
    sign_in: Callable[[User], Client], candidate: User, code_item: Item
) -> None:
    for number in range(3):
        run(code_item, f"a = {number}\n")
    place = [code_item.interview_id, code_item.position]
    form = {"kind": "run", "code": "a = 3\n"}
    page = sign_in(candidate).post(reverse("item_submit", args=place), form, headers={"HX-Request": "true"})
    assert "You have run 3 times in a minute" in page.content.decode()
    assert "Accepted" in page.content.decode()
