"""The pages of admins about people."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from interview.models import User
from interview.models.user import PersonState, Role
from interview.services.invitation import invite_one
from interview.services.user import deactivate

SignIn = Callable[[User], Client]
ALL = [
    "people",
    "people_invite",
    "people_import",
    "person",
    "person_role",
    "person_invite",
    "person_deactivate",
    "person_reactivate",
]


def page(response: Any) -> str:
    return str(response.content.decode())


def url_of(name: str, person: User) -> str:
    return reverse(name, args=[person.pk] if name.startswith("person") else [])


@pytest.fixture
def as_admin(sign_in: SignIn, admin: User) -> Client:
    return sign_in(admin)


@pytest.fixture
def ivy(admin: User) -> User:
    return invite_one("ivy@example.org", "Ivy Doe", Role.INTERVIEWER, admin, "http://testserver").person


# Who may


@pytest.mark.parametrize("who", ["candidate", "interviewer"])
@pytest.mark.parametrize("name", ALL)
def test_only_admins_reach_people(
    request: pytest.FixtureRequest, sign_in: SignIn, other_candidate: User, who: str, name: str
) -> None:
    me = request.getfixturevalue(who)
    answer = sign_in(me).post(url_of(name, other_candidate), {"role": "admin"})
    other_candidate.refresh_from_db()
    assert answer.status_code == 403
    assert "This page belongs to admins, who look after people." in page(answer)
    assert (other_candidate.role, other_candidate.is_active) == (Role.CANDIDATE, True)


@pytest.mark.parametrize("name", ALL)
def test_a_stranger_is_sent_to_sign_in(client: Client, candidate: User, name: str) -> None:
    url = url_of(name, candidate)
    assert client.get(url).headers["location"] == f"{reverse('login')}?next={url}"


@pytest.mark.parametrize("name", ["person_role", "person_invite", "person_reactivate"])
def test_what_changes_something_needs_a_post(as_admin: Client, candidate: User, name: str) -> None:
    assert as_admin.get(url_of(name, candidate)).status_code == 405


def test_a_person_who_is_not_there_is_not_found(as_admin: Client) -> None:
    assert as_admin.get(reverse("person", args=[4711])).status_code == 404


@pytest.mark.parametrize(
    ("name", "marked"), [("people", "People"), ("people_invite", "People"), ("question_list", "Questions")]
)
def test_the_bar_marks_the_section(as_admin: Client, bank: None, name: str, marked: str) -> None:
    bar = page(as_admin.get(reverse(name))).split("</nav>")[0]
    assert bar.count('aria-current="page"') == 1
    assert bar.split('aria-current="page">')[1].startswith(marked)


def test_the_bar_marks_questions_on_the_page_of_one(as_admin: Client, bank: None) -> None:
    bar = page(as_admin.get(reverse("question", args=["explain-backpropagation"]))).split("</nav>")[0]
    assert bar.split('aria-current="page">')[1].startswith("Questions")


# The list


def shown(response: Any) -> list[str]:
    return [person.email.split("@")[0] for person in response.context["page"].object_list]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["ada", "casey", "ines", "ivy"]),
        ({"search": "IV"}, ["ivy"]),
        ({"search": "casey@"}, ["casey"]),
        ({"search": "  doe "}, ["ivy"]),
        ({"role": "interviewer"}, ["ines", "ivy"]),
        ({"role": "interviewer", "state": "invited"}, ["ivy"]),
        ({"state": "deactivated"}, []),
        ({"role": "king", "state": "lost"}, ["ada", "casey", "ines", "ivy"]),
        ({"search": "100%_"}, []),
    ],
)
def test_the_list_finds_people_by_what_is_asked(
    as_admin: Client, candidate: User, interviewer: User, ivy: User, asked: dict[str, str], found: list[str]
) -> None:
    assert shown(as_admin.get(reverse("people"), asked)) == found


def test_a_search_without_a_match_says_so_and_offers_everybody(as_admin: Client) -> None:
    html = page(as_admin.get(reverse("people"), {"search": "nobody"}))
    assert "Nobody matches" in html
    assert "Show everybody" in html


def test_the_second_page_keeps_the_search(as_admin: Client, person: Callable[..., User]) -> None:
    for number in range(53):
        person(f"guest{number:02}")
    first = as_admin.get(reverse("people"), {"search": "guest"})
    assert "1 to 50 of 53 people" in page(first)
    assert 'rel="next"' in page(first)
    assert 'href="?search=guest&amp;page=2"' in page(first)
    second = as_admin.get(reverse("people"), {"search": "guest", "page": "2"})
    assert shown(second) == ["guest50", "guest51", "guest52"]


@pytest.mark.parametrize("number", ["99", "x", "-1", "0"])
def test_a_page_that_is_not_there_is_the_nearest_that_is(as_admin: Client, number: str) -> None:
    assert shown(as_admin.get(reverse("people"), {"page": number})) == ["ada"]


# One person


def test_the_page_of_an_invited_person_has_a_link_that_works(as_admin: Client, ivy: User) -> None:
    link = as_admin.get(reverse("person", args=[ivy.pk])).context["link"]
    assert "Welcome, Ivy Doe" in page(Client().get(link.removeprefix("http://testserver"), follow=True))


def test_the_page_of_somebody_who_has_a_password_has_no_link(as_admin: Client, candidate: User) -> None:
    assert "/password/" not in page(as_admin.get(reverse("person", args=[candidate.pk])))


def test_changing_a_role_says_what_the_person_is_now(as_admin: Client, candidate: User) -> None:
    html = page(
        as_admin.post(reverse("person_role", args=[candidate.pk]), {"role": "interviewer"}, follow=True)
    )
    candidate.refresh_from_db()
    assert (candidate.role, "Casey is an interviewer from now on." in html) == (Role.INTERVIEWER, True)


def test_a_role_that_does_not_exist_is_refused_in_the_page(as_admin: Client, candidate: User) -> None:
    answer = as_admin.post(reverse("person_role", args=[candidate.pk]), {"role": "king"})
    assert (answer.status_code, "Nothing was changed." in page(answer)) == (422, True)


def test_deactivating_is_asked_first_and_can_be_taken_back(as_admin: Client, candidate: User) -> None:
    url = reverse("person_deactivate", args=[candidate.pk])
    assert "Deactivate Casey?" in page(as_admin.get(url))
    html = page(as_admin.post(url, follow=True))
    assert "Casey is deactivated and signed out everywhere." in html
    assert "Reactivate" in html
    again = page(as_admin.post(reverse("person_reactivate", args=[candidate.pk]), follow=True))
    assert "Casey can sign in again." in again


@pytest.mark.parametrize("name", ["person_deactivate", "person_role"])
def test_ones_own_account_is_left_to_others(as_admin: Client, admin: User, name: str) -> None:
    html = page(as_admin.post(reverse(name, args=[admin.pk]), {"role": "candidate"}, follow=True))
    admin.refresh_from_db()
    assert "This is your own account. Ask another admin to change it." in html
    assert (admin.role, admin.is_active) == (Role.ADMIN, True)


def test_ones_own_page_offers_no_change(as_admin: Client, admin: User) -> None:
    html = page(as_admin.get(reverse("person", args=[admin.pk])))
    assert "This is your own account." in html
    assert "Change the role" not in html


def test_resending_mails_a_new_link(as_admin: Client, ivy: User, settings: LazySettings) -> None:
    settings.SENDS_MAIL = True
    html = page(as_admin.post(reverse("person_invite", args=[ivy.pk]), follow=True))
    assert "the mail is on its way to ivy@example.org" in html
    assert [message.to for message in mail.outbox] == [[ivy.email]] * 2


def test_resending_to_somebody_who_is_in_already_is_refused(as_admin: Client, candidate: User) -> None:
    html = page(as_admin.post(reverse("person_invite", args=[candidate.pk]), follow=True))
    assert "No invitation was sent: Casey is active, not waiting for one." in html


# Inviting


def test_inviting_leads_to_the_person_with_the_link_to_hand_over(as_admin: Client) -> None:
    words = {"name": "Ivy Doe", "email": "Ivy@Example.org", "role": "interviewer"}
    answer = as_admin.post(reverse("people_invite"), words, follow=True)
    ivy = User.objects.get(email="ivy@example.org")
    assert answer.redirect_chain == [(reverse("person", args=[ivy.pk]), 302)]
    assert "No mail leaves this copy, so hand over the link below." in page(answer)
    assert "http://testserver/password/" in page(answer)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email": "ada@example.org"}, "This address has an account already."),
        ({"email": "nonsense"}, "Enter a valid email address."),
        ({"email": "a@bücher.example"}, "letters beyond a to z"),
        ({"name": " "}, "Write the person&#x27;s name."),
        ({"name": "=1+1"}, "A name cannot begin with ="),
        ({"name": "a\u202eb"}, "control character"),
        ({"role": "king"}, "king is not one of the available choices"),
    ],
)
def test_an_invitation_that_cannot_be_says_why_and_keeps_what_was_typed(
    as_admin: Client, change: dict[str, str], why: str
) -> None:
    words = {"name": "Ivy Doe", "email": "ivy@example.org", "role": "candidate"} | change
    answer = as_admin.post(reverse("people_invite"), words)
    assert (answer.status_code, why in page(answer)) == (422, True)
    assert User.objects.count() == 1
    kept = [value for value in words.values() if value.strip() and value not in change.values()]
    assert [value in page(answer) for value in kept] == [True] * len(kept)


LIST = "email,name,role\nann@example.org,Ann Doe,\nbad,B,\nben@example.org,Ben Doe,interviewer\n"


def test_a_list_is_shown_before_anything_is_sent(as_admin: Client) -> None:
    file = SimpleUploadedFile("people.csv", LIST.encode())
    html = page(as_admin.post(reverse("people_import"), {"file": file, "text": ""}))
    assert "2 people can be invited" in html
    assert "1 line cannot be used" in html
    assert "“bad” is no mail address." in html
    assert (User.objects.count(), mail.outbox) == (1, [])


def test_confirming_a_list_invites_the_good_ones_and_shows_their_links(as_admin: Client) -> None:
    checked = as_admin.post(reverse("people_import"), {"text": LIST})
    rows = checked.context["roster"].as_csv()
    html = page(as_admin.post(reverse("people_import"), {"text": rows, "action": "invite"}))
    assert "2 people are invited" in html
    assert html.count("http://testserver/password/") == 2
    states = {user.email: user.state for user in User.objects.exclude(email="ada@example.org")}
    assert states == {"ann@example.org": PersonState.INVITED, "ben@example.org": PersonState.INVITED}
    assert [message.to for message in mail.outbox] == [["ann@example.org"], ["ben@example.org"]]


def test_confirming_twice_invites_once(as_admin: Client) -> None:
    words = {"text": LIST, "action": "invite"}
    as_admin.post(reverse("people_import"), words)
    again = page(as_admin.post(reverse("people_import"), words))
    assert "0 people can be invited" in again
    assert again.count("This address is invited already.") == 2
    assert (User.objects.count(), len(mail.outbox)) == (3, 2)


def test_a_mail_address_that_is_deactivated_is_told_from_the_list(
    as_admin: Client, admin: User, candidate: User
) -> None:
    deactivate(candidate, admin)
    html = page(as_admin.post(reverse("people_import"), {"text": f"{candidate.email},Casey"}))
    assert "Reactivate it from the person&#x27;s page." in html


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"text": " \n"}, "Choose a file or paste the list; both are empty."),
        ({"file": SimpleUploadedFile("p.csv", b"a@example.org,A"), "text": "b"}, "only one can count"),
        ({"file": SimpleUploadedFile("p.csv", b"a@example.org,\xe9"), "text": ""}, "is not UTF-8"),
        ({"file": SimpleUploadedFile("p.csv", b"x" * 1_100_000), "text": ""}, "larger than 1 MB"),
        ({"file": SimpleUploadedFile("p.csv", b""), "text": ""}, "nobody in it"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused_in_the_page(
    as_admin: Client, words: dict[str, Any], why: str
) -> None:
    for value in words.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
    answer = as_admin.post(reverse("people_import"), words)
    assert (answer.status_code, why in page(answer)) == (422, True)
    assert User.objects.count() == 1
