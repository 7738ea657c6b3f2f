"""What a report on paper says of a level, of one's own marks, and of two opinions, as its page does."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from interview.models import Interview, Item, Template, User
from interview.models.question import Level
from interview.models.user import Role
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.self_assessment import open_criteria, save
from tests.interview.conftest import concluded, handed_over
from tests.interview.paper import paper

SignIn = Callable[[User], Client]
CRITERIA = ["purpose", "chain-rule", "numbers"]


@pytest.fixture
def template(template: Template) -> Template:
    Template.objects.filter(pk=template.pk).update(level=Level.MID, self_assessment=True)
    template.refresh_from_db()
    return template


def on_paper(client: Client, interview: Interview) -> str:
    return paper(client.get(reverse("report_pdf", args=[interview.pk]))).text


def test_it_draws_what_the_level_expects_and_says_how_the_points_stand_to_it(
    handed_in: Interview, interviewer: User, candidate: User, text_item: Item, sign_in: SignIn
) -> None:
    review = claim_review(handed_in, interviewer)
    mark_item(review, text_item, Judgement(CRITERIA))
    concluded(review, "yes", "Seen.", "Good.")
    told = on_paper(sign_in(candidate), handed_in)
    assert "Above what mid level expects in Backpropagation and fundamentals." in told
    assert "Disc: you. Ring: what mid level expects." in told
    assert "Backpropagation and fundamentals 83 % 77 % ↑ above 23 of 28" in told


def test_it_says_where_its_candidate_and_the_interviewer_differ(
    handed_in: Interview, interviewer: User, candidate: User, text_item: Item, sign_in: SignIn
) -> None:
    save(open_criteria(handed_in, candidate), candidate, {text_item.pk: ["purpose", "cost"]}, 0)
    review = claim_review(handed_in, interviewer)
    mark_item(review, text_item, Judgement(CRITERIA))
    concluded(review, "yes", "Seen.", "Good.")
    told = on_paper(sign_in(candidate), handed_in)
    assert "You gave yourself 2 of 10 points where your interviewer gave 5. You differ on 3 of 8" in told
    assert told.count("You marked it met, too") == 1
    assert told.count("You marked it not met, too") == 4
    assert told.count("You marked it") == 8


def test_it_says_that_two_marked_it_and_who_settled(
    handed_in: Interview,
    interviewer: User,
    other_interviewer: User,
    candidate: User,
    person: Callable[..., User],
    sign_in: SignIn,
) -> None:
    Interview.objects.filter(pk=handed_in.pk).update(marked_twice=True)
    handed_in.refresh_from_db()
    for one in (interviewer, other_interviewer):
        handed_over(handed_in, one, CRITERIA)
    concluded(claim_review(handed_in, person("thea", Role.INTERVIEWER)), "yes", "Seen.", "Good.")
    told = on_paper(sign_in(candidate), handed_in)
    assert "Two reviewers marked it, each without the other; Thea settled where they differed" in told
    assert "Ines" not in told
