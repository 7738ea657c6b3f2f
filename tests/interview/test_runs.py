"""The history of runs and submits: what it lists, what it shows again, comparing two, and restoring one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from grader import Verdict
from grader.curves import read_curves
from interview.models import Draft, Interview, Item, Question, Submission, User
from interview.models.interview import Reveal
from interview.models.submission import SubmissionKind
from interview.services import grading as gradings
from interview.services import practice
from interview.services.draft import save_draft
from interview.services.interview import hand_in
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer, result_for

RUN, SUBMIT = SubmissionKind.RUN, SubmissionKind.SUBMIT
SignIn = Callable[[User], Client]


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def run(
    item: Item,
    source: str,
    kind: SubmissionKind = RUN,
    verdict: Verdict = Verdict.ACCEPTED,
    printed: str = "",
) -> Submission:
    """Handed over and judged; `printed` by the visible test."""
    made = submit(item, kind, code_answer(item, source))
    claimed = gradings.claim(made.current_grading_id)
    result = result_for(claimed, verdict)
    visible = replace(result.tests[0], stdout=printed)
    whole = printed + result.tests[1].stdout
    result = replace(result, tests=(visible, result.tests[1]), stdout=whole, curves=read_curves(whole))
    gradings.record(claimed, result)
    made.refresh_from_db()
    return made


def losses(*values: float) -> str:
    return "".join(f"Step {step}, Loss: {value}\n" for step, value in enumerate(values))


def page(web: Client, name: str, item: Item, *further: object, **asked: object) -> str:
    return web.get(reverse(name, args=[item.interview_id, item.position, *further]), asked).content.decode()


def status(web: Client, name: str, item: Item, *further: object, **asked: object) -> int:
    return web.get(reverse(name, args=[item.interview_id, item.position, *further]), asked).status_code


def test_every_press_is_listed_with_what_came_of_it_newest_first(web: Client, code_item: Item) -> None:
    first = run(code_item, "a = 1\n", verdict=Verdict.WRONG_ANSWER)
    submit(code_item, SUBMIT, code_answer(code_item, "b = 1\n"))
    stop(code_item)
    submit(code_item, RUN, code_answer(code_item, "a = 1\n"))
    place = reverse("item_runs", args=[code_item.interview_id, code_item.position])
    response = web.get(place)
    rows = [(row["submission"].kind, row["repeats"]) for row in response.context["rows"]]
    assert rows == [("run", first), ("submit", None), ("run", None)]
    text = response.content.decode()
    assert "Stopped, so it does not count" in text
    assert "same code as" in text
    assert "0 of 2" in text


def test_the_one_that_counts_is_said(web: Client, code_item: Item) -> None:
    run(code_item, "a = 1\n", SUBMIT)
    run(code_item, "b = 1\n")
    assert page(web, "item_runs", code_item).count(">· counts<") == 1


def test_an_earlier_result_is_shown_again_and_no_more_of_it_than_before(web: Client, code_item: Item) -> None:
    submission = run(code_item, "a = 1\n", SUBMIT, Verdict.WRONG_ANSWER, "seen by all\n")
    text = page(web, "item_run", code_item, submission.pk)
    assert "Wrong Answer" in text
    assert "seen by all" in text
    assert "printed by the hidden test" not in text


def test_two_runs_are_compared_by_result_code_and_curves(web: Client, code_item: Item) -> None:
    first = run(code_item, "lr = 1\n", printed=losses(4, 3, 2))
    second = run(code_item, "lr = 2\n", printed=losses(4, 2, 1))
    place = reverse("item_runs_compare", args=[code_item.interview_id, code_item.position])
    response = web.get(place, {"a": first.pk, "b": second.pk})
    ((_, removed, added),) = [[None, *diff.lines] for diff in response.context["diffs"]]
    assert [(line.kind, line.text) for line in (removed, added)] == [
        ("removed", "lr = 1"),
        ("added", "lr = 2"),
    ]
    text = response.content.decode()
    assert "Loss falls to 1 from 4; the earlier run ended at 2" in text
    assert text.count('class="y was"') == 2  # on each scale


def test_the_earlier_of_two_comes_first_however_they_were_chosen(web: Client, code_item: Item) -> None:
    first, second = run(code_item, "lr = 1\n"), run(code_item, "lr = 2\n")
    place = reverse("item_runs_compare", args=[code_item.interview_id, code_item.position])
    for a, b, expected in (
        (second.pk, first.pk, [first, second]),
        ("draft", first.pk, [first, None]),
    ):
        sides = web.get(place, {"a": a, "b": b}).context["sides"]
        assert [side["submission"] for side in sides] == expected


def test_a_run_is_compared_with_the_present_answer(web: Client, code_item: Item) -> None:
    first = run(code_item, "lr = 1\n")
    save_draft(code_item, code_answer(code_item, "lr = 3\n"), 1)
    text = page(web, "item_runs_compare", code_item, a=first.pk, b="draft")
    assert "Your answer now" in text
    assert "lr = 3" in text


def test_beside_the_editor_an_earlier_run_is_laid_under_the_result(web: Client, code_item: Item) -> None:
    first = run(code_item, "lr = 1\n", printed=losses(4, 3, 2))
    second = run(code_item, "lr = 2\n", printed=losses(4, 2, 1))
    assert f'value="{first.pk}"' in page(web, "item", code_item)
    place = reverse("item_runs_compare", args=[code_item.interview_id, code_item.position])
    fragment = web.get(place, {"a": first.pk, "b": second.pk}, headers={"HX-Request": "true"})
    assert fragment.content.decode().strip().startswith('<div id="curves">')
    assert "the earlier run ended at 2" in fragment.content.decode()


def test_curves_of_hidden_tests_lie_under_nothing(web: Client, code_item: Item) -> None:
    first = run(code_item, "lr = 1\n", SUBMIT, printed=losses(4, 3))
    second = run(code_item, "lr = 2\n", SUBMIT, printed="nothing of interest\n")
    document = first.current_grading.result
    document["tests"][1]["stdout"] = losses(8, 7)
    document["stdout"] = document["tests"][0]["stdout"] + losses(8, 7)
    type(first.current_grading).objects.filter(pk=first.current_grading_id).update(result=document)
    text = page(web, "item_runs_compare", code_item, a=first.pk, b=second.pk)
    assert "Loss falls to 3 from 4" in text


def test_restoring_brings_the_code_back_and_keeps_what_it_replaces(web: Client, code_item: Item) -> None:
    first = run(code_item, "a = 1\n")
    save_draft(code_item, code_answer(code_item, "b = 1\n"), 1)
    place = [code_item.interview_id, code_item.position, first.pk]
    assert web.post(reverse("item_run_restore", args=place)).status_code == 302
    assert Draft.objects.get(item=code_item).answer == code_answer(code_item, "a = 1\n")
    reasons = [snapshot.reason for snapshot in code_item.snapshots.all()]
    assert reasons == ["run", "step", "restore"]


def test_the_history_is_its_candidates_alone(
    sign_in: SignIn, other_candidate: User, interviewer: User, code_item: Item
) -> None:
    made = run(code_item, "a = 1\n")
    for stranger in (sign_in(other_candidate), sign_in(interviewer)):
        assert status(stranger, "item_runs", code_item) == 404
        assert status(stranger, "item_run", code_item, made.pk) == 404
        assert status(stranger, "item_runs_compare", code_item, a=made.pk, b="draft") == 404
        place = [code_item.interview_id, code_item.position, made.pk]
        assert stranger.post(reverse("item_run_restore", args=place)).status_code == 404


def test_what_is_not_of_this_question_is_not_found(web: Client, code_item: Item, text_item: Item) -> None:
    run(code_item, "a = 1\n")
    assert status(web, "item_runs", text_item) == 404
    assert status(web, "item_run", code_item, uuid4()) == 404
    assert status(web, "item_runs_compare", code_item, a="nonsense", b="draft") == 404


def test_without_a_choice_the_list_is_shown_again(web: Client, code_item: Item) -> None:
    run(code_item, "a = 1\n")
    place = reverse("item_runs_compare", args=[code_item.interview_id, code_item.position])
    assert "Not compared: choose" in web.get(place, follow=True).content.decode()


def test_between_the_end_and_the_release_it_is_shut_and_then_open_to_read(
    web: Client, running: Interview, candidate: User, code_item: Item
) -> None:
    made = run(code_item, "a = 1\n", SUBMIT)
    hand_in(running, candidate)
    assert status(web, "item_runs", code_item) == 302
    Interview.objects.filter(pk=running.pk).update(released_at=timezone.now() + timedelta(seconds=1))
    text = page(web, "item_runs", code_item)
    assert "Back to the report" in text
    assert "Restore" not in page(web, "item_run", code_item, made.pk)
    assert "Restore" not in page(web, "item_runs_compare", code_item, a=made.pk, b=made.pk)
    assert (
        reverse("item_runs", args=[running.pk, code_item.position])
        in web.get(reverse("report", args=[running.pk])).content.decode()
    )


def test_practice_keeps_the_history_readable_when_the_answer_is_shown_and_finished(
    web: Client, candidate: User, bank: None
) -> None:
    chosen = [Question.objects.get(slug="stable-softmax")]
    item = practice.start_set(candidate, chosen, Reveal.EACH).items.get()
    made = run(item, "a = 1\n")
    practice.reveal_item(item)
    assert "This question takes no more changes." in page(web, "item_runs", item)
    hand_in(item.interview, candidate)
    assert "Back to the report" in page(web, "item_runs", item)
    assert "Restore" not in page(web, "item_run", item, made.pk)


def test_the_list_takes_as_many_queries_for_twenty_runs_as_for_one(web: Client, code_item: Item) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(web, "item_runs", code_item)
        return len(queries)

    run(code_item, "a = 0\n", printed=losses(3, 2))
    alone = asked()
    for number in range(1, 20):
        run(code_item, f"a = {number}\n", printed=losses(3, 2))
    assert (asked(), code_item.submissions.count()) == (alone, 20)
