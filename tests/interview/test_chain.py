"""Follow-ups: one opens when the answer before it is handed in, which freezes; everything else stays open."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from interview.exceptions import InvalidTemplate, QuestionAhead, QuestionPassed
from interview.models import Event, Interview, Item, Question, Section, Slot, Template, User
from interview.models.event import EventKind
from interview.models.submission import SubmissionKind
from interview.models.template import Navigation, TemplateState
from interview.selectors import item as items
from interview.selectors import stage as stages
from interview.selectors.pool import stock
from interview.selectors.template import composed, faults
from interview.services import template as templates
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.stage import go_on
from interview.services.submission import stop, submit
from tests.interview.conftest import code_answer
from tests.interview.test_api import SignIn

ASKED = ["explain-backpropagation", "five-levers", "adam-or-sgd", "stable-softmax"]


@pytest.fixture
def chained(bank: None) -> Template:
    """Four questions to move between: the second follows the first, and the third the second."""
    template = Template.objects.create(
        slug="chained", title="Chained", summary="x", state=TemplateState.ACTIVE
    )
    section = Section.objects.create(template=template, position=0, title="All", minutes=60)
    for index, slug in enumerate(ASKED):
        question = Question.objects.get(slug=slug)
        Slot.objects.create(section=section, position=index, question=question, follows=index in {1, 2})
    return template


@pytest.fixture
def sitting(candidate: User, chained: Template) -> Interview:
    return start_interview(candidate, chained)


def item(interview: Interview, position: int) -> Item:
    return interview.items.select_related("release").get(position=position)


def standings(interview: Interview) -> list[str]:
    stage = stages.present(Interview.objects.get(pk=interview.pk))
    return [stage.standing(position).value for position in range(1, 5)]


def test_each_link_opens_with_the_one_before_it(sitting: Interview) -> None:
    assert standings(sitting) == ["here", "ahead", "ahead", "here"]
    assert go_on(item(sitting, 1)) == 2
    assert standings(sitting) == ["behind", "here", "ahead", "here"]
    assert go_on(item(sitting, 2)) == 3
    assert standings(sitting) == ["behind", "behind", "here", "here"]


def test_what_was_handed_in_is_frozen_and_counts_as_it_was(sitting: Interview, candidate: User) -> None:
    first = item(sitting, 1)
    save_draft(first, {"text": "The chain rule, backwards."}, 0)
    go_on(first)
    with pytest.raises(QuestionPassed):
        save_draft(first, {"text": "Something better."}, 1)
    hand_in(sitting, candidate)
    assert items.counting_submission(first).answer == {"text": "The chain rule, backwards."}


def test_a_follow_up_takes_nothing_before_it_is_open(sitting: Interview) -> None:
    with pytest.raises(QuestionAhead):
        save_draft(item(sitting, 2), {"text": "early"}, 0)


def test_a_submit_of_a_question_that_was_left_is_not_taken_back(candidate: User, chained: Template) -> None:
    last = chained.sections.get().slots.get(position=3)
    Slot.objects.filter(section=last.section, position=0).update(question=last.question)
    Slot.objects.filter(pk=last.pk).delete()
    code = item(start_interview(candidate, chained), 1)
    submit(code, SubmissionKind.SUBMIT, code_answer(code))
    go_on(code)
    assert (stop(code), code.submissions.get().counts) == (False, True)


def test_two_presses_hand_in_once(sitting: Interview) -> None:
    first = item(sitting, 1)
    go_on(first)
    with pytest.raises(QuestionPassed):
        go_on(first)
    assert Event.objects.filter(interview=sitting, kind=EventKind.WENT_ON).count() == 1


def test_the_rest_of_the_interview_stays_open(sitting: Interview) -> None:
    go_on(item(sitting, 1))
    code = item(sitting, 4)
    assert submit(code, SubmissionKind.RUN, code_answer(code)).pk


def test_the_first_question_follows_nothing_says_the_database(sitting: Interview) -> None:
    with transaction.atomic(), pytest.raises(IntegrityError, match="item_first_follows_nothing"):
        sitting.items.filter(position=1).update(follows=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"position": 9}, "comes first, so there is nothing that it follows"),
        ({"question": None, "count": 2}, "comes after a draw of 2"),
    ],
)
def test_a_follow_up_of_nothing_keeps_a_template_from_being_offered(
    chained: Template, change: dict[str, object], message: str
) -> None:
    Slot.objects.filter(section__template=chained, position=0).update(**change)
    told = [fault.sentence for fault in faults(composed().get(pk=chained.pk), stock())]
    assert [message in sentence for sentence in told] == [True]


def test_in_a_one_way_section_a_follow_up_is_refused(chained: Template, admin: User) -> None:
    chained.sections.update(navigation=Navigation.ONE_WAY)
    Template.objects.filter(pk=chained.pk).update(state=TemplateState.DRAFT)
    with pytest.raises(InvalidTemplate) as refusal:
        templates.activate(Template.objects.get(pk=chained.pk), admin)
    assert all("one question after the other anyway" in reason for reason in refusal.value.reasons)


# The pages


@pytest.fixture
def web(sign_in: SignIn, candidate: User) -> Client:
    return sign_in(candidate)


def page(web: Client, interview: Interview, position: int, name: str = "item") -> str:
    return " ".join(web.get(reverse(name, args=[interview.pk, position])).content.decode().split())


def test_the_page_leads_on_by_handing_in_and_asks_first(web: Client, sitting: Interview) -> None:
    assert "Hand in for the follow-up…" in page(web, sitting, 1)
    assert "Hand in question 1, and see its follow-up?" in page(web, sitting, 1, "interview_go_on")
    answer = web.post(reverse("interview_go_on", args=[sitting.pk, 1]))
    assert answer.url == reverse("item", args=[sitting.pk, 2])


def test_a_follow_up_that_waits_shows_nothing_of_itself(web: Client, sitting: Interview) -> None:
    ahead = page(web, sitting, 2)
    assert "It follows question 1, and opens when you hand that one in." in ahead
    assert item(sitting, 2).release.title not in ahead


def test_the_page_of_a_frozen_answer_says_so(web: Client, sitting: Interview) -> None:
    go_on(item(sitting, 1))
    assert "the question is locked" in page(web, sitting, 1)
