"""Marked twice: two reviewers apart from each other, what they agree on, and a third who settles the rest."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interview.exceptions import IncompleteReview, NotReviewable
from interview.models import Comment, Interview, Item, Mark, Override, Review, Template, User
from interview.models.event import EventKind
from interview.models.review import ReviewState
from interview.models.user import Role
from interview.selectors import interview as interviews
from interview.selectors import second_look as second_looks
from interview.selectors import waiting
from interview.selectors.opinion import Opinions, opinions_of
from interview.selectors.report import report
from interview.services import second_look
from interview.services.interview import start_interview
from interview.services.opinion import ask_second_opinion, hand_over
from interview.services.release import Conclusion, release_review, save_conclusion, schedule_release
from interview.services.remark import remark
from interview.services.review import Judgement, claim_review, mark_item
from tests.interview.conftest import concluded, conclusion_of, handed_over

SignIn = Callable[[User], Client]
Person = Callable[..., User]
HERS, HIS = ["purpose", "chain-rule", "cost"], ["purpose", "chain-rule", "memory"]


def page(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def twice(handed_in: Interview) -> Interview:
    """The candidate's interview, chosen to be marked by two."""
    Interview.objects.filter(pk=handed_in.pk).update(marked_twice=True)
    handed_in.refresh_from_db()
    return handed_in


@pytest.fixture
def third(person: Person) -> User:
    return person("thea", Role.INTERVIEWER)


@pytest.fixture
def both_in(twice: Interview, interviewer: User, other_interviewer: User) -> Interview:
    """Marked by both; they differ on two criteria of the text."""
    handed_over(twice, interviewer, HERS)
    handed_over(twice, other_interviewer, HIS)
    return twice


@pytest.fixture
def settling(both_in: Interview, third: User) -> Review:
    return claim_review(both_in, third)


def whole(interview: Interview) -> Interview:
    return interviews.with_items(Interview.objects.filter(pk=interview.pk)).get()


def both_of(interview: Interview) -> Opinions:
    found = opinions_of(whole(interview))
    assert found
    return found


def in_queue(user: User) -> list[Interview]:
    return list(waiting.queue(user))


# Which interviews


@pytest.mark.parametrize(("percent", "is_chosen"), [(0, False), (100, True)])
def test_the_settings_of_a_template_say_how_many_are_marked_twice(
    candidate: User, template: Template, percent: int, is_chosen: bool
) -> None:
    Template.objects.filter(pk=template.pk).update(twice_percent=percent)
    template.refresh_from_db()
    assert start_interview(candidate, template).marked_twice is is_chosen


def test_which_ones_follows_from_the_seed_that_nobody_can_guess(
    candidate: User, template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    Template.objects.filter(pk=template.pk).update(twice_percent=40)
    template.refresh_from_db()
    chosen = []
    for seed in (1_239, 1_240):
        monkeypatch.setattr("interview.services.interview.new_seed", lambda seed=seed: seed)
        started = start_interview(candidate, template)
        chosen.append(started.marked_twice)
        Interview.objects.filter(pk=started.pk).update(close_reason="cancelled", closed_at=timezone.now())
    assert chosen == [True, False]


def test_a_reviewer_can_ask_for_a_second_opinion(
    handed_in: Interview, interviewer: User, other_interviewer: User
) -> None:
    review = claim_review(handed_in, interviewer)
    assert in_queue(other_interviewer) == []
    ask_second_opinion(review)
    ask_second_opinion(review)
    assert in_queue(other_interviewer) == [handed_in]
    assert handed_in.events.filter(kind=EventKind.ASKED_SECOND_OPINION).count() == 1


def test_a_scheduled_release_is_taken_back_before_a_second_opinion(
    handed_in: Interview, interviewer: User, text_item: Item
) -> None:
    review = claim_review(handed_in, interviewer)
    mark_item(review, text_item, Judgement(HERS))
    schedule_release(
        review, conclusion_of(review, "yes", "Seen.", "Good."), timezone.now() + timedelta(hours=1)
    )
    with pytest.raises(NotReviewable, match="off the schedule"):
        ask_second_opinion(review)


# Apart from each other


def test_two_hold_it_at_once_and_a_third_finds_no_place(
    twice: Interview, interviewer: User, other_interviewer: User, third: User
) -> None:
    claim_review(twice, interviewer)
    claim_review(twice, other_interviewer)
    assert in_queue(third) == []
    with pytest.raises(NotReviewable):
        claim_review(twice, third)


def test_the_place_of_a_lease_that_ended_is_free_for_another(
    twice: Interview, interviewer: User, other_interviewer: User, third: User
) -> None:
    claim_review(twice, interviewer)
    claim_review(twice, other_interviewer)
    later = timezone.now() + settings.REVIEW_LEASE + timedelta(seconds=1)
    assert claim_review(twice, third, later).settles is False


def test_the_second_sees_nothing_of_what_the_first_marked(
    twice: Interview, interviewer: User, other_interviewer: User, sign_in: SignIn, text_item: Item
) -> None:
    review = claim_review(twice, interviewer)
    mark_item(review, text_item, Judgement(["cost"], "Words of the first.", reasons={"cost": "Told of it."}))
    remark(review, text_item, "", 1, "A place of the first.")
    hand_over(review, conclusion_of(review, "no", "Evidence of the first.", "Summary of the first."))
    desk = sign_in(other_interviewer)
    desk.post(reverse("review_claim", args=[twice.pk]))
    seen = page(desk.get(reverse("review_item", args=[twice.pk, text_item.position])))
    seen += page(desk.get(reverse("review_release", args=[twice.pk])))
    for words in ("Words of the first", "Told of it", "A place of the first", "Evidence of", "Summary of"):
        assert words not in seen
    assert "checked" not in seen
    assert desk.get(reverse("review_opinions", args=[twice.pk])).status_code == 404


def test_neither_of_two_releases(twice: Interview, interviewer: User, text_item: Item) -> None:
    review = claim_review(twice, interviewer)
    mark_item(review, text_item, Judgement(HERS))
    with pytest.raises(NotReviewable, match="a third settles and releases"):
        concluded(review, "yes", "Seen.", "Good.")
    with pytest.raises(NotReviewable, match="a third settles and releases"):
        schedule_release(
            review, conclusion_of(review, "yes", "Seen.", "Good."), timezone.now() + timedelta(hours=1)
        )


def test_what_is_incomplete_is_not_handed_over(twice: Interview, interviewer: User) -> None:
    review = claim_review(twice, interviewer)
    with pytest.raises(IncompleteReview, match="question 1 is not marked"):
        hand_over(review, Conclusion("yes", "Seen.", "Good."))


def test_where_one_reviewer_marks_there_is_nobody_to_hand_over_to(
    handed_in: Interview, interviewer: User
) -> None:
    with pytest.raises(NotReviewable, match="nobody to hand this over to"):
        handed_over(handed_in, interviewer, HERS)


def test_what_was_handed_over_stays_as_it_is(twice: Interview, interviewer: User, text_item: Item) -> None:
    review = handed_over(twice, interviewer, HERS)
    for attempt in (
        lambda: mark_item(review, text_item, Judgement([])),
        lambda: remark(review, text_item, "", 1, "One more."),
        lambda: save_conclusion(review, Conclusion("no", "", "")),
    ):
        with pytest.raises(NotReviewable, match="stay as they are"):
            attempt()
    assert in_queue(interviewer) == []


# What the database keeps


def test_postgres_refuses_to_change_marks_that_were_handed_over(
    twice: Interview, interviewer: User, text_item: Item
) -> None:
    review = handed_over(twice, interviewer, HERS)
    place = {"review": review, "item": text_item}
    for attempt in (
        lambda: Mark.objects.filter(review=review).update(met=False),
        lambda: Override.objects.create(**place, points=1, reason="x"),
        lambda: Comment.objects.create(**place, line=1, body="x"),
    ):
        with pytest.raises(DatabaseError, match="stay as they are"), transaction.atomic():
            attempt()


def test_postgres_refuses_a_release_of_one_of_two(twice: Interview, interviewer: User) -> None:
    review = claim_review(twice, interviewer)
    now = timezone.now()
    with pytest.raises(IntegrityError, match="what settles their differences"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(
            state=ReviewState.RELEASED, released_at=now, recommendation="yes", evidence="x"
        )


def test_postgres_refuses_to_settle_before_both_are_in(twice: Interview, interviewer: User) -> None:
    handed_over(twice, interviewer, HERS)
    now = timezone.now()
    words = {"interview": twice, "reviewer": interviewer, "settles": True}
    with pytest.raises(IntegrityError, match="when two reviewers have"), transaction.atomic():
        Review.objects.create(**words, claimed_at=now, lease_until=now)


def test_postgres_refuses_a_third_that_is_handed_over(both_in: Interview, third: User) -> None:
    now = timezone.now()
    with pytest.raises(IntegrityError, match="and no more"), transaction.atomic():
        Review.objects.create(
            interview=both_in,
            reviewer=third,
            claimed_at=now,
            lease_until=now,
            state=ReviewState.HANDED_OVER,
            handed_over_at=now,
            recommendation="yes",
            evidence="x",
        )


def test_postgres_refuses_to_hand_over_what_is_marked_once(handed_in: Interview, interviewer: User) -> None:
    review = claim_review(handed_in, interviewer)
    with pytest.raises(IntegrityError, match="only where two reviewers mark"), transaction.atomic():
        Review.objects.filter(pk=review.pk).update(
            state=ReviewState.HANDED_OVER, handed_over_at=timezone.now(), recommendation="yes", evidence="x"
        )


# Settling


def test_both_results_are_kept_and_compared_by_criterion(both_in: Interview, text_item: Item) -> None:
    both = both_of(both_in)
    answer = both.of(text_item.position)
    assert answer
    assert {one.entry.id for one in answer.opinions if one.differs} == {"cost", "memory"}
    assert (both.criteria - both.agreed, answer.differs, answer.agreed) == (
        2,
        True,
        ["purpose", "chain-rule"],
    )


def test_a_third_settles_before_one_of_the_two(
    both_in: Interview, interviewer: User, other_interviewer: User, third: User
) -> None:
    assert in_queue(third) == [both_in]
    assert in_queue(interviewer) == in_queue(other_interviewer) == []
    with pytest.raises(NotReviewable):
        claim_review(both_in, interviewer)


def test_where_nobody_else_reviews_one_of_the_two_settles(both_in: Interview, interviewer: User) -> None:
    assert in_queue(interviewer) == [both_in]
    settling = claim_review(both_in, interviewer)
    assert (settling.settles, settling.reviewer) == (True, interviewer)
    assert Review.objects.filter(reviewer=interviewer).count() == 2


def test_one_who_was_overtaken_settles_anew_and_never_by_the_marks_of_before(
    twice: Interview, interviewer: User, other_interviewer: User, third: User, text_item: Item
) -> None:
    own = claim_review(twice, third)
    mark_item(own, text_item, Judgement(["clarity"]))
    Review.objects.filter(pk=own.pk).update(lease_until=timezone.now())
    handed_over(twice, interviewer, HERS)
    handed_over(twice, other_interviewer, HIS)
    with pytest.raises(NotReviewable, match="Two others have marked it meanwhile"):
        mark_item(own, text_item, Judgement(["clarity"]))
    settling = claim_review(twice, third)
    assert settling.pk != own.pk
    assert not settling.marks.filter(item=text_item).exists()


def test_settling_begins_from_what_both_agree_on(
    twice: Interview, interviewer: User, other_interviewer: User, third: User, text_item: Item
) -> None:
    for reviewer, reason in ((interviewer, "Said in words."), (other_interviewer, "In sentence 1.")):
        review = claim_review(twice, reviewer)
        mark_item(
            review,
            text_item,
            Judgement(["purpose"], f"From {reviewer.display_name}.", reasons={"purpose": reason}),
        )
        hand_over(review, conclusion_of(review, "yes", f"Seen by {reviewer.display_name}.", "Good."))
    settling = claim_review(twice, third)
    made = report(whole(twice), settling)
    (answer,) = [entry for entry in made.items if entry.item.pk == text_item.pk]
    (purpose,) = [entry for entry in answer.entries if entry.id == "purpose"]
    assert (answer.is_marked, answer.reviewed, purpose.reason) == (True, 1, "Said in words. In sentence 1.")
    assert answer.comment == "From Ines.\n\nFrom Otto."
    assert (settling.recommendation, settling.evidence) == ("yes", "Seen by Ines.\n\nSeen by Otto.")
    assert settling.summary == "Good."


def test_an_answer_on_which_they_differ_is_left_to_mark(settling: Review, text_item: Item) -> None:
    made = report(whole(settling.interview), settling)
    assert [entry.item.pk for entry in made.items if not entry.is_marked] == [text_item.pk]
    with pytest.raises(IncompleteReview, match="question 1 is not marked"):
        concluded(settling, "yes", "Seen.", "Good.")


def test_differing_recommendations_are_left_to_choose(
    twice: Interview, interviewer: User, other_interviewer: User, third: User
) -> None:
    handed_over(twice, interviewer, HERS, "yes")
    handed_over(twice, other_interviewer, HERS, "strong_yes")
    settling = claim_review(twice, third)
    assert settling.recommendation == ""
    assert {judgement.recommendation for judgement in settling.areas.all()} == {""}


def test_other_points_in_place_of_the_judges_are_a_difference(
    twice: Interview, interviewer: User, other_interviewer: User, code_item: Item, text_item: Item
) -> None:
    for reviewer, points in ((interviewer, 2.0), (other_interviewer, 3.0)):
        review = claim_review(twice, reviewer)
        mark_item(review, text_item, Judgement(HERS))
        mark_item(review, code_item, Judgement([], override=(points, "The test is wrong.")))
        hand_over(review, conclusion_of(review, "yes", "Seen.", "Good."))
    answer = both_of(twice).of(code_item.position)
    assert answer
    assert (answer.differs, answer.first.automatic, answer.second.automatic) == (True, 2, 3)


def test_what_is_settled_is_released_and_both_markings_stay(
    settling: Review, text_item: Item, interviewer: User, other_interviewer: User
) -> None:
    mark_item(settling, text_item, Judgement(["purpose", "chain-rule", "cost"], "Settled."))
    concluded(settling, "yes", "Seen by all.", "Go on like this.")
    interview = whole(settling.interview)
    made = report(interview)
    assert (made.review, made.items[0].reviewed) == (settling, 4)
    both = both_of(interview)
    assert [one.review.reviewer for _, one in both.reports if one.review] == [interviewer, other_interviewer]
    assert [one.items[0].reviewed for _, one in both.reports] == [4, 4]


def test_a_second_look_is_answered_by_none_of_the_three(
    settling: Review, text_item: Item, candidate: User, interviewer: User, third: User, person: Person
) -> None:
    mark_item(settling, text_item, Judgement(HERS))
    concluded(settling, "yes", "Seen.", "Good.")
    look = second_look.ask(text_item, candidate, "Sentence 2 names the cost.")
    assert list(second_looks.waiting(interviewer)) == [look]  # nobody else is left
    fourth = person("faye", Role.INTERVIEWER)
    assert list(second_looks.waiting(fourth)) == [look]
    assert [list(second_looks.waiting(one)) for one in (interviewer, third)] == [[], []]


def test_one_of_the_two_who_answers_a_second_look_is_said_to_have_marked_it(
    settling: Review, text_item: Item, candidate: User, interviewer: User, sign_in: SignIn
) -> None:
    mark_item(settling, text_item, Judgement(HERS))
    concluded(settling, "yes", "Seen.", "Good.")
    look = second_look.ask(text_item, candidate, "Sentence 2 names the cost.")
    assert "You marked this yourself" in page(
        sign_in(interviewer).get(reverse("second_look", args=[look.pk]))
    )
    second_look.answer(look, interviewer, "It does.", None)
    report_page = page(sign_in(candidate).get(reverse("report", args=[settling.interview_id])))
    assert "by Ines, who marked it at first" in report_page


# The pages


def test_the_desk_of_the_third_shows_both_voices_beside_each_criterion(
    settling: Review, third: User, sign_in: SignIn, text_item: Item
) -> None:
    shown = page(sign_in(third).get(reverse("review_item", args=[settling.interview_id, text_item.position])))
    assert "They agree" not in shown
    assert "Both agree on 9 of 11 criteria" in shown
    assert shown.count("Differ</span>") == 2
    assert shown.count('name="met"') == 11
    assert shown.count("checked") == 2


def test_the_pages_lead_from_marking_to_handing_over(
    twice: Interview, interviewer: User, sign_in: SignIn, text_item: Item
) -> None:
    desk = sign_in(interviewer)
    desk.post(reverse("review_claim", args=[twice.pk]))
    desk.post(reverse("review_item", args=[twice.pk, text_item.position]), {"met": HERS})
    url = reverse("review_release", args=[twice.pk])
    words = {"recommendation": "yes", "evidence": "Seen.", "summary": "Good."}
    words |= {"area_backpropagation": "yes", "because_backpropagation": "Seen."}
    asked = page(desk.post(url, words | {"action": "confirm"}))
    assert "Hand over your marks?" in asked
    assert "Release to" not in asked
    assert desk.post(url, words | {"action": "hand_over"}).status_code == 302
    shown = page(desk.get(url))
    assert "Another reviewer marks it without seeing them" in shown
    assert 'name="recommendation"' not in shown
    refused = desk.post(reverse("review_item", args=[twice.pk, text_item.position]), {"comment": ""})
    assert refused.status_code == 422
    assert "stay as they are" in page(refused)


def test_the_conclusion_of_the_third_shows_what_both_concluded(
    settling: Review, third: User, sign_in: SignIn
) -> None:
    shown = page(sign_in(third).get(reverse("review_release", args=[settling.interview_id])))
    assert "They agree on 9 of 11 criteria" in shown
    assert "Seen by Ines." in shown
    assert "Release to the candidate" in shown


def test_asking_for_a_second_opinion_keeps_what_was_written(
    handed_in: Interview, interviewer: User, sign_in: SignIn
) -> None:
    claim_review(handed_in, interviewer)
    desk, url = sign_in(interviewer), reverse("review_release", args=[handed_in.pk])
    assert desk.post(url, {"action": "second", "evidence": "Half a thought."}).status_code == 302
    shown = page(desk.get(url))
    assert "Conclude and hand over" in shown
    assert "Half a thought." in shown


def test_both_markings_are_side_by_side_for_reviewers_once_both_are_in(
    both_in: Interview, interviewer: User, sign_in: SignIn, candidate: User, text_item: Item
) -> None:
    url = reverse("review_opinions", args=[both_in.pk])
    shown = page(sign_in(interviewer).get(url))
    assert "The same mark on 9 of 11 criteria." in shown
    assert shown.count("Differ</span>") == 2
    assert candidate.display_name not in shown
    assert sign_in(candidate).get(url).status_code == 403


def test_the_queue_says_what_an_interview_waits_for(
    twice: Interview, interviewer: User, other_interviewer: User, third: User, sign_in: SignIn
) -> None:
    url = reverse("review_queue")
    assert "Awaiting two reviews" in page(sign_in(third).get(url))
    handed_over(twice, interviewer, HERS)
    assert "Awaiting a second review" in page(sign_in(third).get(url))
    handed_over(twice, other_interviewer, HIS)
    assert "To settle: two have marked it" in page(sign_in(third).get(url))


def test_the_report_says_that_it_was_marked_twice_and_shows_neither_marking(
    settling: Review, text_item: Item, candidate: User, interviewer: User, sign_in: SignIn
) -> None:
    mark_item(settling, text_item, Judgement(HERS))
    release_review(settling, conclusion_of(settling, "yes", "Seen.", "Good."))
    url = reverse("report", args=[settling.interview_id])
    own = page(sign_in(candidate).get(url))
    assert "Two reviewers marked it, each without the other; Thea settled where they differed" in own
    assert "side by side" not in own
    assert "Ines" not in own
    assert "Both markings, side by side" in page(sign_in(interviewer).get(url))
    assert "Released by you" in page(sign_in(interviewer).get(reverse("review_queue")))
    assert candidate.display_name in page(sign_in(interviewer).get(reverse("review_queue")))
