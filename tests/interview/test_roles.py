"""Every address of curation, tried by every role: a door opens to those whose work is behind it, and to nobody else."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from interview.models import Item, Problem, Question, User
from interview.models.user import Role
from interview.services.problem import report_question

SignIn = Callable[[User], Client]
People = Callable[..., User]

SLUG = "explain-backpropagation"
TRIES = {Role.TESTER, Role.AUTHOR, Role.CURATOR, Role.ADMIN}
WRITES = TRIES - {Role.TESTER}
CURATES = {Role.CURATOR, Role.ADMIN}
MANAGES = {Role.ADMIN}
RATES = CURATES | {Role.INTERVIEWER}

DOORS = {
    "question_list": TRIES,
    "question": TRIES,
    "question_file": TRIES,
    "question_preview": TRIES,
    "question_export": TRIES,
    "question_history": TRIES,
    "question_change": TRIES,
    "question_compare": TRIES,
    "question_problem": TRIES,
    "question_new": WRITES,
    "question_edit": WRITES,
    "question_notes": WRITES,
    "question_arrange": WRITES,
    "question_check": WRITES,
    "question_check_stop": WRITES,
    "question_try": WRITES,
    "question_restore": WRITES,
    "problems": WRITES,
    "problem": WRITES,
    "question_bulk": CURATES,
    "question_import": CURATES,
    "question_import_over": CURATES,
    "question_publish": CURATES,
    "question_rubric": RATES,
    "question_reopen": CURATES,
    "question_retire": CURATES,
    "template_list": CURATES,
    "template_new": CURATES,
    "template": CURATES,
    "template_settings": CURATES,
    "template_preview": CURATES,
    "template_turn": CURATES,
    "template_copy": CURATES,
    "template_matching": CURATES,
    "template_section_new": CURATES,
    "template_section": CURATES,
    "template_section_act": CURATES,
    "template_slot_new": CURATES,
    "template_slot": CURATES,
    "template_slot_act": CURATES,
    "people": MANAGES,
    "people_invite": MANAGES,
    "people_import": MANAGES,
    "people_interviews": MANAGES,
    "people_interview": MANAGES,
    "person": MANAGES,
    "person_role": MANAGES,
    "person_time": MANAGES,
    "person_recusals": MANAGES,
    "recusal_lift": MANAGES,
    "person_schedule": MANAGES,
    "appointment_call_off": MANAGES,
    "person_invite": MANAGES,
    "person_deactivate": MANAGES,
    "person_reactivate": MANAGES,
}
ROOMS = ("questions/", "bank/", "problems/", "templates/", "people/", "appointments/")
EVERYBODY = {"problems_mine"}


@pytest.fixture
def known(bank: None, admin: User) -> dict[str, Any]:
    """What stands for the parts of an address."""
    question = Question.objects.get(slug=SLUG)
    return {
        "questions": question,
        "problem": report_question(question, admin, "Something is wrong."),
        "change": question.changes.first(),
    }


def address(pattern: URLPattern, known: dict[str, Any]) -> str:
    """An address that leads somewhere, so that only the door can stand in the way."""
    name, parts = str(pattern.name), set(pattern.pattern.converters)
    ids = {
        "problem": known["problem"].pk,
        "question_change": known["change"].pk,
        "people_interview": uuid4(),  # of none: behind the door it is not found
    }
    values = {
        "slug": "first-interview" if name.startswith("template") else SLUG,
        "pk": ids.get(name, 1),
        "number": 1,
        "path": "statement.md",
    }
    return reverse(name, kwargs={part: values[part] for part in parts})


def behind_doors() -> list[URLPattern]:
    found = [pattern for pattern in get_resolver().url_patterns if isinstance(pattern, URLPattern)]
    return [
        pattern
        for pattern in found
        if str(pattern.pattern).startswith(ROOMS) and pattern.name not in EVERYBODY
    ]


def test_every_address_of_curation_is_in_the_table() -> None:
    assert {pattern.name for pattern in behind_doors()} == set(DOORS)


@pytest.mark.parametrize("role", Role.values)
def test_a_role_meets_an_open_door_exactly_where_its_work_is(
    sign_in: SignIn, person: People, known: dict[str, Any], role: str
) -> None:
    web = sign_in(person("mia", Role(role)))
    closed = {
        str(pattern.name): web.get(address(pattern, known)).status_code == 403 for pattern in behind_doors()
    }
    assert closed == {name: role not in may for name, may in DOORS.items()}


@pytest.mark.parametrize("role", Role.values)
def test_a_door_is_as_closed_to_what_is_sent(
    sign_in: SignIn, person: People, known: dict[str, Any], role: str
) -> None:
    web = sign_in(person("mia", Role(role)))
    for pattern in behind_doors():
        if role not in DOORS[str(pattern.name)]:
            sent = {"seen": 1, "statement": "Mine.", "body": "Mine.", "role": "admin", "add": "mine"}
            assert web.post(address(pattern, known), sent).status_code == 403
    question = Question.objects.get(slug=SLUG)
    assert (question.state, question.tags, question.releases.count()) == ("published", [], 1)
    assert question.working_copy.revision == 1
    assert Problem.objects.get().state == "open"


def test_a_stranger_is_sent_to_sign_in_from_every_door(client: Client, known: dict[str, Any]) -> None:
    for pattern in behind_doors():
        url = address(pattern, known)
        assert client.get(url).headers["location"] == f"{reverse('login')}?next={url}"


@pytest.mark.parametrize(
    ("role", "start"),
    [
        (Role.CANDIDATE, "catalogue"),
        (Role.INTERVIEWER, "review_queue"),
        (Role.TESTER, "question_list"),
        (Role.AUTHOR, "question_list"),
        (Role.CURATOR, "question_list"),
        (Role.ADMIN, "question_list"),
    ],
)
def test_everybody_begins_where_their_work_is(
    sign_in: SignIn, person: People, bank: None, role: Role, start: str
) -> None:
    response = sign_in(person("mia", role)).get(reverse("home"), follow=True)
    assert (response.redirect_chain[-1][0], response.status_code) == (reverse(start), 200)


@pytest.mark.parametrize("role", Role.values)
def test_the_bar_leads_only_through_open_doors(
    sign_in: SignIn, person: People, bank: None, role: str
) -> None:
    web = sign_in(person("mia", Role(role)))
    html = web.get(reverse("problems_mine")).content.decode()
    bar = html.split('<nav class="nav"')[1].split("</nav>")[0]
    links = [part.split('"')[0] for part in bar.split('href="')[1:]]
    assert [web.get(link).status_code for link in links] == [200] * len(links)
    assert (reverse("question_list") in links) is (role in TRIES)


@pytest.mark.parametrize("role", Role.values)
def test_the_api_gives_nobody_the_answers_of_somebody_else(
    sign_in: SignIn, person: People, text_item: Item, role: str
) -> None:
    web = sign_in(person("mia", Role(role)))
    draft = reverse("api:draft", args=[text_item.pk])
    assert web.get(draft).status_code in {404, 405}
    sent = {"answer": {"text": "Mine."}, "revision": 0}
    assert web.put(draft, sent, content_type="application/json").status_code == 404
