"""The JSON beside the pages: the same services, one's own rows only, refusals that say what to do."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from interview.models import Draft, Interview, Item, Submission, User
from interview.models.submission import SubmissionKind
from interview.services.submission import submit
from tests.interview.conftest import code_answer, judged

SignIn = Callable[[User], Client]


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def put(client: Client, item: Item, answer: Any, revision: Any) -> Any:
    body = {"answer": answer, "revision": revision}
    return client.put(reverse("api:draft", args=[item.pk]), body, content_type="application/json")


def post(client: Client, item: Item, kind: str, answer: Any) -> Any:
    body = {"kind": kind, "answer": answer}
    return client.post(reverse("api:submissions", args=[item.pk]), body, content_type="application/json")


def test_a_draft_is_saved_and_read_back(web: Client, text_item: Item) -> None:
    saved = put(web, text_item, {"text": "Chain rule."}, 0)
    read = web.get(reverse("api:draft", args=[text_item.pk]))
    assert (saved.status_code, saved.json()["revision"]) == (200, 1)
    assert read.json() == saved.json()


def test_an_item_without_a_draft_reads_as_what_the_editor_opens_with(web: Client, code_item: Item) -> None:
    read = web.get(reverse("api:draft", args=[code_item.pk])).json()
    assert read == {"answer": {"files": code_item.release.starter}, "revision": 0, "saved_at": None}


def test_a_stale_draft_gets_409_with_what_is_stored(web: Client, text_item: Item) -> None:
    put(web, text_item, {"text": "first"}, 0)
    refused = put(web, text_item, {"text": "second"}, 0)
    body = refused.json()
    assert refused.status_code == 409
    assert (body["code"], body["revision"], body["answer"]) == ("stale_revision", 1, {"text": "first"})


def test_a_draft_after_the_end_gets_410(web: Client, handed_in: Interview, text_item: Item) -> None:
    refused = put(web, text_item, {"text": "late"}, 1)
    assert (refused.status_code, refused.json()["code"]) == (410, "interview_closed")


@pytest.mark.parametrize("revision", [None, -1, "x", 2**40])
def test_a_revision_that_is_no_revision_gets_400(web: Client, text_item: Item, revision: Any) -> None:
    assert put(web, text_item, {"text": "a"}, revision).status_code == 400
    assert Draft.objects.count() == 0


def test_an_answer_of_the_wrong_form_gets_400_with_the_reason(web: Client, code_item: Item) -> None:
    refused = put(web, code_item, {"text": "def softmax"}, 0)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_answer")
    assert "solution.py" in refused.json()["detail"]


def test_the_clock_tells_the_servers_time_and_what_is_left(web: Client, running: Interview) -> None:
    clock = web.get(reverse("api:clock", args=[running.pk])).json()
    assert sorted(clock) == [
        "deadline_at",
        "first_open",
        "id",
        "is_open",
        "is_paused",
        "now",
        "seconds_left",
        "section_seconds_left",
    ]
    assert (clock["first_open"], clock["section_seconds_left"]) == (1, None)
    assert clock["is_open"] is True
    assert 2690 < clock["seconds_left"] <= 2700


def test_a_submission_is_created_with_its_queued_grading(web: Client, code_item: Item) -> None:
    created = post(web, code_item, "submit", code_answer(code_item))
    grading = created.json()["grading"]
    assert created.status_code == 201
    assert (grading["state"], grading["queue_position"], grading["result"]) == ("queued", 1, None)


def test_a_second_submission_while_one_is_judged_gets_409(web: Client, code_item: Item) -> None:
    post(web, code_item, "run", code_answer(code_item))
    refused = post(web, code_item, "run", code_answer(code_item))
    assert (refused.status_code, refused.json()["code"]) == (409, "still_grading")


def test_a_final_submission_cannot_be_asked_for(web: Client, code_item: Item) -> None:
    assert post(web, code_item, "final", code_answer(code_item)).status_code == 400
    assert Submission.objects.count() == 0


def test_a_grading_shows_what_the_candidate_may_see(web: Client, code_item: Item) -> None:
    grading = judged(submit(code_item, SubmissionKind.SUBMIT, code_answer(code_item)).current_grading)
    shown = web.get(reverse("api:grading", args=[grading.pk])).json()
    assert (shown["state"], shown["verdict"]) == ("done", "AC")
    assert shown["result"]["stdout"] == "printed by the visible test\n"


def test_interviews_are_listed_with_their_items(web: Client, handed_in: Interview) -> None:
    (listed,) = web.get(reverse("api:interview_list")).json()["results"]
    assert (listed["title"], listed["status"]) == ("A first interview", "submitted")
    assert [item["state"] for item in listed["items"]] == ["submitted", "submitted"]


def test_everything_of_another_candidate_is_404(
    sign_in: SignIn, other_candidate: User, handed_in: Interview, code_item: Item
) -> None:
    stranger = sign_in(other_candidate)
    submission = code_item.submissions.get()
    addresses = [
        reverse("api:interview", args=[handed_in.pk]),
        reverse("api:clock", args=[handed_in.pk]),
        reverse("api:draft", args=[code_item.pk]),
        reverse("api:submission", args=[submission.pk]),
        reverse("api:grading", args=[submission.current_grading_id]),
    ]
    assert [stranger.get(address).status_code for address in addresses] == [404] * len(addresses)
    assert put(stranger, code_item, code_answer(code_item), 1).status_code == 404
    assert post(stranger, code_item, "run", code_answer(code_item)).status_code == 404
    assert stranger.get(reverse("api:submissions", args=[code_item.pk])).json()["results"] == []


def test_a_stranger_is_refused(client: Client, code_item: Item) -> None:
    assert client.get(reverse("api:interview_list")).status_code == 403
    assert put(client, code_item, {}, 0).status_code == 403


def test_a_forged_request_without_the_token_is_refused(candidate: User, text_item: Item) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(candidate)
    assert put(careful, text_item, {"text": "forged"}, 0).status_code == 403


def test_the_schema_describes_every_address(web: Client) -> None:
    paths = web.get(reverse("api:schema")).json()["paths"]
    assert sorted(paths) == [
        "/api/v1/gradings/{id}/",
        "/api/v1/interviews/",
        "/api/v1/interviews/{id}/",
        "/api/v1/interviews/{id}/clock/",
        "/api/v1/interviews/{id}/notes/",
        "/api/v1/interviews/{id}/presence/",
        "/api/v1/items/{id}/draft/",
        "/api/v1/items/{id}/submissions/",
        "/api/v1/submissions/{id}/",
    ]
