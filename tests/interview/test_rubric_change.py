"""Changed rubrics: who would move and by how much, and who may move them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from interview.exceptions import NotAllowed, NotReviewable, RubricRefused
from interview.models import (
    Event,
    Interview,
    Item,
    Question,
    Review,
    RubricChange,
    Template,
    User,
)
from interview.models.interview import CloseReason, Reveal
from interview.models.review import ReviewState
from interview.models.rubric_change import RubricChangeKind
from interview.models.user import Role
from interview.selectors import rubric_change as changes
from interview.selectors.report import report as make_report
from interview.selectors.rubric_change import AnswerState
from interview.services import second_look as second_looks
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.opinion import hand_over
from interview.services.practice import start_set
from interview.services.release import schedule_release
from interview.services.review import Judgement, claim_review, mark_item
from interview.services.rubric_change import MOVED_ON, Wish, apply
from tests.interview.conftest import concluded, some_entries
from tests.interview.curation import published, with_rubric
from tests.interview.rerating import (
    MET,
    WHOLE,
    Rubric,
    counts,
    harder_flag,
    heavier,
    larger,
    listed,
    recomputed,
    report_of,
    reworded,
    second,
    sent_back,
    whole,
    wish,
    without_flags,
    without_numbers,
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


# Who would move


@pytest.mark.parametrize(
    ("change", "after", "most"),
    [(heavier, 6, 12), (without_numbers, 2, 8), (harder_flag, 3, 10), (without_flags, 5, 10)],
)
def test_the_page_knows_the_points_now_and_by_the_new_rubric(
    marked: Review,
    question: Question,
    curator: User,
    change: Callable[[Rubric], None],
    after: float,
    most: float,
) -> None:
    with_rubric(question, curator, change)
    [answer] = listed(question, curator)
    [marking] = answer.markings
    assert (marking.now.reviewed, marking.now.max_points) == (4, 10)
    assert (marking.then.reviewed, marking.then.max_points) == (after, most)
    assert (answer.before, answer.after, answer.lacking()) == (4, after, set())


@pytest.mark.parametrize(
    ("change", "unmarked", "of_other_words"), [(larger, {"hooks"}, set()), (reworded, set(), {"purpose"})]
)
def test_the_page_knows_which_criteria_would_need_a_mark(
    marked: Review,
    question: Question,
    curator: User,
    change: Callable[[Rubric], None],
    unmarked: set[str],
    of_other_words: set[str],
) -> None:
    with_rubric(question, curator, change)
    [answer] = listed(question, curator)
    assert (answer.unmarked, answer.reworded) == (unmarked, of_other_words)


def test_another_worth_of_the_order_moves_by_the_share_of_its_pairs(
    kinds: Interview, entries_item: Item, candidate: User, interviewer: User, curator: User
) -> None:
    save_draft(entries_item, some_entries("the data", "the loss"), 0)
    review = claim_review(hand_in(kinds, candidate), interviewer)
    first, second = (one["id"] for one in entries_item.release.rubric_entries() if one.get("step") in {1, 2})
    mark_item(review, entries_item, Judgement([first, second], covered_by={first: 1, second: 2}))
    question = entries_item.release.question
    before = entries_item.release.order["points"]
    with_rubric(question, curator, lambda rubric: rubric["order"].update(points=2 * before))
    [answer] = listed(question, curator)
    [marking] = answer.markings
    now, then = marking.now.order, marking.then.order
    assert now
    assert then
    assert (now.right, then.right) == (1, 1)
    assert then.points == pytest.approx(2 * now.points)
    assert answer.after == pytest.approx(answer.before + now.points)


def test_a_release_with_the_same_rubric_moves_nobody(
    marked: Review, question: Question, curator: User
) -> None:
    published(question, curator, "Explain it in other words.\n")
    assert (listed(question, curator), changes.count(question, curator)) == ([], 0)


def test_publishing_changes_no_answer_by_itself(marked: Review, question: Question, curator: User) -> None:
    with_rubric(question, curator, heavier)
    assert (changes.count(question, curator), report_of(marked).points) == (1, 4)


def test_practice_what_runs_what_was_called_off_and_what_nobody_answered_are_not_listed(
    running: Interview, question: Question, curator: User, other_candidate: User, candidate: User
) -> None:
    hand_in(start_set(other_candidate, [question], Reveal.END), other_candidate)
    with_rubric(question, curator, heavier)
    assert listed(question, curator) == []  # one runs, one is practice
    hand_in(running, candidate)
    assert listed(question, curator) == []  # nothing was written


def test_what_was_cancelled_is_not_listed(handed_in: Interview, question: Question, curator: User) -> None:
    with_rubric(question, curator, heavier)
    Interview.objects.filter(pk=handed_in.pk).update(close_reason=CloseReason.CANCELLED)
    assert listed(question, curator) == []


def test_nobody_finds_or_moves_their_own_answer(
    marked: Review, question: Question, candidate: User, curator: User
) -> None:
    with_rubric(question, curator, heavier)
    candidate.role = Role.ADMIN
    candidate.save()
    assert (listed(question, candidate), changes.count(question, candidate)) == ([], 0)
    outcome = apply(question, candidate, wish(question, curator, RubricChangeKind.RECOMPUTED))
    assert [why for _, why in outcome.refused] == [MOVED_ON]
    assert report_of(marked).points == 4


def test_points_of_one_of_two_reviewers_are_hidden_until_both_have_marked(
    marked: Review, question: Question, curator: User, other_interviewer: User, text_item: Item
) -> None:
    Interview.objects.update(marked_twice=True)
    with_rubric(question, curator, heavier)
    assert [answer.is_hidden for answer in listed(question, curator)] == [True]
    hand_over(marked, WHOLE)
    assert [answer.is_hidden for answer in listed(question, curator)] == [True]
    second(marked, other_interviewer, text_item)
    [answer] = listed(question, curator)
    assert (answer.state, answer.is_hidden) == (AnswerState.TO_SETTLE, False)
    assert [(one.now.reviewed, one.then.reviewed) for one in answer.markings] == [(4, 6), (1, 3)]


# Recomputing


def test_recomputing_moves_the_points_and_leaves_the_review_where_it_was(
    marked: Review, question: Question, curator: User
) -> None:
    newer = with_rubric(question, curator, heavier)
    assert counts(recomputed(question, curator)) == (1, 0, 0, 0)
    found = report_of(marked)
    assert (found.points, found.max_points, found.rubric, found.is_marked) == (6, 12, newer, True)
    assert (Review.objects.get().state, listed(question, curator)) == (ReviewState.DRAFT, [])
    change = RubricChange.objects.get()
    assert (change.points_before, change.points_after, change.changed_by) == (4, 6, curator)
    assert (change.from_release.number, change.to_release, change.anew) == (1, newer, [])
    assert Event.objects.filter(kind="recomputed", actor=curator, item=found.item).count() == 1


def test_what_is_scheduled_stays_scheduled_when_it_is_recomputed(
    marked: Review, question: Question, curator: User
) -> None:
    schedule_release(marked, WHOLE, timezone.now() + timedelta(hours=1))
    with_rubric(question, curator, heavier)
    assert counts(recomputed(question, curator)) == (1, 0, 0, 0)
    assert (Review.objects.get().state, report_of(marked).points) == (ReviewState.SCHEDULED, 6)


def test_what_lacks_a_mark_is_not_recomputed_and_is_named(
    marked: Review, question: Question, curator: User, text_item: Item
) -> None:
    with_rubric(question, curator, larger)
    outcome = recomputed(question, curator)
    assert outcome.refused == [
        (text_item, "1 criterion has no mark that holds: send it back for review instead.")
    ]
    assert (report_of(marked).points, RubricChange.objects.count()) == (4, 0)


def test_a_reworded_criterion_is_recomputed_only_where_somebody_says_that_it_means_the_same(
    marked: Review, question: Question, curator: User
) -> None:
    with_rubric(question, curator, reworded)
    assert counts(recomputed(question, curator)) == (0, 0, 0, 1)
    assert counts(recomputed(question, curator, "purpose")) == (1, 0, 0, 0)
    assert report_of(marked).is_marked


def test_the_automatic_part_and_a_reviewers_points_for_it_stay(
    handed_in: Interview, released: Review, question: Question, curator: User
) -> None:
    before = make_report(whole(handed_in))
    with_rubric(question, curator, heavier)
    recomputed(question, curator)
    after = make_report(whole(handed_in))
    assert (after.automatic, after.max_automatic) == (before.automatic, before.max_automatic)
    assert (after.points, after.max_points) == (before.points + 2, before.max_points + 2)
    assert (after.reviewed, after.max_reviewed) == (before.reviewed + 2, before.max_reviewed + 2)


def test_points_that_a_second_look_gave_stay_what_counts(
    released: Review,
    text_item: Item,
    candidate: User,
    other_interviewer: User,
    question: Question,
    curator: User,
) -> None:
    look = second_looks.ask(text_item, candidate, "Sentence 2 names the cache.")
    second_looks.answer(look, other_interviewer, "It does.", 7)
    seen = with_rubric(question, curator, heavier)
    assert listed(question, curator) == []
    assert changes.kept_by_second_looks(changes.rubrics_of(question)) == 1
    assert (report_of(released).points, report_of(released).max_points, seen.number) == (7, 10, 2)


# Who may, and what changed meanwhile


@pytest.mark.parametrize("role", [Role.INTERVIEWER, Role.AUTHOR, Role.TESTER, Role.CANDIDATE])
def test_only_who_curates_moves_answers(
    marked: Review, question: Question, curator: User, person: Callable[..., User], role: Role
) -> None:
    with_rubric(question, curator, heavier)
    with pytest.raises(NotAllowed):
        apply(question, person("mia", role), wish(question, curator, RubricChangeKind.RECOMPUTED))
    assert RubricChange.objects.count() == 0


def test_a_reason_is_needed_and_a_newer_release_stops_all(
    marked: Review, question: Question, curator: User
) -> None:
    with_rubric(question, curator, heavier)
    asked = wish(question, curator, RubricChangeKind.RECOMPUTED)
    with pytest.raises(RubricRefused, match="Say why"):
        apply(question, curator, Wish(asked.kind, asked.newest, asked.seen, "  "))
    with_rubric(question, curator, larger)
    with pytest.raises(RubricRefused, match="a newer release was published"):
        apply(question, curator, asked)


def test_a_mark_between_the_numbers_and_the_press_is_not_moved_unseen_and_others_go_through(
    marked: Review, question: Question, curator: User, another: Item, text_item: Item
) -> None:
    with_rubric(question, curator, heavier)
    asked = wish(question, curator, RubricChangeKind.RECOMPUTED)
    mark_item(marked, text_item, Judgement(["numbers"]))
    outcome = apply(question, curator, asked)
    assert outcome.recomputed == [another]
    assert outcome.refused == [(text_item, MOVED_ON)]
    assert report_of(marked).points == 2


@pytest.fixture
def another(another_handed_in: Interview, other_interviewer: User, question: Question) -> Item:
    """Another candidate's answer to the same question, marked."""
    item = another_handed_in.items.get(release__question=question)
    mark_item(claim_review(another_handed_in, other_interviewer), item, Judgement(["purpose"]))
    return item


@pytest.fixture
def another_handed_in(other_candidate: User, template: Template) -> Interview:
    started = start_interview(other_candidate, template)
    save_draft(started.items.get(position=1), {"text": "It is the chain rule."}, 0)
    return hand_in(started, other_candidate)


def test_a_release_between_the_numbers_and_the_press_is_noticed(
    marked: Review, question: Question, curator: User
) -> None:
    with_rubric(question, curator, heavier)
    asked = wish(question, curator, RubricChangeKind.RECOMPUTED)
    concluded(marked, "yes", "Names both passes.", "Go deeper.")
    assert [why for _, why in apply(question, curator, asked).refused] == [MOVED_ON]


def test_a_press_twice_moves_once(marked: Review, question: Question, curator: User) -> None:
    with_rubric(question, curator, heavier)
    asked = wish(question, curator, RubricChangeKind.RECOMPUTED)
    assert [counts(apply(question, curator, asked)) for _ in range(2)] == [(1, 0, 0, 0), (0, 0, 0, 1)]
    assert RubricChange.objects.count() == 1


def test_marks_made_on_a_page_of_the_older_rubric_are_refused(
    marked: Review, question: Question, curator: User, text_item: Item
) -> None:
    with_rubric(question, curator, larger)
    sent_back(question, curator)
    with pytest.raises(NotReviewable, match="rubric of this question was changed"):
        mark_item(marked, text_item, Judgement([]))
    assert {one.id for one in report_of(marked).entries if one.met is None} == {"hooks"}
