"""The queue of reviews: what it lets through, its order, taking the next, and one question after another."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from interview.models import Event, Interview, Item, Review, Template, User
from interview.models.interview import CloseReason
from interview.selectors import waiting
from interview.selectors.waiting import Asked
from interview.services.interview import hand_in, start_interview
from interview.services.review import Judgement, claim_first, claim_review, mark_item
from interview.templatetags.answer import code_name

SignIn = Callable[[User], Client]
Person = Callable[..., User]


def page(response: Any) -> str:
    return str(response.content.decode())


def shown(client: Client, **asked: str) -> list[Interview]:
    return list(client.get(reverse("review_queue"), asked).context["page"])


@pytest.fixture
def as_interviewer(sign_in: SignIn, interviewer: User) -> Client:
    return sign_in(interviewer)


@pytest.fixture
def claimed(handed_in: Interview, interviewer: User) -> Review:
    return claim_review(handed_in, interviewer)


@pytest.fixture
def marked(claimed: Review, text_item: Item) -> Review:
    mark_item(claimed, text_item, Judgement(["purpose", "chain-rule"], "Well explained."))
    return claimed


@pytest.fixture
def five(handed_in: Interview, person: Person, template: Template) -> list[Interview]:
    """Five interviews that were handed in, by five people."""
    people = [person(f"candidate{number}") for number in range(4)]
    return [handed_in, *(hand_in(start_interview(one, template), one) for one in people)]


def test_an_empty_queue_says_what_will_appear(as_interviewer: Client) -> None:
    assert "No answers to review" in page(as_interviewer.get(reverse("review_queue")))
    assert "No answers to mark" in page(as_interviewer.get(reverse("review_questions")))


def test_the_queue_names_a_code_and_never_the_candidate(
    as_interviewer: Client, handed_in: Interview, candidate: User
) -> None:
    html = page(as_interviewer.get(reverse("review_queue")))
    assert f"Candidate {handed_in.pk.hex[:4].upper()}" in html
    assert candidate.display_name not in html
    assert candidate.email not in html


def test_the_queue_says_how_many_answers_need_marking(as_interviewer: Client, handed_in: Interview) -> None:
    (found,) = shown(as_interviewer)
    assert (found.to_mark, found.marked, found.lease_until) == (1, 0, None)  # type: ignore[attr-defined]  # annotated


def test_the_queue_shows_what_is_marked_and_until_when_it_is_held(
    as_interviewer: Client, marked: Review
) -> None:
    (found,) = shown(as_interviewer)
    marked.refresh_from_db()
    assert (found.to_mark, found.marked, found.lease_until) == (1, 1, marked.lease_until)  # type: ignore[attr-defined]  # annotated


def test_an_interview_that_another_holds_is_not_in_the_queue(
    sign_in: SignIn, claimed: Review, other_interviewer: User
) -> None:
    assert shown(sign_in(other_interviewer)) == []


# The order


def test_every_reviewer_has_an_order_of_their_own_that_stays(
    five: list[Interview], interviewer: User, other_interviewer: User
) -> None:
    places = {one.pk: one.place for one in waiting.queue(interviewer)}  # type: ignore[attr-defined]  # annotated
    assert list(waiting.queue(interviewer)) == sorted(five, key=lambda one: places[one.pk])
    theirs = {one.pk: one.place for one in waiting.queue(other_interviewer)}  # type: ignore[attr-defined]  # annotated
    assert all(places[pk] != place for pk, place in theirs.items())


def test_what_one_began_comes_first(five: list[Interview], interviewer: User) -> None:
    last = list(waiting.queue(interviewer))[-1]
    claim_review(last, interviewer)
    assert waiting.queue(interviewer).first() == last


# Filters


def test_filters_let_through_what_has_answers_of_that_kind_to_mark(
    as_interviewer: Client, handed_in: Interview
) -> None:
    assert shown(as_interviewer, area="backpropagation", kind="conceptual") == [handed_in]
    assert shown(as_interviewer, kind="design") == []
    assert shown(as_interviewer, area="deployment") == []


def test_the_queue_is_filtered_by_interview_and_by_how_long_it_waits(
    as_interviewer: Client, handed_in: Interview, template: Template
) -> None:
    ago = timezone.now() - timedelta(days=4)
    Interview.objects.update(
        started_at=ago - timedelta(hours=2), deadline_at=ago, closed_at=ago, close_reason=CloseReason.TIME_UP
    )
    assert shown(as_interviewer, template=template.slug, age="3") == [handed_in]
    assert shown(as_interviewer, template="another") == []
    assert shown(as_interviewer, age="7") == []


def test_a_filter_that_is_unknown_lets_everything_through(
    as_interviewer: Client, handed_in: Interview
) -> None:
    assert shown(as_interviewer, kind="sculpture", age="-1", area="no such slug!") == [handed_in]


def test_an_empty_result_of_filters_says_so(as_interviewer: Client, handed_in: Interview) -> None:
    html = page(as_interviewer.get(reverse("review_queue"), {"age": "7"}))
    assert "Nothing of that kind waits" in html
    assert "No answers to review" not in html


def test_filters_offer_only_what_occurs(as_interviewer: Client, handed_in: Interview) -> None:
    facets = {facet.name: facet.choices for facet in waiting.facets(handed_in.candidate, Asked())}
    assert facets["template"] == []
    offered = as_interviewer.get(reverse("review_queue")).context["facets"]
    assert {facet.name: facet.choices for facet in offered if facet.name != "age"} == {
        "template": [("first-interview", handed_in.title)],
        "area": [("backpropagation", "Backpropagation and fundamentals")],
        "kind": [("conceptual", "Concept")],
    }


# How it grows


def many(template: Template, candidate: User, count: int) -> None:
    """Interviews as they are after handing in, written in bulk."""
    model = Interview.objects.get()
    fields = {
        field.attname: getattr(model, field.attname)
        for field in Interview._meta.concrete_fields
        if field.name != "id"
    }
    interviews = Interview.objects.bulk_create([Interview(**fields) for _ in range(count)])
    items = list(model.items.all())
    Item.objects.bulk_create(
        Item(interview=one, position=item.position, section=item.section, release=item.release)
        for one in interviews
        for item in items
    )


def test_the_queue_takes_as_many_queries_for_3000_interviews_as_for_three(
    as_interviewer: Client,
    handed_in: Interview,
    candidate: User,
    template: Template,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    many(template, candidate, 2)
    with django_assert_num_queries(8):
        assert len(shown(as_interviewer)) == 3
    many_more = 2997
    Interview.objects.exclude(pk=handed_in.pk).delete()
    many(template, candidate, many_more + 2)
    with django_assert_num_queries(8):
        response = as_interviewer.get(reverse("review_queue"))
    assert (len(response.context["page"]), response.context["page"].paginator.count) == (50, 3000)
    with django_assert_num_queries(6):
        (question,) = as_interviewer.get(reverse("review_questions")).context["questions"]
    assert question.waiting == 3000


# Claiming


def test_claiming_leads_to_the_first_answer_that_needs_a_person(
    as_interviewer: Client, handed_in: Interview, interviewer: User, text_item: Item
) -> None:
    response = as_interviewer.post(reverse("review_claim", args=[handed_in.pk]))
    assert response.headers["location"] == reverse("review_item", args=[handed_in.pk, text_item.position])
    assert handed_in.reviews.get().reviewer == interviewer


def test_claiming_what_is_marked_already_leads_to_the_conclusion(
    as_interviewer: Client, handed_in: Interview, marked: Review
) -> None:
    response = as_interviewer.post(reverse("review_claim", args=[handed_in.pk]))
    assert response.headers["location"] == reverse("review_release", args=[handed_in.pk])


def test_claiming_what_another_holds_says_so(
    sign_in: SignIn, handed_in: Interview, claimed: Review, other_interviewer: User
) -> None:
    response = sign_in(other_interviewer).post(reverse("review_claim", args=[handed_in.pk]), follow=True)
    assert "or another reviewer holds it" in page(response)


def test_the_next_is_the_first_of_the_list(
    as_interviewer: Client, five: list[Interview], interviewer: User
) -> None:
    first = shown(as_interviewer)[0]
    as_interviewer.post(reverse("review_take"))
    assert Review.objects.get().interview == first


def test_the_next_keeps_to_the_filters(as_interviewer: Client, handed_in: Interview) -> None:
    response = as_interviewer.post(reverse("review_take"), {"kind": "design"}, follow=True)
    assert "Nothing waits here any more" in page(response)
    assert response.redirect_chain[0][0] == f"{reverse('review_queue')}?kind=design"
    assert Review.objects.count() == 0


def test_what_another_took_meanwhile_is_passed_over(
    five: list[Interview], interviewer: User, other_interviewer: User
) -> None:
    seen = list(waiting.queue(interviewer))
    claim_review(seen[0], other_interviewer)
    review = claim_first(seen, interviewer)
    assert review
    assert review.interview == seen[1]
    assert claim_first(seen[:1], interviewer) is None


# One question after another


def test_by_question_it_says_how_many_answers_wait_for_ones_own_marks(
    as_interviewer: Client, five: list[Interview], interviewer: User
) -> None:
    (question,) = as_interviewer.get(reverse("review_questions")).context["questions"]
    assert (question.slug, question.waiting) == ("explain-backpropagation", 5)
    assert question.oldest == min(one.closed_at for one in five if one.closed_at)


def test_by_question_saving_goes_to_the_next_answer_to_it_until_none_is_left(
    as_interviewer: Client, five: list[Interview]
) -> None:
    asked = {"question": "explain-backpropagation"}
    response = as_interviewer.post(reverse("review_take"), asked)
    visited = []
    while "question=" in response.headers["location"]:
        visited.append(response.headers["location"])
        response = as_interviewer.post(visited[-1], {"met": ["purpose"], "comment": ""})
    assert response.headers["location"] == reverse("review_questions")
    assert len(visited) == 5
    assert all(before != after for before, after in pairwise(visited))
    assert Review.objects.filter(marks__met=True).distinct().count() == 5
    assert Event.objects.filter(kind="claimed").count() == 5


def test_by_question_marking_opens_on_that_question_alone(
    as_interviewer: Client, handed_in: Interview, text_item: Item
) -> None:
    response = as_interviewer.post(
        reverse("review_take"), {"question": "explain-backpropagation"}, follow=True
    )
    assert f"Candidate {code_name(handed_in)} · question {text_item.position} of" in page(response)
