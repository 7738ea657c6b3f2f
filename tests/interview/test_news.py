"""A page that waits for a grading is answered when there is something new of it, and in time when there is not."""

import time
from uuid import uuid4

import pytest
import redis
from django.test import Client

from interview import news
from interview.models import Item, User
from interview.models.submission import SubmissionKind
from interview.services import grading as gradings
from interview.services.submission import submit
from tests.interview.conftest import code_answer, result_for
from tests.interview.test_api import SignIn
from tests.interview.test_candidate_pages import HTMX, address, text_of

LONG = 20.0  # seconds; what is heard ends the wait long before


@pytest.fixture
def fragment(sign_in: SignIn, candidate: User, code_item: Item) -> str:
    """The result beside the editor while its run is still being judged."""
    submit(code_item, SubmissionKind.RUN, code_answer(code_item))
    web: Client = sign_in(candidate)
    return text_of(web.get(address("item", code_item), headers=HTMX))


@pytest.fixture
def _redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "_redis", redis.Redis(unix_socket_path="/nowhere/redis.sock"))


def test_what_was_told_after_listening_began_is_heard() -> None:
    grading, began = uuid4(), time.monotonic()
    with news.listening(grading) as wait:
        news.tell(grading)
        assert wait(LONG)
    assert time.monotonic() - began < LONG / 2


def test_news_of_another_grading_are_not_waited_for() -> None:
    began = time.monotonic()
    with news.listening(uuid4()) as wait:
        news.tell(uuid4())
        assert wait(0.2)
    assert time.monotonic() - began >= 0.2


def test_a_result_is_told_when_it_is_there(code_item: Item) -> None:
    grading = submit(code_item, SubmissionKind.RUN, code_answer(code_item)).current_grading
    claimed, began = gradings.claim(grading.pk), time.monotonic()
    with news.listening(grading.pk) as wait:
        gradings.record(claimed, result_for(claimed))
        wait(LONG)
    assert time.monotonic() - began < LONG / 2


def test_a_page_that_was_told_nothing_new_asks_again_at_once(fragment: str) -> None:
    assert "Queued" in fragment
    assert 'hx-trigger="load, every 3s"' in fragment


@pytest.mark.usefixtures("_redis_is_away")
def test_without_redis_nothing_is_heard_and_nobody_waits() -> None:
    news.tell(uuid4())
    with news.listening(uuid4()) as wait:
        assert not wait(LONG)


@pytest.mark.usefixtures("_redis_is_away")
def test_without_redis_the_page_asks_now_and_then(fragment: str) -> None:
    assert 'hx-trigger="every ' in fragment
