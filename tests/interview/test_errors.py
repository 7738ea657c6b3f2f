"""Refusals before anything is read, and the pages that say so."""

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from interview.middleware import BodyLimit
from interview.models import Draft, Item, User
from interview.views.http import takes_up_to
from tests.interview.test_api import SignIn

TOO_MUCH = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def test_a_form_over_the_limit_gets_the_page_that_says_so(web: Client, text_item: Item) -> None:
    address = reverse("item_save", args=[text_item.interview_id, text_item.position])
    answer = web.post(address, {"revision": 0, "text": TOO_MUCH})
    assert answer.status_code == 413
    assert "That was too large to take" in answer.content.decode()
    assert Draft.objects.count() == 0


def test_json_over_the_limit_is_refused_before_it_is_parsed(web: Client, text_item: Item) -> None:
    body = {"answer": {"text": TOO_MUCH}, "revision": 0}
    answer = web.put(reverse("api:draft", args=[text_item.pk]), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_within_the_limit_is_taken(web: Client, text_item: Item) -> None:
    address = reverse("item_save", args=[text_item.interview_id, text_item.position])
    assert web.post(address, {"revision": 0, "text": "x" * 40_000}).status_code == 302


def test_a_view_that_says_so_takes_more_and_no_more_than_that(rf: RequestFactory) -> None:
    @takes_up_to(len(TOO_MUCH) + 1000)
    def generous(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    limit = BodyLimit(lambda request: HttpResponse())
    assert limit.process_view(rf.post("/", {"file": TOO_MUCH}), generous, (), {}) is None
    refused = limit.process_view(rf.post("/", {"file": TOO_MUCH * 2}), generous, (), {})
    assert refused is not None
    assert refused.status_code == 413


def test_the_page_for_an_unreachable_server_needs_nobody_to_be_signed_in(client: Client, db: None) -> None:
    page, worker = client.get(reverse("offline")), client.get(reverse("offline_worker"))
    assert "The server cannot be reached" in page.content.decode()
    assert worker["Content-Type"] == "text/javascript"
    assert reverse("offline") in worker.content.decode()
