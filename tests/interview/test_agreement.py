"""How far two readers agree: the figures of published worked examples, and what the page makes of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interview.agreement import alpha, observed
from interview.models import Interview, Template, User
from interview.selectors import agreement
from interview.services.interview import hand_in, start_interview
from tests.interview.conftest import handed_over

# K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011: examples A (binary) and B (nominal), two observers.
MEG, OWEN = "0100000010", "1110010000"
BEN, GERRY = "aabbdcccedda", "babbbccceddd"

Person = Callable[..., User]


@pytest.mark.parametrize(
    ("one", "other", "published"), [(MEG, OWEN, 0.095), (BEN, GERRY, 0.692), ("0011", "0011", 1.0)]
)
def test_alpha_is_that_of_the_published_worked_examples(one: str, other: str, published: float) -> None:
    found = alpha(list(zip(one, other, strict=True)))
    assert found is not None
    assert round(found, 3) == published


def test_the_share_that_is_the_same_is_that_of_the_published_worked_example() -> None:
    assert observed(list(zip(MEG, OWEN, strict=True))) == 0.6


def test_alpha_says_nothing_where_all_marks_are_the_same() -> None:
    assert alpha([(True, True)] * 12) is None
    assert alpha([]) is None
    assert observed([]) == 0


@pytest.mark.parametrize(
    ("pairs", "word"),
    [
        ([(True, True)] * 9, "Too few to say"),
        ([(True, True)] * 10, "All the same"),
        ([(True, True)] * 10 + [(False, False)] * 10, "Read alike"),
        ([(True, True)] * 10 + [(False, False)] * 10 + [(True, False)] * 3, "Roughly alike"),
        ([(True, False)] * 10, "Read differently"),
    ],
)
def test_a_figure_is_told_in_words(pairs: list[tuple[bool, bool]], word: str) -> None:
    assert agreement.CriterionAgreement("x", pairs).word == word


@pytest.fixture
def read_twice(
    template: Template, person: Person, interviewer: User, other_interviewer: User
) -> Callable[[int, list[str], list[str]], None]:
    """Has so many interviews marked by two, with these criteria met by the one and by the other."""
    Template.objects.filter(pk=template.pk).update(twice_percent=100)
    template.refresh_from_db()

    def make(times: int, met: list[str], by_other: list[str]) -> None:
        for _ in range(times):
            one = person(f"candidate{Interview.objects.count()}")
            taken = hand_in(start_interview(one, template), one)
            handed_over(taken, interviewer, met)
            handed_over(taken, other_interviewer, by_other)

    return make


def test_criteria_are_counted_over_all_answers_that_two_marked(
    read_twice: Callable[[int, list[str], list[str]], None],
) -> None:
    read_twice(2, ["purpose", "cost"], ["purpose"])
    read_twice(1, ["purpose"], ["purpose"])
    (question,) = agreement.by_question()
    assert (question.slug, question.answers) == ("explain-backpropagation", 3)
    cost = question.criteria[0]
    assert "one backward pass gives every derivative" in cost.describe
    assert (cost.answers, cost.differ, cost.percent) == (3, 2, 33)
    assert {criterion.percent for criterion in question.criteria[1:]} == {100}


def test_what_was_marked_long_ago_says_nothing_of_today(
    read_twice: Callable[[int, list[str], list[str]], None],
) -> None:
    read_twice(1, [], [])
    assert agreement.by_question(timezone.now() + timedelta(days=366)) == []


def test_what_only_one_handed_over_is_no_agreement(
    template: Template, candidate: User, interviewer: User
) -> None:
    Template.objects.filter(pk=template.pk).update(twice_percent=100)
    template.refresh_from_db()
    handed_over(hand_in(start_interview(candidate, template), candidate), interviewer, ["purpose"])
    assert agreement.by_question() == []


def test_the_page_says_what_will_appear_before_anything_was_marked_twice(
    sign_in: Callable[[User], Client], interviewer: User
) -> None:
    answer = sign_in(interviewer).get(reverse("review_agreement"))
    assert "Nothing was marked twice yet" in answer.content.decode()


def test_the_page_asks_the_database_no_more_for_many_answers_than_for_one(
    read_twice: Callable[[int, list[str], list[str]], None],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    read_twice(1, ["purpose"], [])
    with django_assert_num_queries(3):
        agreement.by_question()
    read_twice(4, ["purpose"], ["cost"])
    with django_assert_num_queries(3):
        (question,) = agreement.by_question()
    assert question.answers == 5
