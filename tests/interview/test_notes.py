"""A candidate's own notes: saved like a draft, never scored, and nobody else's to read."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from interview.exceptions import InterviewClosed, InvalidAnswer, StaleRevision
from interview.models import Interview, Item, Notes, User
from interview.services.interview import hand_in
from interview.services.notes import save_notes
from tests.interview.test_api import SignIn
from tests.interview.test_candidate_pages import release

SECRET = "Ask about the warm-up; my hunch is the mask."


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def put(web: Client, interview: Interview, text: Any, revision: Any) -> Any:
    body = {"answer": {"text": text}, "revision": revision}
    return web.put(reverse("api:notes", args=[interview.pk]), body, content_type="application/json")


def test_each_save_raises_the_revision(running: Interview) -> None:
    assert save_notes(running, "a", 0).revision == 1
    assert save_notes(running, "ab", 1).revision == 2


def test_a_stale_save_is_refused_with_what_is_stored(running: Interview) -> None:
    save_notes(running, "from the first tab", 0)
    with pytest.raises(StaleRevision) as refusal:
        save_notes(running, "from the second tab", 0)
    assert (refusal.value.revision, refusal.value.answer) == (1, {"text": "from the first tab"})


def test_the_database_refuses_a_revision_that_does_not_grow(running: Interview) -> None:
    save_notes(running, "a", 0)
    with pytest.raises(ProgrammingError, match="Cannot"), transaction.atomic():
        Notes.objects.update(text="lost")


def test_nothing_is_noted_after_the_grace(running: Interview) -> None:
    too_late = running.deadline_at + settings.DRAFT_GRACE + timedelta(milliseconds=1)
    with pytest.raises(InterviewClosed):
        save_notes(running, "late", 0, too_late)


def test_notes_that_do_not_fit_are_refused_with_the_reason(running: Interview) -> None:
    with pytest.raises(InvalidAnswer, match="50,001 characters and 50,000 fit"):
        save_notes(running, "a" * 50_001, 0)
    with pytest.raises(InvalidAnswer, match="NUL"):
        save_notes(running, "a\0b", 0)


def test_notes_are_saved_and_read_back_as_drafts_are(web: Client, running: Interview) -> None:
    assert web.get(reverse("api:notes", args=[running.pk])).json()["revision"] == 0
    saved = put(web, running, " two\nlines ", 0)
    assert (saved.status_code, saved.json()["answer"]) == (200, {"text": " two\nlines "})
    assert web.get(reverse("api:notes", args=[running.pk])).json() == saved.json()


def test_stale_notes_get_409_and_closed_ones_410(web: Client, running: Interview, candidate: User) -> None:
    put(web, running, "first", 0)
    stale = put(web, running, "second", 0)
    assert (stale.status_code, stale.json()["answer"]) == (409, {"text": "first"})
    hand_in(running, candidate)
    assert put(web, running, "third", 1).status_code == 410


@pytest.mark.parametrize("answer", [None, 3, {"files": {}}])
def test_notes_of_the_wrong_form_get_400(web: Client, running: Interview, answer: Any) -> None:
    body = {"answer": answer, "revision": 0}
    address = reverse("api:notes", args=[running.pk])
    assert web.put(address, body, content_type="application/json").status_code == 400


def test_notes_stand_beside_every_question(web: Client, running: Interview) -> None:
    save_notes(running, SECRET, 0)
    for item in running.items.all():
        assert SECRET in web.get(reverse("item", args=[running.pk, item.position])).content.decode()


def test_notes_are_saved_without_script_and_a_refused_save_keeps_the_text(
    web: Client, running: Interview
) -> None:
    address = reverse("interview_notes", args=[running.pk])
    web.post(address, {"text": "by the button", "revision": 0})
    assert Notes.objects.get().text == "by the button"
    refused = web.post(address, {"text": "typed for minutes", "revision": 0})
    assert refused.status_code == 409
    assert "typed for minutes" in refused.content.decode()
    assert refused.context["notes"]["revision"] == 1


def test_nobody_else_reads_the_notes_anywhere(
    web: Client,
    sign_in: SignIn,
    running: Interview,
    text_item: Item,
    candidate: User,
    other_candidate: User,
    interviewer: User,
    admin: User,
) -> None:
    save_notes(running, SECRET, 0)
    hand_in(running, candidate)
    for stranger in map(sign_in, (other_candidate, interviewer, admin)):
        assert stranger.get(reverse("api:notes", args=[running.pk])).status_code == 404
        assert stranger.get(reverse("interview_notes", args=[running.pk])).status_code == 404
    reviewing = sign_in(interviewer)
    pages = [reverse("review_item", args=[running.pk, position]) for position in (1, 2)]
    assert [address for address in pages if SECRET in reviewing.get(address).content.decode()] == []
    release(running, interviewer)
    report = reverse("report", args=[running.pk])
    assert SECRET in web.get(report).content.decode()
    assert SECRET not in reviewing.get(report).content.decode()
    assert SECRET not in sign_in(admin).get(report).content.decode()
