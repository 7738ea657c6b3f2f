"""Who may do what to whose account, and how often somebody may try."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.plugin import DjangoDbBlocker

from interview.exceptions import InterviewError, NotAllowed, TooManyAttempts
from interview.models import User
from interview.models.user import PersonState, Role
from interview.selectors.user import active_admins, people
from interview.services import attempt
from interview.services.user import change_role, deactivate, reactivate

People = Callable[..., User]
SignIn = Callable[[User], Client]
PASSWORD = "correct horse battery"


@pytest.fixture
def invited(person: People) -> User:
    from django.utils import timezone

    found = person("ivy")
    found.invited_at = timezone.now()
    found.save()
    return found


# States


def test_a_person_without_a_password_is_invited_only_if_somebody_invited_them(
    person: People, invited: User
) -> None:
    assert (person("dana").state, invited.state) == (PersonState.ACTIVE, PersonState.INVITED)


def test_a_person_who_chose_a_password_is_active(invited: User) -> None:
    invited.set_password(PASSWORD)
    assert invited.state == PersonState.ACTIVE


def test_whoever_was_deactivated_is_deactivated_invited_or_not(invited: User) -> None:
    invited.is_active = False
    assert invited.state == PersonState.DEACTIVATED


@pytest.mark.parametrize("state", PersonState.values)
def test_the_database_finds_those_whom_the_model_calls_so(
    admin: User, candidate: User, invited: User, other_candidate: User, state: str
) -> None:
    deactivate(other_candidate, admin)
    found = {user.email for user in people(admin, state=state)}
    assert found == {user.email for user in User.objects.all() if user.state == state}
    assert found


def test_an_admin_who_was_only_invited_is_no_active_admin(admin: User, invited: User) -> None:
    change_role(invited, Role.ADMIN, admin)
    assert list(active_admins()) == [admin]


# Changing accounts


def test_an_admin_changes_a_role(admin: User, candidate: User) -> None:
    change_role(candidate, Role.INTERVIEWER, admin)
    candidate.refresh_from_db()
    assert candidate.role == Role.INTERVIEWER


@pytest.mark.parametrize(
    "change", [deactivate, reactivate, lambda person, by: change_role(person, Role.ADMIN, by)]
)
def test_nobody_but_an_admin_changes_an_account(
    change: Callable[[User, User], None], interviewer: User, candidate: User
) -> None:
    with pytest.raises(NotAllowed):
        change(candidate, interviewer)
    candidate.refresh_from_db()
    assert (candidate.role, candidate.is_active) == (Role.CANDIDATE, True)


@pytest.mark.parametrize("change", [deactivate, lambda person, by: change_role(person, Role.CANDIDATE, by)])
def test_nobody_changes_their_own_account(change: Callable[[User, User], None], admin: User) -> None:
    with pytest.raises(NotAllowed, match="your own account"):
        change(admin, admin)
    assert list(active_admins()) == [admin]


def test_deactivating_ends_a_session_with_its_next_request(
    admin: User, candidate: User, sign_in: SignIn
) -> None:
    browser = sign_in(candidate)
    before = browser.get(reverse("interview_list")).status_code
    deactivate(candidate, admin)
    after = browser.get(reverse("interview_list"))
    assert (before, after.status_code) == (200, 302)
    assert after["Location"].startswith(reverse("login"))


def test_a_deactivated_person_cannot_sign_in_and_a_reactivated_one_can(
    admin: User, person: People, client: Client
) -> None:
    casey = person("casey", password=PASSWORD)
    words = {"username": casey.email, "password": PASSWORD}
    deactivate(casey, admin)
    refused = client.post(reverse("login"), words).status_code
    reactivate(casey, admin)
    assert (refused, client.post(reverse("login"), words).status_code) == (200, 302)


@pytest.fixture
def two_admins(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[User]]:
    """Two admins whom every connection sees, unlike the rows of a test that is rolled back."""
    with django_db_blocker.unblock():
        pair = [
            User.objects.create_user(f"{name}@together.example", display_name=name, role=Role.ADMIN)
            for name in ("one", "two")
        ]
        yield pair
        User.objects.filter(pk__in=[admin.pk for admin in pair]).delete()
        connection.close()


def test_of_two_admins_who_deactivate_each_other_at_once_one_stays(two_admins: list[User]) -> None:
    one, two = two_admins
    start = threading.Barrier(2)
    refused: list[str] = []

    def attack(by: User, victim: User) -> None:
        try:
            start.wait(10)
            deactivate(victim, by)
        except InterviewError as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=attack, args=pair) for pair in ((one, two), (two, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    left = active_admins().filter(pk__in=[one.pk, two.pk]).count()
    assert (left, refused) == (1, ["Nothing was changed: you are not an active admin any more."])


# How often somebody may try


def fail(client: Client, email: str = "casey@example.org", **extra: str) -> int:
    words = {"username": email, "password": "wrong"}
    return client.post(reverse("login"), words, **extra).status_code  # type: ignore[arg-type]  # WSGI variables


def test_the_eleventh_wrong_password_for_an_address_is_not_looked_at(client: Client, person: People) -> None:
    person("casey", password=PASSWORD)
    assert [fail(client) for _ in range(11)] == [200] * 10 + [429]
    refused = client.post(reverse("login"), {"username": " Casey@example.org", "password": PASSWORD})
    assert refused.status_code == 429
    assert refused["Retry-After"] == "900"
    assert "failed 10 times within 15 minutes; more is not allowed." in refused.content.decode()


def test_an_address_that_has_no_account_is_counted_like_one_that_has(client: Client, db: None) -> None:
    assert [fail(client, "nobody@example.org") for _ in range(11)] == [200] * 10 + [429]


def test_one_network_cannot_try_one_address_after_the_other(client: Client, db: None) -> None:
    tries = [fail(client, f"{number}@example.org", REMOTE_ADDR="192.0.2.7") for number in range(51)]
    assert tries == [200] * 50 + [429]
    assert fail(client, "another@example.org", REMOTE_ADDR="192.0.2.8") == 200


def test_signing_in_forgets_the_wrong_tries_before(client: Client, person: People) -> None:
    person("casey", password=PASSWORD)
    for _ in range(9):
        fail(client)
    assert (
        client.post(reverse("login"), {"username": "casey@example.org", "password": PASSWORD}).status_code
        == 302
    )
    assert [fail(Client()) for _ in range(10)] == [200] * 10


def test_a_right_password_does_not_count_against_a_network(client: Client, person: People) -> None:
    person("casey", password=PASSWORD)
    client.post(reverse("login"), {"username": "casey@example.org", "password": PASSWORD})
    assert cache.get(attempt._key(attempt.SIGN_IN_NETWORK, "127.0.0.1")) == 0


def test_when_the_window_ends_counting_begins_anew(db: None) -> None:
    for _ in range(attempt.LINK_ADDRESS.allowed):
        attempt.count(attempt.LINK_ADDRESS, "casey")
    with pytest.raises(TooManyAttempts):
        attempt.count(attempt.LINK_ADDRESS, "casey")
    cache.delete(attempt._key(attempt.LINK_ADDRESS, "casey"))  # as Redis does at the end of the window
    attempt.count(attempt.LINK_ADDRESS, "casey")


def test_a_counter_lasts_as_long_as_its_window(settings: LazySettings) -> None:
    attempt.count(attempt.SIGN_IN_ADDRESS, "casey")
    attempt.count(attempt.SIGN_IN_ADDRESS, "casey")
    key = cache.make_key(attempt._key(attempt.SIGN_IN_ADDRESS, "casey"))
    left = cache._cache.get_client().ttl(key)  # type: ignore[attr-defined]  # what Redis says, which Django does not pass on
    assert 890 < left <= 900


def test_without_redis_everybody_can_still_sign_in(
    client: Client, person: People, settings: LazySettings
) -> None:
    person("casey", password=PASSWORD)
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    answer = client.post(reverse("login"), {"username": "casey@example.org", "password": PASSWORD})
    assert answer.status_code == 302


# Queries


def test_the_list_takes_as_many_queries_for_more_people(
    admin: User, person: People, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser = sign_in(admin)
    with django_assert_num_queries(4):
        browser.get(reverse("people"))
    for number in range(60):
        person(f"p{number}")
    with django_assert_num_queries(4):
        assert len(browser.get(reverse("people")).context["page"].object_list) == 50
