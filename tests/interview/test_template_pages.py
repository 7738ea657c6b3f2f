"""The composer's pages, and what they change on the candidate's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from interview.models import Interview, Question, Section, Slot, Template, User
from interview.models.question import QuestionState
from interview.models.template import Retake, TemplateState
from interview.models.user import Role
from interview.services import template as templates
from interview.services.interview import hand_in, start_interview

SignIn = Callable[[User], Client]
HTMX = {"HX-Request": "true"}
SETTINGS = {
    "title": "A",
    "summary": "b",
    "mode": "both",
    "retake": "any",
    "level": "mid",
    "twice_percent": "0",
}


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def draft(admin: User, bank: None) -> Template:
    made = templates.create(admin, "A round", "Of two.", timed=True)
    section = templates.add_section(made, admin, {"title": "One", "minutes": 20, "navigation": "free"})
    templates.add_slot(section, admin, {"question": Question.objects.get(slug="stable-softmax")})
    templates.add_slot(section, admin, {"area_id": "optimizers"})
    return made


@pytest.fixture
def active(draft: Template, admin: User) -> Template:
    templates.activate(draft, admin)
    draft.refresh_from_db()
    return draft


@pytest.fixture
def as_admin(sign_in: SignIn, admin: User) -> Client:
    return sign_in(admin)


def urls(draft: Template) -> list[str]:
    section = draft.sections.get()
    slot = section.slots.first()
    assert slot
    names = ["template", "template_settings", "template_preview", "template_turn", "template_copy"]
    return [
        reverse("template_list"),
        reverse("template_new"),
        *(reverse(name, args=[draft.slug]) for name in names),
        reverse("template_matching", args=[draft.slug]),
        reverse("template_section_new", args=[draft.slug]),
        reverse("template_section", args=[draft.slug, section.pk]),
        reverse("template_section_act", args=[draft.slug, section.pk]),
        reverse("template_slot_new", args=[draft.slug, section.pk]),
        reverse("template_slot", args=[draft.slug, slot.pk]),
        reverse("template_slot_act", args=[draft.slug, slot.pk]),
    ]


# Who may


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.INTERVIEWER, Role.TESTER, Role.AUTHOR])
def test_every_page_of_the_composer_is_closed_to_others(
    person: Callable[..., User], sign_in: SignIn, draft: Template, role: Role
) -> None:
    client = sign_in(person("sam", role))
    answers = [client.post(url, {"press": "remove", "state": "active"}) for url in urls(draft)]
    assert [answer.status_code for answer in answers] == [403] * len(answers)
    draft.refresh_from_db()
    assert (draft.state, Slot.objects.filter(section__template=draft).count()) == ("draft", 2)


def test_a_stranger_is_sent_to_sign_in(client: Client, draft: Template) -> None:
    answers = [client.get(url) for url in urls(draft)]
    assert {answer.status_code for answer in answers} == {302}


@pytest.mark.parametrize("name", ["template_turn", "template_copy", "template_matching"])
def test_what_changes_something_needs_a_post(as_admin: Client, draft: Template, name: str) -> None:
    assert as_admin.get(reverse(name, args=[draft.slug])).status_code == 405


def test_a_slot_of_another_template_is_not_found(as_admin: Client, admin: User, draft: Template) -> None:
    other = templates.create(admin, "Other", "x", timed=True)
    slot = Slot.objects.filter(section__template=draft).first()
    assert slot
    url = reverse("template_slot_act", args=[other.slug, slot.pk])
    assert as_admin.post(url, {"press": "remove"}).status_code == 404


# The list


def count_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as made:
        assert client.get(url).status_code == 200
    return len(made)


def many(number: int) -> None:
    """Templates with a section and two slots each."""
    made = Template.objects.bulk_create(
        Template(slug=f"many-{index}", title=f"Many {index}", summary="x", state=TemplateState.ACTIVE)
        for index in range(number)
    )
    sections = Section.objects.bulk_create(
        Section(template=template, position=0, title="Only", minutes=20) for template in made
    )
    question = Question.objects.get(slug="five-levers")
    Slot.objects.bulk_create(
        slot
        for section in sections
        for slot in (
            Slot(section=section, position=0, question=question),
            Slot(section=section, position=1, area_id="optimizers"),
        )
    )


@pytest.mark.parametrize("name", ["template_list", "catalogue", "practice"])
def test_a_list_needs_as_many_queries_for_three_hundred_templates_as_for_three(
    as_admin: Client, bank: None, name: str
) -> None:
    Template.objects.all().delete()
    many(3)
    few = count_queries(as_admin, reverse(name))
    Template.objects.all().delete()
    many(300)
    assert count_queries(as_admin, reverse(name)) == few


@pytest.mark.parametrize("name", ["template", "template_preview"])
def test_a_page_of_a_template_needs_as_many_queries_for_fifty_slots_as_for_two(
    as_admin: Client, draft: Template, name: str
) -> None:
    url = reverse(name, args=[draft.slug])
    few = count_queries(as_admin, url)
    for position in range(1, 9):
        section = Section.objects.create(template=draft, position=position, title=f"S{position}", minutes=5)
        Slot.objects.bulk_create(Slot(section=section, position=index) for index in range(6))
    assert count_queries(as_admin, url) == few


def test_the_list_tells_what_cannot_be_filled_any_more(as_admin: Client, active: Template) -> None:
    Question.objects.filter(slug="stable-softmax").update(state=QuestionState.RETIRED)
    shown = page(as_admin.get(reverse("template_list"), {"search": "of two"}))
    assert "1 template" in shown
    assert 'data-v="bad"' in shown


def test_a_filter_that_nothing_fits_says_so(as_admin: Client, draft: Template) -> None:
    shown = page(as_admin.get(reverse("template_list"), {"state": "archived"}))
    assert "No template matches" in shown


# Composing


def test_a_template_is_made_from_nothing_to_being_offered_without_script(
    as_admin: Client, candidate: User, sign_in: SignIn, bank: None
) -> None:
    made = as_admin.post(reverse("template_new"), {"title": "Fresh", "summary": "New.", "timed": "yes"})
    assert made.headers["location"] == "/templates/fresh/"
    as_admin.post("/templates/fresh/sections/new/", {"title": "Lot", "minutes": 20, "navigation": "one_way"})
    section = Section.objects.get(template__slug="fresh")
    new = reverse("template_slot_new", args=["fresh", section.pk])
    added = as_admin.post(new, {"way": "draw", "count": "2", "area": "architecture", "levels": ["mid"]})
    slot = Slot.objects.get(section=section)
    assert added.headers["location"] == f"/templates/fresh/#slot-{slot.pk}"
    assert (slot.count, slot.area_id, slot.levels) == (2, "architecture", ["mid"])
    as_admin.post("/templates/fresh/state/", {"state": "active"})
    assert "Fresh" in page(sign_in(candidate).get(reverse("catalogue")))


def test_a_press_answers_htmx_with_the_part_that_changed(as_admin: Client, draft: Template) -> None:
    section = draft.sections.get()
    last = section.slots.last()
    assert last
    url = reverse("template_slot_act", args=[draft.slug, last.pk])
    shown = page(as_admin.post(f"{url}?seed=4", {"press": "up"}, headers=HTMX))
    assert shown.startswith('<div id="compose">')
    assert 'data-announce="Moved up: draw 1."' in shown
    assert "seed 4" in shown
    assert section.slots.first() == last


def test_without_script_a_press_leads_back_to_its_place(as_admin: Client, draft: Template) -> None:
    last = draft.sections.get().slots.last()
    assert last
    url = reverse("template_slot_act", args=[draft.slug, last.pk])
    answer = as_admin.post(f"{url}?seed=4", {"press": "up"})
    assert answer.headers["location"] == f"/templates/a-round/?seed=4#slot-{last.pk}"


def test_a_refused_press_says_why_in_place(as_admin: Client, active: Template) -> None:
    section = active.sections.get()
    url = reverse("template_section_act", args=[active.slug, section.pk])
    assert "is active, and only a draft is composed" in page(
        as_admin.post(url, {"press": "remove"}, headers=HTMX)
    )
    assert active.sections.count() == 1


def test_removing_a_section_takes_its_slots_along(as_admin: Client, draft: Template) -> None:
    section = draft.sections.get()
    as_admin.post(
        reverse("template_section_act", args=[draft.slug, section.pk]), {"press": "remove"}, headers=HTMX
    )
    assert (draft.sections.count(), Slot.objects.filter(section=section.pk).count()) == (0, 0)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"way": "fixed"}, "Choose the question, or take a draw."),
        ({"way": "draw", "topics": "B1, Z9"}, "The syllabus has no Z9."),
        ({"way": "draw", "minutes_from": "20", "minutes_to": "5"}, "This is less than 20"),
        ({"way": "draw", "count": "31"}, "less than or equal to 30"),
        ({"way": "draw", "tags": "x" * 41}, "is no tag"),
        ({"way": "fixed", "question": "nowhere"}, "Select a valid choice"),
    ],
)
def test_a_slot_that_cannot_be_is_refused_in_the_form(
    as_admin: Client, draft: Template, words: dict[str, str], complaint: str
) -> None:
    url = reverse("template_slot_new", args=[draft.slug, draft.sections.get().pk])
    answer = as_admin.post(url, words)
    assert answer.status_code == 422
    assert complaint in page(answer)
    assert Slot.objects.filter(section__template=draft).count() == 2


def test_a_draw_becomes_one_question_and_loses_its_filters(as_admin: Client, draft: Template) -> None:
    slot = draft.sections.get().slots.last()
    assert slot
    url = reverse("template_slot", args=[draft.slug, slot.pk])
    as_admin.post(url, {"way": "fixed", "question": "five-levers", "area": "optimizers", "unseen": "on"})
    slot.refresh_from_db()
    assert (str(slot.question), slot.area_id, slot.unseen) == ("five-levers", None, False)


def test_the_form_counts_what_its_filters_leave(as_admin: Client, draft: Template) -> None:
    url = reverse("template_matching", args=[draft.slug])
    shown = page(as_admin.post(url, {"way": "draw", "topics": "c3"}, headers=HTMX))
    assert "1 question can be drawn: " in shown
    assert ", 1 covering C3." in shown


@pytest.mark.parametrize("wish", [{"retake": "times"}, {"retake": "after_days", "retake_number": "0"}])
def test_a_retake_policy_needs_its_number(as_admin: Client, draft: Template, wish: dict[str, str]) -> None:
    url = reverse("template_settings", args=[draft.slug])
    answer = as_admin.post(url, SETTINGS | {"mode": "strict", **wish})
    assert answer.status_code == 422
    draft.refresh_from_db()
    assert draft.retake == Retake.ANY


@pytest.mark.parametrize("only", ["by_appointment", "self_assessment", "twice_percent"])
def test_what_only_an_interview_that_counts_has_is_refused_for_practice(
    as_admin: Client, draft: Template, only: str
) -> None:
    url = reverse("template_settings", args=[draft.slug])
    answer = as_admin.post(url, SETTINGS | {"mode": "practice", only: "1"})
    assert answer.status_code == 422
    assert f'id="id_{only}_error"' in page(answer)


def test_settings_are_kept(as_admin: Client, draft: Template) -> None:
    words = SETTINGS | {"mode": "strict", "retake": "times", "retake_number": "2", "level": "senior"}
    more = {"overall_minutes": "15", "rules": "*Alone.*", "self_assessment": "on", "twice_percent": "20"}
    as_admin.post(reverse("template_settings", args=[draft.slug]), words | more)
    draft.refresh_from_db()
    assert (draft.title, draft.mode, draft.retake_number, draft.minutes) == ("A", "strict", 2, 15)
    assert (draft.level, draft.self_assessment, draft.twice_percent) == ("senior", True, 20)
    assert "<em>Alone.</em>" in page(as_admin.get(reverse("template", args=[draft.slug])))


def test_settings_of_what_is_offered_are_refused_with_the_words_kept(
    as_admin: Client, active: Template
) -> None:
    words = SETTINGS | {"title": "Changed"}
    answer = as_admin.post(reverse("template_settings", args=[active.slug]), words)
    assert answer.status_code == 422
    assert "only a draft is composed" in page(answer)
    assert 'value="Changed"' in page(answer)


def test_what_stands_against_offering_it_is_told_with_a_link_to_its_place(
    as_admin: Client, draft: Template
) -> None:
    Question.objects.filter(area_id="optimizers").update(state=QuestionState.RETIRED)
    slot = draft.sections.get().slots.last()
    assert slot
    shown = page(as_admin.get(reverse("template", args=[draft.slug])))
    assert f'<a href="#slot-{slot.pk}">Slot 2 of “One” wants 1 question and 0 can be drawn: ' in shown
    answer = as_admin.post(reverse("template_turn", args=[draft.slug]), {"state": "active"}, follow=True)
    assert "“A round” is not offered yet." in page(answer)
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.parametrize("state", ["", "sold"])
def test_an_unknown_state_changes_nothing(as_admin: Client, draft: Template, state: str) -> None:
    answer = as_admin.post(reverse("template_turn", args=[draft.slug]), {"state": state}, follow=True)
    assert "Nothing was done" in page(answer)


def test_the_preview_draws_ten_seeds_from_the_first(as_admin: Client, draft: Template) -> None:
    shown = page(as_admin.get(reverse("template_preview", args=[draft.slug]), {"seed": "40"}))
    assert all(f"?seed={seed}" in shown for seed in range(40, 51))
    assert "10 of 10" in shown


@pytest.mark.parametrize("seed", ["x", "-1", str(2**70)])
def test_a_seed_that_is_none_draws_by_the_first(as_admin: Client, draft: Template, seed: str) -> None:
    for name in ("template", "template_preview"):
        assert as_admin.get(reverse(name, args=[draft.slug]), {"seed": seed}).status_code == 200


# What candidates see


def test_the_rules_are_shown_and_agreed_to_before_the_start(
    sign_in: SignIn, candidate: User, active: Template
) -> None:
    Template.objects.filter(pk=active.pk).update(rules="**One** sheet of paper. <script>x</script>")
    client, url = sign_in(candidate), reverse("interview_start", args=[active.slug])
    shown = page(client.get(url))
    assert "<strong>One</strong> sheet of paper." in shown
    assert "<script>x" not in shown
    assert "I have read the rules of this interview" in shown
    assert client.post(url).status_code == 422
    client.post(url, {"alone": "on"})
    assert Interview.objects.get().plan["rules"].startswith("**One**")


def test_a_retake_that_is_not_allowed_is_told_instead_of_the_form(
    sign_in: SignIn, candidate: User, active: Template
) -> None:
    Template.objects.filter(pk=active.pk).update(retake=Retake.NEVER)
    hand_in(start_interview(candidate, active), candidate)
    client, url = sign_in(candidate), reverse("interview_start", args=[active.slug])
    shown = page(client.get(url))
    assert "You have taken “A round”, and it can be taken once." in shown
    assert 'name="alone"' not in shown
    assert "it can be taken once" in page(client.post(url, {"alone": "on"}, follow=True))
    assert Interview.objects.count() == 1


def test_a_link_to_what_is_archived_says_so(
    sign_in: SignIn, candidate: User, admin: User, active: Template
) -> None:
    templates.archive(active, admin)
    shown = page(sign_in(candidate).get(reverse("interview_start", args=[active.slug])))
    assert "“A round” is not offered any more." in shown


def test_a_draft_has_no_page_for_candidates(sign_in: SignIn, candidate: User, draft: Template) -> None:
    for name in ("interview_start", "practice_rehearse"):
        assert sign_in(candidate).get(reverse(name, args=[draft.slug])).status_code == 404


def test_a_question_set_is_offered_and_started_on_the_practice_page(
    sign_in: SignIn, candidate: User, admin: User, bank: None
) -> None:
    made = templates.create(admin, "Evening set", "Two by lot.", timed=False)
    section = templates.add_section(made, admin, {"title": "Any", "navigation": "free"})
    templates.add_slot(section, admin, {"count": 2})
    templates.activate(made, admin)
    client = sign_in(candidate)
    assert "Evening set" in page(client.get(reverse("practice")))
    assert "Evening set" not in page(client.get(reverse("catalogue")))
    url = reverse("practice_rehearse", args=[made.slug])
    assert "No clock" in page(client.get(url))
    client.post(url, {"reveal": "each"})
    practice = Interview.objects.get()
    assert (practice.timed, practice.items.count(), practice.title) == (False, 2, "Evening set")
