"""Answers sent back for a changed rubric, in every state that a review can be in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from interview.exceptions import IncompleteReview, NotReviewable
from interview.models import (
    Interview,
    Item,
    Mark,
    Question,
    Review,
    RubricChange,
    SecondLook,
    User,
)
from interview.models.review import ReviewState
from interview.models.user import Role
from interview.selectors import rubric_change as changes
from interview.selectors import waiting
from interview.selectors.report import report as make_report
from interview.selectors.rubric_change import AnswerState
from interview.services import second_look as second_looks
from interview.services.opinion import hand_over
from interview.services.release import schedule_release
from interview.services.review import Judgement, claim_review, mark_item
from tests.interview.conftest import concluded
from tests.interview.curation import with_rubric
from tests.interview.rerating import (
    MET,
    WHOLE,
    counts,
    entry,
    heavier,
    larger,
    listed,
    listed_item,
    opinions,
    recomputed,
    report_of,
    reworded,
    second,
    sent_back,
    whole,
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


# Sending back


def test_what_waits_is_marked_by_the_new_rubric_from_the_start(
    handed_in: Interview, question: Question, curator: User, interviewer: User, text_item: Item
) -> None:
    newer = with_rubric(question, curator, larger)
    assert [answer.state for answer in listed(question, curator)] == [AnswerState.AWAITING]
    assert counts(sent_back(question, curator)) == (0, 1, 0, 0)
    review = claim_review(handed_in, interviewer)
    mark_item(review, Item.objects.get(pk=text_item.pk), Judgement(["purpose", "hooks"]))
    assert (report_of(review).points, report_of(review).rubric) == (3, newer)
    assert set(Mark.objects.values_list("rubric_release", flat=True)) == {newer.pk}


def test_a_review_that_is_under_way_keeps_its_marks_and_lacks_the_new_ones(
    marked: Review, question: Question, curator: User
) -> None:
    with_rubric(question, curator, lambda rubric: (larger(rubric), reworded(rubric)))
    assert counts(sent_back(question, curator)) == (0, 1, 0, 0)
    found = report_of(marked)
    said = {one.id: (one.met, one.was) for one in found.entries}
    assert (said["hooks"], said["purpose"], said["numbers"]) == ((None, None), (None, True), (True, None))
    assert (found.is_marked, found.reviewed) == (False, 3)
    with pytest.raises(IncompleteReview, match="question 1 is not marked"):
        concluded(marked, "yes", "E", "S")
    mark_item(marked, found.item, Judgement(["purpose", "hooks"]))
    assert (report_of(marked).is_marked, report_of(marked).points) == (True, 3)


def test_a_rewording_that_means_the_same_needs_no_mark_beside_one_that_is_new(
    marked: Review, question: Question, curator: User
) -> None:
    with_rubric(question, curator, lambda rubric: (larger(rubric), reworded(rubric)))
    sent_back(question, curator, "purpose")
    assert RubricChange.objects.get().anew == ["hooks"]
    assert {one.id for one in report_of(marked).entries if one.met is None} == {"hooks"}


def test_what_is_scheduled_goes_back_to_a_draft(marked: Review, question: Question, curator: User) -> None:
    schedule_release(marked, WHOLE, timezone.now() + timedelta(hours=1))
    with_rubric(question, curator, larger)
    assert [answer.state for answer in listed(question, curator)] == [AnswerState.SCHEDULED]
    assert counts(sent_back(question, curator)) == (0, 1, 0, 0)
    review = Review.objects.get()
    assert (review.state, review.release_at) == (ReviewState.DRAFT, None)


def test_what_needs_no_mark_is_not_sent_back(marked: Review, question: Question, curator: User) -> None:
    with_rubric(question, curator, heavier)
    [(_, why)] = sent_back(question, curator).refused
    assert why == "Every criterion has a mark already: recompute it instead."


def test_the_queue_shows_what_was_sent_back_as_unmarked(
    marked: Review, question: Question, curator: User, interviewer: User
) -> None:
    asked = waiting.Asked(question=question.slug)
    assert (waiting.queue(interviewer).get().marked, waiting.questions(interviewer, asked)) == (1, [])
    with_rubric(question, curator, reworded)
    sent_back(question, curator)
    assert waiting.queue(interviewer).get().marked == 0
    assert [one.waiting for one in waiting.questions(interviewer, asked)] == [1]
    mark_item(marked, Item.objects.get(pk=listed_item(marked).pk), Judgement(MET))
    assert (waiting.queue(interviewer).get().marked, waiting.questions(interviewer, asked)) == (1, [])


def test_a_second_change_asks_only_for_what_it_changed(
    marked: Review, question: Question, curator: User
) -> None:
    with_rubric(question, curator, larger)
    sent_back(question, curator)
    mark_item(marked, listed_item(marked), Judgement([*MET, "hooks"]))
    with_rubric(question, curator, reworded)
    assert counts(recomputed(question, curator, "purpose")) == (1, 0, 0, 0)
    assert (report_of(marked).is_marked, report_of(marked).points) == (True, 6)
    with_rubric(question, curator, lambda rubric: entry(rubric, "hooks").update(describe="Names two hooks."))
    sent_back(question, curator)
    assert {one.id for one in report_of(marked).entries if one.met is None} == {"hooks"}


# Where two mark


@pytest.fixture
def both(marked: Review, other_interviewer: User, text_item: Item) -> list[Review]:
    Interview.objects.update(marked_twice=True)
    first = hand_over(Review.objects.get(pk=marked.pk), WHOLE)
    return [first, second(first, other_interviewer, text_item)]


def test_what_both_handed_over_is_settled_by_the_new_rubric_and_stays_as_it_was(
    both: list[Review], question: Question, curator: User, admin: User
) -> None:
    before = list(Mark.objects.order_by("pk").values())
    with_rubric(question, curator, lambda rubric: (larger(rubric), reworded(rubric)))
    assert counts(sent_back(question, curator)) == (0, 1, 0, 0)
    assert list(Mark.objects.order_by("pk").values()) == before
    item = opinions(both[0]).items[0]
    said = {one.entry.id: (one.voices[0].met, one.voices[1].met, one.differs) for one in item.opinions}
    assert (said["hooks"], said["purpose"]) == ((None, None, True), (None, None, True))
    assert said["clarity"] == (False, False, False)
    settling = claim_review(both[0].interview, admin)
    assert (settling.settles, report_of(settling).is_marked) == (True, False)
    mark_item(settling, listed_item(settling), Judgement(["purpose", "hooks"]))
    assert report_of(settling).points == 3


def test_what_settles_lacks_the_new_marks_when_it_is_sent_back(
    both: list[Review], question: Question, curator: User, admin: User
) -> None:
    settling = claim_review(both[0].interview, admin)
    mark_item(settling, listed_item(settling), Judgement(["purpose"]))
    schedule_release(settling, WHOLE, timezone.now() + timedelta(hours=1))
    with_rubric(question, curator, larger)
    [answer] = listed(question, curator)
    assert (answer.state, [one.now.reviewed for one in answer.markings]) == (AnswerState.SCHEDULED, [1])
    assert counts(sent_back(question, curator)) == (0, 1, 0, 0)
    assert Review.objects.get(pk=settling.pk).state == ReviewState.DRAFT
    assert {one.id for one in report_of(settling).entries if one.met is None} == {"hooks"}


def test_after_one_handed_over_the_other_marks_by_the_new_rubric_and_what_one_was_not_asked_is_to_settle(
    marked: Review, other_interviewer: User, text_item: Item, question: Question, curator: User
) -> None:
    Interview.objects.update(marked_twice=True)
    first = hand_over(Review.objects.get(pk=marked.pk), WHOLE)
    with_rubric(question, curator, larger)
    assert [answer.state for answer in listed(question, curator)] == [AnswerState.HANDED_OVER]
    assert counts(sent_back(question, curator)) == (0, 1, 0, 0)
    other = second(first, other_interviewer, text_item)
    assert report_of(other).is_marked
    said = {one.entry.id: one for one in opinions(first).items[0].opinions}
    assert (said["hooks"].voices[0].met, said["hooks"].voices[1].met) == (None, False)
    assert (said["hooks"].differs, said["purpose"].differs) == (True, False)


def test_what_both_handed_over_is_recomputed_for_both(
    both: list[Review], question: Question, curator: User
) -> None:
    with_rubric(question, curator, heavier)
    assert counts(recomputed(question, curator)) == (1, 0, 0, 0)
    assert [one.items[0].points for _, one in opinions(both[0]).reports] == [6, 3]
    assert RubricChange.objects.get().points_after is None  # nobody has settled


# What is released


def test_a_released_answer_is_sent_to_a_second_look_by_the_new_rubric(
    released: Review, question: Question, curator: User, interviewer: User, other_interviewer: User
) -> None:
    newer = with_rubric(question, curator, larger)
    assert counts(sent_back(question, curator)) == (0, 0, 1, 0)
    look = SecondLook.objects.get()
    assert (look.asked_by, look.rubric_release, look.max_points) == (curator, newer, 12)
    assert (report_of(released).points, report_of(released).max_points) == (4, 10)
    assert (listed(question, curator), changes.count(question, curator)) == ([], 0)
    with pytest.raises(NotReviewable):
        second_looks.answer(look, interviewer, "My own marks.", 12)
    second_looks.answer(look, other_interviewer, "Names hooks.", 12)
    assert (report_of(released).points, report_of(released).max_points) == (12, 12)
    assert make_report(whole(released.interview)).areas[0].fraction == 1


def test_where_the_marks_stand_they_stay_out_of_what_their_own_rubric_gives(
    released: Review, question: Question, curator: User, other_interviewer: User
) -> None:
    with_rubric(question, curator, larger)
    sent_back(question, curator)
    second_looks.answer(SecondLook.objects.get(), other_interviewer, "No word of hooks.", None)
    assert (report_of(released).points, report_of(released).max_points) == (4, 10)
    assert listed(question, curator) == []


def test_an_answer_that_had_its_second_look_is_not_sent_to_another(
    released: Review, text_item: Item, candidate: User, question: Question, curator: User
) -> None:
    second_looks.ask(text_item, candidate, "Sentence 2 names the cache.")
    with_rubric(question, curator, larger)
    [(item, why)] = sent_back(question, curator).refused
    assert (item, why) == (text_item, "It had a second look, or waits for one, and an answer has one only.")
