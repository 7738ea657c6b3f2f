"""Composing templates, offering them, taking them: by the services."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from interview.exceptions import (
    InterviewInProgress,
    InvalidRelease,
    InvalidTemplate,
    NotAllowed,
    NotOffered,
    TemplateShort,
)
from interview.models import Interview, Question, Section, Slot, Template, User
from interview.models.interview import CloseReason, Mode, Reveal
from interview.models.question import QuestionState
from interview.models.template import Navigation, Retake, TemplateMode, TemplateState
from interview.models.user import Role
from interview.selectors.pool import stock
from interview.selectors.sample import preview
from interview.selectors.template import catalogue, composed, faults, offered, retake_refusal, sets
from interview.services import template as templates
from interview.services.interview import hand_in, start_interview
from interview.services.practice import rehearse
from interview.services.template_file import load_templates

SECTION = {"title": "One", "minutes": 20, "navigation": Navigation.FREE}


@pytest.fixture
def draft(admin: User, bank: None) -> Template:
    """A draft with a section that asks for the softmax."""
    made = templates.create(admin, "A round", "Of one question.", timed=True)
    section = templates.add_section(made, admin, SECTION)
    templates.add_slot(section, admin, {"question": Question.objects.get(slug="stable-softmax")})
    return made


@pytest.fixture
def active(draft: Template, admin: User) -> Template:
    templates.activate(draft, admin)
    draft.refresh_from_db()
    return draft


def section_of(template: Template) -> Section:
    return template.sections.get(title="One")


def shape(template: Template) -> list[tuple[str, list[str]]]:
    """Titles of sections, each with what its slots ask."""
    found = composed().get(pk=template.pk)
    return [(section.title, [str(slot) for slot in section.slots.all()]) for section in found.sections.all()]


# Who may


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.INTERVIEWER, Role.TESTER, Role.AUTHOR])
def test_only_curators_and_admins_compose(person: Callable[..., User], draft: Template, role: Role) -> None:
    somebody = person("sam", role)
    for attempt in (
        lambda: templates.create(somebody, "Mine", "x", timed=True),
        lambda: templates.describe(draft, somebody, {"title": "Mine"}),
        lambda: templates.remove_section(section_of(draft), somebody),
        lambda: templates.activate(draft, somebody),
        lambda: templates.archive(draft, somebody),
        lambda: templates.copy(draft, somebody),
    ):
        with pytest.raises(NotAllowed, match="may compose interviews"):
            attempt()
    assert shape(draft) == [("One", ["stable-softmax"])]


def test_a_curator_composes_like_an_admin(person: Callable[..., User], bank: None) -> None:
    made = templates.create(person("cora", Role.CURATOR), "Hers", "x", timed=True)
    assert (made.state, made.changed_by.display_name if made.changed_by else "") == ("draft", "Cora")


# Composing


def test_templates_of_one_title_have_addresses_of_their_own(admin: User, bank: None) -> None:
    made = [templates.create(admin, title, "x", timed=True).slug for title in ("New", "A round", "A round")]
    assert made == ["new-2", "a-round", "a-round-2"]


def test_sections_change_places_and_an_end_is_an_end(draft: Template, admin: User) -> None:
    second = templates.add_section(draft, admin, SECTION | {"title": "Two"})
    templates.move_section(second, admin, -1)
    assert [title for title, _ in shape(draft)] == ["Two", "One"]
    templates.move_section(second, admin, -1)
    assert [title for title, _ in shape(draft)] == ["Two", "One"]


def test_a_slot_moves_within_its_section_and_on_into_the_next(draft: Template, admin: User) -> None:
    one, two = section_of(draft), templates.add_section(draft, admin, SECTION | {"title": "Two"})
    wanderer = templates.add_slot(one, admin, {"area_id": "optimizers"})
    templates.add_slot(two, admin, {"count": 2})
    seen = []
    for steps in (-1, -1, 1, 1, 1, 1):
        templates.move_slot(Slot.objects.get(pk=wanderer.pk), admin, steps)
        seen.append([slots.index("draw 1") if "draw 1" in slots else None for _, slots in shape(draft)])
    assert seen == [[0, None], [0, None], [1, None], [None, 0], [None, 1], [None, 1]]


def test_changing_a_draw_into_one_question_leaves_no_filter_behind(draft: Template, admin: User) -> None:
    slot = templates.add_slot(section_of(draft), admin, {"levels": ["junior"], "unseen": True})
    with pytest.raises(IntegrityError, match="slot_is_fixed_or_draws"), transaction.atomic():
        Slot.objects.filter(pk=slot.pk).update(question=Question.objects.get(slug="five-levers"))


def test_a_template_holds_sixty_questions_and_no_more(draft: Template, admin: User) -> None:
    section = section_of(draft)
    templates.add_slot(section, admin, {"count": 30})
    last = templates.add_slot(section, admin, {"count": 29})
    with pytest.raises(InvalidTemplate, match="makes 61 questions, and 60 fit"):
        templates.add_slot(section, admin, {"count": 1})
    with pytest.raises(InvalidTemplate, match="makes 61 questions"):
        templates.change_slot(last, admin, {"count": 30})


def test_what_is_offered_is_not_composed_before_it_is_a_draft_again(active: Template, admin: User) -> None:
    with pytest.raises(InvalidTemplate, match="is active, and only a draft is composed"):
        templates.remove_section(section_of(active), admin)
    templates.withdraw(active, admin)
    templates.remove_section(section_of(active), admin)
    assert shape(active) == []


def test_a_copy_is_a_draft_of_its_own(active: Template, admin: User) -> None:
    copied = templates.copy(active, admin)
    templates.remove_section(copied.sections.get(), admin)
    assert (copied.title, copied.slug, copied.state) == ("A round (copy)", "a-round-copy", "draft")
    assert shape(active) == [("One", ["stable-softmax"])]


# Offering


def test_an_empty_template_is_not_offered_and_every_gap_is_told(
    admin: User, bank: None, candidate: User
) -> None:
    made = templates.create(admin, "Bare", "x", timed=True)
    with pytest.raises(InvalidTemplate, match="It has no section yet"):
        templates.activate(made, admin)
    templates.add_section(made, admin, SECTION | {"minutes": None})
    with pytest.raises(InvalidTemplate) as refusal:
        templates.activate(made, admin)
    assert refusal.value.reasons == (
        "Section “One” asks nothing. Add a question, or remove it.",
        "Section “One” has no minutes. Say how long it takes.",
    )
    assert not catalogue(candidate).filter(pk=made.pk).exists()


def test_a_question_that_is_named_twice_is_told_once(draft: Template, admin: User) -> None:
    templates.add_slot(section_of(draft), admin, {"question": Question.objects.get(slug="stable-softmax")})
    found = faults(composed().get(pk=draft.pk), stock())
    assert [fault.sentence for fault in found] == [
        "“stable-softmax” is asked for twice, and is served once. Remove one of the two."
    ]


def test_a_short_pool_keeps_a_template_from_being_offered(draft: Template, admin: User) -> None:
    templates.add_slot(section_of(draft), admin, {"area_id": "deployment", "count": 9, "levels": ["junior"]})
    with pytest.raises(InvalidTemplate, match=r"Slot 2 of “One” wants 9 questions and .* can be drawn: "):
        templates.activate(draft, admin)


def test_an_archived_template_is_gone_from_the_catalogue_and_comes_back_as_a_draft(
    active: Template, admin: User, candidate: User
) -> None:
    running = start_interview(candidate, active)
    templates.archive(active, admin)
    assert not catalogue(candidate).filter(pk=active.pk).exists()
    assert Interview.objects.get(pk=running.pk).is_open()
    with pytest.raises(InvalidTemplate, match="is archived already"):
        templates.archive(active, admin)
    templates.withdraw(active, admin)
    active.refresh_from_db()
    assert active.state == TemplateState.DRAFT


@pytest.mark.parametrize(
    ("mode", "found"),
    [
        (TemplateMode.STRICT, (True, False)),
        (TemplateMode.PRACTICE, (False, True)),
        (TemplateMode.BOTH, (True, True)),
    ],
)
def test_the_mode_says_where_a_template_is_offered(
    active: Template, mode: TemplateMode, found: tuple[bool, bool]
) -> None:
    Template.objects.filter(pk=active.pk).update(mode=mode)
    strict, practice = (offered(way).filter(pk=active.pk).exists() for way in (Mode.STRICT, Mode.PRACTICE))
    assert (strict, practice) == found


def test_a_set_without_a_clock_cannot_count(admin: User, bank: None) -> None:
    made = templates.create(admin, "Set", "x", timed=False)
    with pytest.raises(IntegrityError, match="template_without_clock_is_practice"), transaction.atomic():
        Template.objects.filter(pk=made.pk).update(mode=TemplateMode.STRICT)


# Taking


@pytest.mark.parametrize("state", [TemplateState.DRAFT, TemplateState.ARCHIVED])
def test_only_what_is_active_starts(active: Template, candidate: User, state: TemplateState) -> None:
    Template.objects.filter(pk=active.pk).update(state=state)
    for start in (
        lambda: start_interview(candidate, active),
        lambda: rehearse(candidate, active, Reveal.END),
    ):
        with pytest.raises(NotOffered, match="is not offered any more"):
            start()
    assert Interview.objects.count() == 0


def test_practice_alone_does_not_start_as_an_interview_that_counts(active: Template, candidate: User) -> None:
    Template.objects.filter(pk=active.pk).update(mode=TemplateMode.PRACTICE)
    with pytest.raises(NotOffered, match="is for practice alone"):
        start_interview(candidate, active)


def test_what_only_counts_is_not_rehearsed(active: Template, candidate: User) -> None:
    Template.objects.filter(pk=active.pk).update(mode=TemplateMode.STRICT)
    with pytest.raises(NotOffered, match="there is no rehearsal of it"):
        rehearse(candidate, active, Reveal.END)


def test_a_template_that_ran_short_says_so_to_the_candidate_and_why_to_those_who_compose(
    active: Template, candidate: User
) -> None:
    Question.objects.filter(slug="stable-softmax").update(state=QuestionState.RETIRED)
    with pytest.raises(TemplateShort) as refusal:
        start_interview(candidate, active)
    assert str(refusal.value) == (
        "“A round” cannot start: there are not enough questions for “One”. Nothing was started. "
        "Tell an admin, or choose another one."
    )
    assert refusal.value.reasons == (
        "Slot 1 of “One” cannot be served: “stable-softmax” is not published. Publish it, or name another question.",
    )


def test_the_overall_minutes_are_the_clock(active: Template, candidate: User) -> None:
    Template.objects.filter(pk=active.pk).update(overall_minutes=12)
    now = timezone.now()
    interview = start_interview(candidate, active, now)
    assert interview.deadline_at == now + timedelta(minutes=12)
    assert (interview.plan["minutes"], interview.plan["sections"][0]["minutes"]) == (12, 20)


def test_the_plan_keeps_what_the_template_was(active: Template, candidate: User, admin: User) -> None:
    interview = start_interview(candidate, active)
    templates.withdraw(active, admin)
    templates.describe(active, admin, {"title": "Another", "rules": "New ones."})
    interview.refresh_from_db()
    assert interview.plan == {
        "title": "A round",
        "minutes": 20,
        "rules": "",
        "finish_undo": False,
        "level": "mid",
        "self_assessment": False,
        "twice_percent": 0,
        "retake": {"policy": "any", "number": None},
        "sections": [
            {
                "title": "One",
                "minutes": 20,
                "navigation": "free",
                "slots": [{"question": "stable-softmax"}],
            }
        ],
    }


def test_a_question_set_has_no_clock_and_is_as_long_as_its_questions(
    admin: User, candidate: User, bank: None
) -> None:
    made = templates.create(admin, "Warm-up", "Two by lot.", timed=False)
    section = templates.add_section(made, admin, {"title": "Any", "navigation": Navigation.FREE})
    templates.add_slot(section, admin, {"count": 2})
    templates.activate(made, admin)
    assert [template.slug for template in sets()].count("warm-up") == 1
    practice = rehearse(candidate, made, Reveal.EACH)
    together = sum(item.release.minutes for item in practice.items.all())
    assert (practice.timed, practice.deadline_at, practice.items.count()) == (False, None, 2)
    assert (practice.minutes, practice.plan["sections"][0]["minutes"]) == (together, together)


# Again


def again(template: Template, policy: Retake, number: int | None = None) -> None:
    Template.objects.filter(pk=template.pk).update(retake=policy, retake_number=number)
    template.refresh_from_db()


def sit(candidate: User, template: Template, at: Any = None) -> Interview:
    return hand_in(start_interview(candidate, template, at), candidate, at)


def test_what_is_taken_once_is_refused_the_second_time(
    active: Template, candidate: User, other_candidate: User
) -> None:
    again(active, Retake.NEVER)
    sit(candidate, active)
    with pytest.raises(NotOffered, match="You have taken “A round”, and it can be taken once"):
        start_interview(candidate, active)
    assert retake_refusal(other_candidate, active) == ""


def test_a_number_of_times_is_counted(active: Template, candidate: User) -> None:
    again(active, Retake.TIMES, 2)
    sit(candidate, active)
    sit(candidate, active)
    with pytest.raises(NotOffered, match="You have taken “A round” twice, and no more is allowed"):
        start_interview(candidate, active)


def test_some_days_have_to_pass_from_the_end_of_the_last(active: Template, candidate: User) -> None:
    again(active, Retake.AFTER_DAYS, 7)
    ended = timezone.now() - timedelta(days=6)
    sit(candidate, active, ended)
    due = ended + timedelta(days=7)
    assert retake_refusal(candidate, active, due) == ""
    with pytest.raises(NotOffered, match=f"again from {due.day} "):
        start_interview(candidate, active)
    assert start_interview(candidate, active, due).is_open(due)


def test_what_was_cancelled_or_practised_does_not_count_as_taken(active: Template, candidate: User) -> None:
    again(active, Retake.NEVER)
    rehearse(candidate, active, Reveal.END)
    Interview.objects.update(closed_at=timezone.now(), close_reason=CloseReason.HANDED_IN)
    cancelled = start_interview(candidate, active)
    Interview.objects.filter(pk=cancelled.pk).update(
        closed_at=timezone.now(), close_reason=CloseReason.CANCELLED
    )
    assert start_interview(candidate, active).is_open()


def test_while_it_runs_the_start_leads_to_it_and_not_to_the_policy(active: Template, candidate: User) -> None:
    again(active, Retake.NEVER)
    running = start_interview(candidate, active)
    with pytest.raises(InterviewInProgress) as refusal:
        start_interview(candidate, active)
    assert refusal.value.interview_id == running.pk


# Preview


def test_ten_draws_tell_coverage_and_time(admin: User, bank: None) -> None:
    made = templates.create(admin, "By lot", "x", timed=True)
    section = templates.add_section(made, admin, SECTION | {"minutes": 5})
    templates.add_slot(section, admin, {"area_id": "architecture", "count": 2})
    shown = preview(composed().get(pk=made.pk), stock(), 7)
    assert [sample.seed for sample in shown.samples] == list(range(7, 17))
    assert shown.differ
    assert [(cover.area.slug, cover.samples) for cover in shown.areas if cover.samples] == [
        ("architecture", 10)
    ]
    [time] = shown.times
    assert time.is_short
    assert (time.least, time.most) == (shown.least, shown.most)


# The file


def write(folder: Path, text: str) -> Path:
    path = folder / "templates.yaml"
    path.write_text(text)
    return path


FULL = """\
templates:
  - slug: everything
    title: Everything
    summary: All that the format knows.
    rules: Paper is allowed.
    mode: strict
    minutes: 30
    retake: {after_days: 14}
    sections:
      - title: Lot
        minutes: 20
        navigation: one_way
        slots:
          - question: stable-softmax
          - draw: {count: 2, area: architecture, kinds: [coding], levels: [mid], minutes: {from: 20}, unseen: true}
          - draw: {topics: [B1], tags: [warm-up]}
    level: senior
    self_assessment: true
    twice_percent: 25
  - slug: a-set
    title: A set
    summary: Without a clock.
    timed: false
    state: draft
    sections:
      - title: Any
        slots:
          - draw: {}
"""


def test_the_file_says_everything_that_the_pages_can(bank: None, tmp_path: Path) -> None:
    load_templates(write(tmp_path, FULL))
    made = composed().get(slug="everything")
    assert (made.mode, made.minutes, made.retake, made.retake_number) == ("strict", 30, "after_days", 14)
    assert (made.level, made.self_assessment, made.twice_percent) == ("senior", True, 25)
    assert made.plan()["sections"] == [
        {
            "title": "Lot",
            "minutes": 20,
            "navigation": "one_way",
            "slots": [
                {"question": "stable-softmax"},
                {
                    "draw": {
                        "count": 2,
                        "area": "architecture",
                        "kinds": ["coding"],
                        "levels": ["mid"],
                        "minutes": {"from": 20},
                        "unseen": True,
                    }
                },
                {"draw": {"count": 1, "topics": ["B1"], "tags": ["warm-up"]}},
            ],
        }
    ]
    small = composed().get(slug="a-set")
    assert (small.timed, small.mode, small.state) == (False, "practice", "draft")


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ("stable-softmax", "stable-sofmax", r"yaml:14: there is no question 'stable-sofmax' \(did you mean"),
        ("area: architecture", "area: architectures", r"yaml:15: there is no area 'architectures' \(did you"),
        ("[B1]", "[B77]", r"yaml:16: there is no topic 'B77'"),
        ("from: 20}", "from: 20, to: 10}", r"yaml:15: 'minutes' ends before it begins"),
        ("rules:", "rulez:", r"yaml:5: unknown key 'rulez'"),
        ("kinds: [coding]", "kinds: [codin]", r"yaml:15: .*cannot be 'codin' \(did you mean 'coding'"),
        ("        minutes: 20\n", "", r"yaml:10: the section lacks 'minutes'"),
        ("timed: false", "timed: false\n    minutes: 9", r"yaml:20: it has no clock"),
        ("{after_days: 14}", "sometimes", r"yaml:8: .*'sometimes'"),
        ("question: stable-softmax", "{}", r"yaml:14: "),
    ],
)
def test_a_fault_of_the_file_is_told_with_its_line(
    bank: None, tmp_path: Path, was: str, becomes: str, complaint: str
) -> None:
    assert FULL.count(was) >= 1
    with pytest.raises(InvalidRelease, match=complaint):
        load_templates(write(tmp_path, FULL.replace(was, becomes, 1)))
    assert not Template.objects.filter(slug="everything").exists()


def test_a_template_that_is_there_stays_as_it_was_composed(bank: None, tmp_path: Path, admin: User) -> None:
    load_templates(write(tmp_path, FULL))
    made = Template.objects.get(slug="everything")
    templates.withdraw(made, admin)
    templates.describe(made, admin, {"title": "Composed here"})
    load_templates(write(tmp_path, FULL))
    made.refresh_from_db()
    assert made.title == "Composed here"


def test_every_template_that_ships_can_be_filled(bank: None) -> None:
    goods = stock()
    assert [
        (template.slug, faults(template, goods)) for template in composed() if faults(template, goods)
    ] == []
