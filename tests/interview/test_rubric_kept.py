"""What Postgres keeps of changed rubrics, whoever writes, and whoever else writes at the same moment."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from interview.models import (
    Event,
    Interview,
    Item,
    Question,
    Release,
    Review,
    RubricChange,
    SecondLook,
    Template,
    User,
)
from interview.models.interview import Reveal
from interview.models.rubric_change import RubricChangeKind
from interview.models.user import Role
from interview.selectors import rubric_change as changes
from interview.selectors.report import item_report
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.practice import start_set
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.rubric_change import Wish, apply
from tests.interview.conftest import concluded
from tests.interview.curation import with_rubric
from tests.interview.rerating import (
    MET,
    heavier,
    larger,
    recomputed,
)
from tests.interview.test_zero import at_once


@pytest.fixture
def curator(person: Callable[..., User]) -> User:
    return person("cora", Role.CURATOR)


@pytest.fixture
def question(text_item: Item) -> Question:
    return text_item.release.question


@pytest.fixture
def marked(handed_in: Interview, interviewer: User, text_item: Item) -> Review:
    review = claim_review(handed_in, interviewer)
    mark_item(review, text_item, Judgement(MET, "Good."))
    return review


@pytest.fixture
def released(marked: Review) -> Review:
    return concluded(marked, "yes", "Names both passes.", "Go deeper.")


# What the database keeps


def test_postgres_keeps_a_change_of_rubric_as_it_was(
    marked: Review, question: Question, curator: User
) -> None:
    with_rubric(question, curator, heavier)
    recomputed(question, curator)
    for act in (
        lambda: RubricChange.objects.update(reason="None."),
        lambda: RubricChange.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_postgres_refuses_a_change_that_did_not_happen_or_has_no_reason(
    marked: Review, question: Question, curator: User, text_item: Item
) -> None:
    newer = with_rubric(question, curator, heavier)
    words = {"item": text_item, "from_release": text_item.release, "to_release": newer, "changed_by": curator}
    words |= {"kind": "recomputed", "changed_at": timezone.now()}
    with pytest.raises(DatabaseError, match="marked by the new one"), transaction.atomic():
        RubricChange.objects.create(**words, reason="Why not.")
    Item.objects.filter(pk=text_item.pk).update(rubric_release=newer)
    for wrong in (
        {"reason": ""},
        {"reason": "x", "kind": "else"},
        {"reason": "x", "from_release": newer},
        {"reason": "x", "anew": ["hooks"]},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            RubricChange.objects.create(**(words | wrong))


def test_postgres_refuses_a_rubric_of_another_question_an_older_one_and_one_for_what_does_not_count(
    marked: Review, question: Question, curator: User, text_item: Item, other_candidate: User
) -> None:
    second_release = with_rubric(question, curator, heavier)
    third = with_rubric(question, curator, larger)
    foreign = Release.objects.exclude(question=question).first()
    practised = start_set(other_candidate, [question], Reveal.END).items.get()
    Item.objects.filter(pk=text_item.pk).update(rubric_release=third)
    for item, to in (
        (text_item, foreign),
        (text_item, second_release),
        (text_item, None),
        (practised, third),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            Item.objects.filter(pk=item.pk).update(rubric_release=to)


def test_postgres_refuses_an_item_that_begins_with_a_newer_rubric(
    marked: Review, question: Question, curator: User, text_item: Item
) -> None:
    newer = with_rubric(question, curator, heavier)
    with pytest.raises(DatabaseError), transaction.atomic():
        Item.objects.create(
            interview=text_item.interview,
            position=9,
            section=0,
            release=text_item.release,
            rubric_release=newer,
        )


def test_postgres_refuses_a_second_look_of_others_without_a_rubric(
    released: Review, curator: User, text_item: Item
) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        SecondLook.objects.create(item=text_item, reason="x", asked_at=timezone.now(), asked_by=curator)


# At once, on connections of their own


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
