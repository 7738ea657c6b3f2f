"""Signing in, and the demo people that exist in the embedded mode alone."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from interview.models import User
from interview.services.user import create_demo_people
from interview.settings import celery_broker

PASSWORD = "correct horse battery"


@pytest.mark.parametrize("email", ["casey@example.org", "CASEY@Example.org"])
def test_a_person_signs_in_with_mail_address_and_password(
    client: Client, person: Callable[..., User], email: str
) -> None:
    person("casey", password=PASSWORD)
    answer = client.post(reverse("login"), {"username": email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_wrong_password_is_refused_without_saying_which_was_wrong(
    client: Client, person: Callable[..., User]
) -> None:
    person("casey", password=PASSWORD)
    known = client.post(reverse("login"), {"username": "casey@example.org", "password": "wrong"})
    unknown = client.post(reverse("login"), {"username": "nobody@example.org", "password": "wrong"})
    sentence = "That address and password do not go together."
    assert [sentence in answer.content.decode() for answer in (known, unknown)] == [True, True]


@pytest.mark.parametrize(
    ("role", "start"),
    [
        ("candidate", "catalogue"),
        ("interviewer", "review_queue"),
        ("author", "question_list"),
        ("admin", "question_list"),
    ],
)
def test_a_demo_person_is_one_click_away_and_lands_at_their_own_start(
    client: Client, bank: None, role: str, start: str
) -> None:
    create_demo_people()
    client.post(reverse("demo_sign_in", args=[role]))
    assert client.get("/")["Location"] == reverse(start)


def test_outside_the_embedded_mode_no_demo_person_signs_in(
    client: Client, db: None, settings: LazySettings
) -> None:
    create_demo_people()
    settings.EMBEDDED = False
    client.post(reverse("demo_sign_in", args=["admin"]))
    assert "_auth_user_id" not in client.session
    assert "Demo people" not in client.get(reverse("login")).content.decode()


def test_outside_the_embedded_mode_no_demo_people_are_made(db: None, settings: LazySettings) -> None:
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match="embedded mode"):
        call_command("create_demo")
    assert User.objects.count() == 0


def test_demo_people_are_made_once(db: None) -> None:
    first = [person.pk for person in create_demo_people()]
    assert [person.pk for person in create_demo_people()] == first


def test_a_demo_person_cannot_sign_in_with_any_password(db: None) -> None:
    assert [person.has_usable_password() for person in create_demo_people()] == [False] * 4


def test_signing_in_by_a_demo_link_needs_a_post(client: Client, db: None) -> None:
    assert client.get(reverse("demo_sign_in", args=["admin"])).status_code == 405


def test_the_database_refuses_mail_addresses_that_differ_in_case_alone(person: Callable[..., User]) -> None:
    casey = person("casey")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=casey.pk).update(email="Casey@example.org")


def test_health_is_told_to_anybody(client: Client, db: None) -> None:
    assert client.get("/healthz/").content == b"ok\n"


@pytest.mark.parametrize(
    ("redis", "broker"),
    [
        ("redis://cache:6379/2", "redis://cache:6379/2"),
        ("unix://:secret@/run/redis.sock?db=3", "redis+socket://:secret@/run/redis.sock?virtual_host=3"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
    ],
)
def test_celery_gets_the_redis_that_is_configured(redis: str, broker: str) -> None:
    assert celery_broker(redis) == broker
