"""What to practise next: which areas, why, and links that lead to what can be practised now."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from interview.models import Interview, Question, Review, Section, Slot, Template, Topic, User
from interview.models.interview import Reveal
from interview.models.template import TemplateMode, TemplateState
from interview.selectors import interview as interviews
from interview.selectors.advice import Advice, Goal, Shelf, practise_next
from interview.selectors.pool import Stock, stock
from interview.selectors.report import Report, report
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.practice import mark_self, start_set
from interview.services.review import claim_review
from tests.interview.conftest import concluded, right_choices
from tests.interview.test_api import SignIn
from tests.interview.test_candidate_pages import text_of
from tests.interview.test_expectation import without_level

# Scored by tests or a key alone, so that nobody has to mark them; two of each of four areas.
KEYED = [
    "activations-and-losses",
    "stable-softmax",
    "five-optimizers",
    "warmup-then-cosine",
    "honest-splits",
    "dropout-from-scratch",
    "gradients-never-zeroed",
    "predicts-the-mean",
]
CHOICES = ["activations-and-losses", "five-optimizers", "honest-splits", "five-families"]


def composed(slug: str, *slugs: str, **settings: Any) -> Template:
    """An active template that asks these questions."""
    template = Template.objects.create(
        slug=slug, title=slug.title(), summary="x", state=TemplateState.ACTIVE, **settings
    )
    minutes = 60 if template.timed else None
    section = Section.objects.create(template=template, position=0, title="All", minutes=minutes)
    for position, name in enumerate(slugs):
        Slot.objects.create(section=section, position=position, question=Question.objects.get(slug=name))
    return template


def question_set(slug: str, *slugs: str) -> Template:
    return composed(slug, *slugs, timed=False, mode=TemplateMode.PRACTICE)


def sat(candidate: User, *slugs: str, right: int = 0) -> Interview:
    """An interview of these questions, handed in; as many of the first, choices, are answered right."""
    interview = start_interview(candidate, composed(f"asks-{len(slugs)}", *slugs))
    for item in interview.items.filter(position__lte=right):
        save_draft(item, right_choices(item), 0)
    return hand_in(interview, candidate)


def made(interview: Interview) -> Report:
    """As the page fetches it."""
    return report(interviews.with_items(interviews.visible_to(interview.candidate)).get(pk=interview.pk))


def advice(interview: Interview) -> Advice:
    return practise_next(made(interview))


def only_goal(interview: Interview) -> Goal:
    (goal,) = advice(interview).goals
    return goal


def areas(found: Advice) -> list[str]:
    return [goal.score.area.slug for goal in found.goals]


def released(interview: Interview, interviewer: User) -> Review:
    return concluded(claim_review(interview, interviewer), "no", "Nothing was answered.", "Practise.")


def page_of(browser: Client, interview: Interview) -> str:
    return text_of(browser.get(reverse("report", args=[interview.pk])))


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


# Which areas


def test_at_most_three_areas_are_worked_on(candidate: User, bank: None) -> None:
    assert areas(advice(sat(candidate, *KEYED))) == ["backpropagation", "optimizers", "regularization"]


def test_what_lies_furthest_below_comes_first_and_what_does_not_is_left_out(
    candidate: User, bank: None
) -> None:
    # The first is all right, one of the two of the second area is, and nothing of the third.
    interview = sat(
        candidate, "activations-and-losses", "five-optimizers", "warmup-then-cosine", "honest-splits", right=2
    )
    found = advice(interview)
    assert areas(found) == ["regularization", "optimizers"]
    shares = [(goal.score.percent, goal.answers) for goal in found.goals]
    assert shares[0] == (0, 1)
    assert 0 < shares[1][0] < 80
    assert shares[1][1] == 2


def test_why_is_said_in_figures(candidate: User, bank: None) -> None:
    interview = sat(candidate, "honest-splits")
    assert only_goal(interview).because == "0 % of the points of 1 question; mid level expects 80 %."
    assert only_goal(without_level(interview)).because == "0 % of the points of 1 question."


def test_without_a_level_the_lowest_share_comes_first(candidate: User, bank: None) -> None:
    interview = sat(candidate, "five-optimizers", "warmup-then-cosine", "honest-splits", right=1)
    assert areas(advice(without_level(interview))) == ["regularization", "optimizers"]


def test_where_nothing_is_below_it_says_so(candidate: User, bank: None) -> None:
    interview = sat(candidate, *CHOICES, right=4)
    found = advice(interview)
    assert (found.goals, found.sentence[:30]) == ([], "In no area you are below what ")
    assert advice(without_level(interview)).sentence.startswith("You lost hardly a point")


def test_an_area_that_is_not_marked_to_the_end_is_no_evidence(kinds: Interview, candidate: User) -> None:
    found = advice(hand_in(kinds, candidate))
    assert areas(found) == ["architecture"]
    assert found.sentence == "Areas with answers that have no points yet are left out."


def test_practice_that_nobody_has_marked_gives_none_until_it_is_marked(candidate: User, bank: None) -> None:
    practice = start_set(candidate, [Question.objects.get(slug="explain-backpropagation")], Reveal.END)
    hand_in(practice, candidate)
    found = advice(practice)
    assert (found.goals, found.sentence[:24]) == ([], "What to practise follows")
    item = practice.items.get()
    item.refresh_from_db()
    mark_self(item, [], "")
    assert [topic.code for topic in only_goal(practice).topics] == ["B1"]


# By what


def test_topics_are_those_of_the_questions_that_lost_points_the_dearest_first(
    candidate: User, bank: None
) -> None:
    interview = sat(candidate, "five-optimizers", "warmup-then-cosine", right=1)
    assert [topic.code for topic in only_goal(interview).topics] == ["C9", "O4"]


def test_new_questions_come_before_those_that_were_served(candidate: User, bank: None) -> None:
    goal = only_goal(sat(candidate, "warmup-then-cosine"))
    assert [entry.slug for entry in goal.questions] == ["five-optimizers", "warmup-then-cosine"]
    assert goal.new == 1


def test_at_most_five_questions_are_offered(candidate: User, bank: None) -> None:
    Question.objects.filter(slug__in=KEYED).update(area_id="debugging")
    goal = only_goal(sat(candidate, *KEYED))
    assert (len(goal.topics), len(goal.questions)) == (4, 5)


def test_a_retired_question_is_never_offered(web: Client, candidate: User, bank: None) -> None:
    interview = sat(candidate, "warmup-then-cosine")
    Question.objects.filter(slug="five-optimizers").update(state="retired")
    assert [entry.slug for entry in only_goal(interview).questions] == ["warmup-then-cosine"]
    Question.objects.filter(slug="warmup-then-cosine").update(state="retired")
    assert only_goal(interview).questions == []


def test_a_question_that_cannot_run_here_is_not_offered(bank: None) -> None:
    topic = Topic.objects.get(code="C9")
    (entry,) = (entry for entry in stock().entries if entry.slug == "warmup-then-cosine")
    entries = (replace(entry, needs_gpu=True),)
    assert Shelf(Stock(entries, has_gpu=False), seen=(), sets=[]).questions([topic]) == []
    assert Shelf(Stock(entries, has_gpu=True), seen=(), sets=[]).questions([topic]) == [*entries]


def test_sets_that_are_most_about_the_area_come_first(candidate: User, bank: None) -> None:
    interview = sat(candidate, "warmup-then-cosine")
    question_set("mixed", "five-optimizers", "honest-splits")
    question_set("elsewhere", "honest-splits")
    question_set("pure", "five-optimizers")
    assert [template.slug for template in only_goal(interview).sets] == ["evening-set", "pure"]


def test_a_set_that_cannot_be_filled_or_is_archived_is_not_named(candidate: User, bank: None) -> None:
    interview = sat(candidate, "warmup-then-cosine")
    question_set("pure", "five-optimizers")
    Template.objects.filter(slug="evening-set").update(state=TemplateState.ARCHIVED)
    assert [template.slug for template in only_goal(interview).sets] == ["pure"]
    Question.objects.filter(slug="five-optimizers").update(state="retired")
    assert only_goal(interview).sets == []


# On the page


def test_the_links_open_and_have_just_these_questions_chosen(
    web: Client, candidate: User, interviewer: User, bank: None
) -> None:
    interview = sat(candidate, "warmup-then-cosine", "honest-splits")
    released(interview, interviewer)
    page = page_of(web, interview).replace("&amp;", "&")
    for goal in advice(interview).goals:
        link = f"{reverse('practice_set')}?{goal.query}"
        assert f'href="{link}"' in page
        answer = web.get(link)
        assert answer.status_code == 200
        chosen = {offer.question.slug for offer in answer.context["chosen"]}
        assert chosen == {entry.slug for entry in goal.questions}
        for template in goal.sets:
            address = reverse("practice_rehearse", args=[template.slug])
            assert f'href="{address}"' in page
            assert web.get(address).status_code == 200


def test_the_page_says_why_and_what(web: Client, candidate: User, interviewer: User, bank: None) -> None:
    interview = sat(candidate, "warmup-then-cosine")
    released(interview, interviewer)
    page = page_of(web, interview)
    assert "Practise next" in page
    assert "0 % of the points of 1 question; mid level expects 80 %." in page
    assert "Learning-rate schedules" in page


def test_who_reviewed_reads_no_advice(
    sign_in: SignIn, candidate: User, interviewer: User, admin: User, bank: None
) -> None:
    interview = sat(candidate, "warmup-then-cosine")
    released(interview, interviewer)
    for reader in (interviewer, admin):
        page = page_of(sign_in(reader), interview)
        assert "Points by area" in page
        assert "Practise next" not in page
        assert reverse("practice_set") not in page


def test_practice_is_told_what_comes_next_as_well(web: Client, candidate: User, bank: None) -> None:
    practice = start_set(candidate, [Question.objects.get(slug="warmup-then-cosine")], Reveal.END)
    hand_in(practice, candidate)
    page = page_of(web, practice)
    assert "Practise next" in page
    assert "0 % of the points of 1 question." in page


def test_eight_questions_need_as_many_queries_as_two(
    web: Client, candidate: User, interviewer: User, bank: None
) -> None:
    counts = []
    for slugs in (KEYED[:2], KEYED):
        interview = sat(candidate, *slugs)
        released(interview, interviewer)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page_of(web, interview)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_sets_and_goals_need_no_queries_of_their_own(candidate: User, bank: None) -> None:
    counts = []
    for slugs in (KEYED[:2], KEYED):
        question_set(f"set-{len(slugs)}", *slugs)
        found = made(sat(candidate, *slugs))
        with CaptureQueriesContext(connection) as queries:
            practise_next(found)
        counts.append(len(queries))
    assert counts == [7, 7]


def test_where_there_is_nothing_to_say_nothing_is_asked(candidate: User, bank: None) -> None:
    found = made(sat(candidate, *CHOICES, right=4))
    with CaptureQueriesContext(connection) as queries:
        assert practise_next(found).goals == []
    assert len(queries) == 0
