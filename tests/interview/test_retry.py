"""What the platform failed to judge: judged anew by itself, after waits that grow, and at nobody's cost."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.test import Client
from django.urls import reverse

from grader import Verdict
from interview.models import Grading, Interview, Item, Question, Submission, User
from interview.models.interview import Reveal
from interview.models.submission import SubmissionKind
from interview.selectors import item as items
from interview.selectors.submission import tried_again_at
from interview.services.grading import claim
from interview.services.interview import hand_in
from interview.services.practice import reveal_item, start_set
from interview.services.retry import retry_failed
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer, judged

RUN, SUBMIT = SubmissionKind.RUN, SubmissionKind.SUBMIT


def failed(item: Item, kind: SubmissionKind = RUN, source: str = "a = 1\n") -> Submission:
    """Handed over, and ended in a Judge Error."""
    made = submit(item, kind, code_answer(item, source))
    judged(made.current_grading, Verdict.JUDGE_ERROR)
    return made


def later(seconds: float) -> None:
    """Let so much time have passed since all that was recorded."""
    past = timedelta(seconds=seconds)
    steps = ("queued_at", "rung_at", "started_at", "judged_at", "recorded_at")
    Grading.objects.update(**{step: F(step) - past for step in steps})


def test_it_waits_and_then_is_queued_once_with_the_failure_kept(code_item: Item) -> None:
    first = failed(code_item).current_grading
    assert retry_failed() == 0
    later(21)
    assert [retry_failed(), retry_failed()] == [1, 0]
    anew = Submission.objects.get().current_grading
    assert (anew.state, anew.files, anew.visible_only) == ("queued", first.files, True)
    assert Grading.objects.get(pk=first.pk).verdict == "JE"
    judged(anew)
    assert Submission.objects.get().current_grading.verdict == "AC"


def test_waits_grow_and_end(code_item: Item) -> None:
    failed(code_item)
    tried = 0
    for wait in settings.GRADING_RETRIES:
        later(wait.total_seconds() - 5)
        assert retry_failed() == 0
        later(6)
        tried += retry_failed()
        judged(Submission.objects.get().current_grading, Verdict.JUDGE_ERROR)
    later(24 * 3600)
    assert (tried, retry_failed()) == (4, 0)
    assert tried_again_at(Submission.objects.get()) is None


def test_a_run_that_something_newer_followed_is_left_alone(code_item: Item) -> None:
    failed(code_item)
    judged(submit(code_item, RUN, code_answer(code_item, "b = 1\n")).current_grading)
    later(60)
    assert retry_failed() == 0


def test_a_submit_that_counts_is_judged_anew_though_runs_followed_and_is_in_nobodys_way(
    code_item: Item,
) -> None:
    counting = failed(code_item, SUBMIT)
    judged(submit(code_item, RUN, code_answer(code_item, "b = 1\n")).current_grading)
    later(60)
    assert retry_failed() == 1
    run = submit(code_item, RUN, code_answer(code_item, "c = 1\n"))
    stop(code_item)
    counting.refresh_from_db()
    assert (counting.counts, counting.current_grading.state) == (True, "queued")
    assert Grading.objects.get(pk=run.current_grading_id).state == "cancelled"


def test_after_the_end_what_counts_is_judged_anew_and_runs_are_not(
    running: Interview, candidate: User, code_item: Item
) -> None:
    failed(code_item)
    hand_in(running, candidate)
    final = items.counting_submission(items.with_answer(code_item))
    judged(final.current_grading, Verdict.JUDGE_ERROR)
    later(60)
    assert retry_failed() == 1
    final.refresh_from_db()
    assert final.current_grading.state == "queued"


def test_what_was_released_stays_as_it_was_read(handed_in: Interview, candidate: User) -> None:
    Grading.objects.update(verdict="JE")
    Interview.objects.filter(pk=handed_in.pk).update(released_at=F("finalised_at"))
    later(60)
    assert retry_failed() == 0


def test_the_page_says_when_we_try_again_and_asks_for_it_without_holding_the_editor(
    sign_in: Callable[[User], Client], candidate: User, code_item: Item
) -> None:
    failed(code_item)
    page = _page(sign_in(candidate), code_item)
    assert "We try again by ourselves at" in page
    assert 'hx-trigger="every 2s"' in page
    assert "data-job-open" not in page


def test_past_the_last_try_the_page_says_what_can_be_done(
    sign_in: Callable[[User], Client], candidate: User, code_item: Item
) -> None:
    submission = failed(code_item)
    for _ in settings.GRADING_RETRIES:
        grading = Grading.objects.get(pk=submission.current_grading_id)
        grading.pk = None
        grading.save(force_insert=True)
    page = _page(sign_in(candidate), code_item)
    assert "We tried 5 times" in page
    assert "hx-trigger" not in page.split('id="result"')[1].split(">")[0]


def _page(web: Client, item: Item) -> str:
    return web.get(reverse("item", args=[item.interview_id, item.position])).content.decode()


def test_while_it_is_tried_once_more_within_one_grading_the_page_says_that_it_was_ours(
    sign_in: Callable[[User], Client], candidate: User, code_item: Item
) -> None:
    submit(code_item, RUN, code_answer(code_item))
    Grading.objects.update(attempts=1)
    assert "Ours, not yours." in _page(sign_in(candidate), code_item)


def test_while_its_worker_does_not_answer_the_page_says_that_it_is_ours(
    sign_in: Callable[[User], Client], candidate: User, code_item: Item
) -> None:
    claim(submit(code_item, RUN, code_answer(code_item)).current_grading_id)
    web = sign_in(candidate)
    assert "does not answer" not in _page(web, code_item)
    Grading.objects.update(lease_until=F("lease_until") - settings.GRADING_LEASE * 0.6)
    assert "Its worker does not answer." in _page(web, code_item)


def test_an_answer_that_practice_shows_says_as_well_when_we_try_again(
    sign_in: Callable[[User], Client], candidate: User, bank: None
) -> None:
    item = start_set(candidate, [Question.objects.get(slug="stable-softmax")], Reveal.EACH).items.get()
    failed(item, SUBMIT)
    reveal_item(item)
    assert "We try again by ourselves at" in _page(sign_in(candidate), item)
