"""A mark on its way while somebody moves the answer to another rubric, on connections of their own."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import pgtrigger
import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from interview.models import Event, Interview, Item, Release, Review, RubricChange, Template, User
from interview.models.rubric_change import RubricChangeKind
from interview.models.user import Role
from interview.selectors import rubric_change as changes
from interview.selectors.report import item_report
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.rubric_change import Wish, apply
from tests.interview.test_zero import at_once


@dataclass
class Scene:
    curator: User
    review: Review
    item: Item
    newer: Release


@pytest.fixture
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """A marked answer and a release with another rubric, which every connection sees; gone afterwards."""
    with django_db_blocker.unblock():
        roles = {"candidate": Role.CANDIDATE, "curator": Role.CURATOR, "interviewer": Role.INTERVIEWER}
        people = {
            name: User.objects.create_user(f"{name}@race.example", display_name=name, role=role)
            for name, role in roles.items()
        }
        made = _made(people)
        yield made
        with pgtrigger.ignore():
            _forget(made, people)
        connection.close()


def _made(people: dict[str, User]) -> Scene:
    sitting = start_interview(people["candidate"], Template.objects.get(slug="first-interview"))
    text = sitting.items.get(position=1)
    save_draft(text, {"text": "It is the chain rule."}, 0)
    hand_in(sitting, people["candidate"])
    review = claim_review(sitting, people["interviewer"])
    mark_item(review, text, Judgement(["purpose"]))
    return Scene(people["curator"], review, text, _next_release(text.release))


def _next_release(release: Release) -> Release:
    """With the same files, which are proven, and two points more for the purpose."""
    newer = deepcopy(Release.objects.get(pk=release.pk))
    newer.pk, newer.number = None, release.number + 1
    newer.rubric["criteria"][0]["points"] += 2
    newer.rubric_points += 2
    newer.save(force_insert=True)
    return newer


def _forget(made: Scene, people: dict[str, User]) -> None:
    RubricChange.objects.filter(item=made.item).delete()
    for model in (Event, Review):
        model.objects.filter(interview__candidate=people["candidate"]).delete()
    Interview.objects.filter(candidate=people["candidate"]).delete()
    Release.objects.filter(pk=made.newer.pk).delete()
    User.objects.filter(pk__in=[person.pk for person in people.values()]).delete()


def test_a_mark_on_its_way_and_a_press_take_turns_and_whoever_comes_second_is_refused(scene: Scene) -> None:
    rubrics = changes.rubrics_of(scene.newer.question)
    [answer] = changes.answers(changes.marked_by_older(rubrics, scene.curator), rubrics)
    wish = Wish(RubricChangeKind.RECOMPUTED, scene.newer.number, {scene.item.pk: answer.seen}, "Too strict.")
    outcomes = []
    refused = at_once(
        lambda: mark_item(scene.review, scene.item, Judgement(["numbers"])),
        lambda: outcomes.append(apply(scene.newer.question, scene.curator, wish)),
    )
    [outcome] = outcomes
    points = item_report(Item.objects.get(pk=scene.item.pk), Review.objects.get(pk=scene.review.pk)).reviewed
    assert (points, refused, len(outcome.refused)) in [(3, ["not_reviewable"], 0), (2, [], 1)]
