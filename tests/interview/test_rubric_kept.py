"""What Postgres keeps of changed rubrics, whoever writes."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from interview.models import (
    Interview,
    Item,
    Question,
    Release,
    Review,
    RubricChange,
    SecondLook,
    User,
)
from interview.models.interview import Reveal
from interview.models.user import Role
from interview.services.practice import start_set
from interview.services.review import Judgement, claim_review, mark_item
from tests.interview.conftest import concluded
from tests.interview.curation import with_rubric
from tests.interview.rerating import (
    MET,
    heavier,
    larger,
    recomputed,
)


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
