"""Playback of an answer's timeline, and a reviewer's own runs, which touch nothing of the record."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from interview.exceptions import InvalidAnswer, StillGrading
from interview.models import Grading, Interview, Item, Review, Submission, User
from interview.models.snapshot import SnapshotReason
from interview.models.submission import SubmissionKind
from interview.selectors import playback
from interview.services.draft import save_draft
from interview.services.interview import hand_in
from interview.services.rerun import rerun
from interview.services.review import claim_review
from interview.services.submission import submit
from tests.interview.conftest import SOFTMAX, code_answer, judged

SignIn = Callable[[User], Client]


def page(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def claimed(handed_in: Interview, interviewer: User) -> Review:
    return claim_review(handed_in, interviewer)


@pytest.fixture
def desk(sign_in: SignIn, interviewer: User, claimed: Review) -> Client:
    return sign_in(interviewer)


@pytest.fixture
def written(running: Interview, code_item: Item, candidate: User) -> Item:
    """Code that was begun, run, and completed, in an interview that was handed in."""
    start = running.started_at
    assert start
    steps = (SOFTMAX.splitlines()[0], f"{SOFTMAX}# done\n")
    save_draft(code_item, code_answer(code_item, steps[0]), 0, now=start + timedelta(seconds=20))
    submission = submit(
        code_item, SubmissionKind.RUN, code_answer(code_item), now=start + timedelta(seconds=80)
    )
    assert submission.current_grading
    judged(submission.current_grading)
    save_draft(code_item, code_answer(code_item, steps[1]), 2, now=start + timedelta(seconds=100))
    hand_in(running, candidate)
    for grading in Grading.objects.filter(state="queued"):
        judged(grading)
    return Item.objects.get(pk=code_item.pk)


def address(name: str, item: Item) -> str:
    return reverse(name, args=[item.interview_id, item.position])


# Playback


def test_points_come_in_order_with_the_time_between_them(written: Item) -> None:
    found = playback.points(written)
    assert [(point.reason, round(point.gap.total_seconds())) for point in found] == [
        (SnapshotReason.STEP, 0),
        (SnapshotReason.RUN, 60),
        (SnapshotReason.STEP, 20),
    ]
    assert [point.number for point in found if point.is_mark] == [2]


def test_a_point_shows_what_was_written_then_and_which_lines_are_new(written: Item) -> None:
    parts = playback.shown(written, playback.points(written), 2)
    assert [(line.text, line.is_new) for line in parts["solution.py"]] == [
        ("def softmax(x, dim=-1):", False),
        ("    return x.softmax(dim)", True),
    ]


def test_the_page_opens_at_the_end_and_goes_to_the_point_asked_for(
    sign_in: SignIn, interviewer: User, written: Item
) -> None:
    client = sign_in(interviewer)
    assert "point 3 of 3" in page(client.get(address("review_playback", written)))
    for asked, told in {
        "2": "point 2 of 3",
        "0": "point 3 of 3",
        "99": "point 3 of 3",
        "x": "point 3",
    }.items():
        assert told in page(client.get(address("review_playback", written), {"at": asked}))
    fragment = page(
        client.get(address("review_playback", written), {"at": "1"}, headers={"hx-request": "true"})
    )
    assert fragment.strip().startswith('<section id="moment"')


def test_an_answer_without_a_timeline_says_so(
    sign_in: SignIn, running: Interview, text_item: Item, candidate: User, interviewer: User
) -> None:
    hand_in(running, candidate)
    html = page(sign_in(interviewer).get(address("review_playback", text_item)))
    assert "Nothing was kept of this answer" in html


def test_playback_takes_as_many_queries_for_many_points_as_for_few(
    sign_in: SignIn, interviewer: User, written: Item, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(interviewer)
    with django_assert_num_queries(9):
        client.get(address("review_playback", written))


# Running again


def test_the_desk_runs_the_code_without_touching_the_record(desk: Client, code_item: Item) -> None:
    kept = list(Submission.objects.values()), Item.objects.get(pk=code_item.pk).draft.answer
    response = desk.post(
        address("review_run", code_item), {"file-solution.py": SOFTMAX + "# edited\n", "seed": "same"}
    )
    run = Grading.objects.get(submission=None)
    assert response.headers["location"] == f"{address('review_run', code_item)}?of={run.pk}"
    assert run.files == {"solution.py": SOFTMAX + "# edited\n"}
    original = Grading.objects.exclude(pk=run.pk).get()
    assert (run.seed, run.visible_only, run.release) == (original.seed, False, original.release)
    assert (list(Submission.objects.values()), Item.objects.get(pk=code_item.pk).draft.answer) == kept


def test_the_result_of_a_run_shows_hidden_tests_when_it_is_there(desk: Client, code_item: Item) -> None:
    where = desk.post(address("review_run", code_item), {}).headers["location"]
    assert 'hx-trigger="every 400ms"' in page(desk.get(where))
    judged(Grading.objects.get(submission=None))
    html = page(desk.get(where, headers={"hx-request": "true"}))
    assert "printed by the hidden test" in html
    assert "hx-trigger" not in html


def test_one_run_at_a_time_for_each_reviewer(
    code_item: Item, claimed: Review, interviewer: User, other_interviewer: User
) -> None:
    rerun(code_item, interviewer, code_answer(code_item))
    with pytest.raises(StillGrading):
        rerun(code_item, interviewer, code_answer(code_item))
    assert rerun(code_item, other_interviewer, code_answer(code_item)).asked_by == other_interviewer


def test_only_code_is_run(text_item: Item, interviewer: User) -> None:
    with pytest.raises(InvalidAnswer, match="Only code can be run"):
        rerun(text_item, interviewer, {"text": "x"})


def test_a_run_that_is_another_reviewers_is_not_found(
    sign_in: SignIn, desk: Client, code_item: Item, other_interviewer: User
) -> None:
    where = desk.post(address("review_run", code_item), {}).headers["location"]
    assert sign_in(other_interviewer).get(where).status_code == 404
    path = address("review_run", code_item)
    submitted = Grading.objects.exclude(submission=None).get()
    assert desk.get(path, {"of": str(submitted.pk)}).status_code == 404
    assert desk.get(path, {"of": "no-id"}).status_code == 404


# Who may


@pytest.mark.parametrize("name", ["review_playback", "review_run"])
def test_candidates_have_no_way_to_these_pages(
    sign_in: SignIn, handed_in: Interview, candidate: User, client: Client, code_item: Item, name: str
) -> None:
    assert sign_in(candidate).get(address(name, code_item)).status_code == 403
    assert client.get(address(name, code_item)).status_code == 302
