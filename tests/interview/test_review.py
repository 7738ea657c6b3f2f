"""Reviewing and releasing: one reviewer at a time, complete before it is released, points as the rubric says."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from interview.exceptions import IncompleteReview, NotReviewable
from interview.models import Comment, Grading, Interview, Item, Mark, Review, User
from interview.models.grading import GradingState
from interview.models.interview import InterviewStatus
from interview.models.review import Recommendation, ReviewState
from interview.selectors import assignment
from interview.selectors import interview as interviews
from interview.selectors import report as reports
from interview.services.release import Conclusion, save_conclusion
from interview.services.review import Judgement, claim_review, mark_item
from tests.interview.conftest import concluded


def criteria(item: Item, tier: str) -> list[str]:
    return [entry["id"] for entry in item.release.rubric_entries() if entry["tier"] == tier]


@pytest.fixture
def claimed(handed_in: Interview, interviewer: User) -> Review:
    return claim_review(handed_in, interviewer)


@pytest.fixture
def marked(claimed: Review, text_item: Item) -> Review:
    mark_item(claimed, text_item, Judgement(criteria(text_item, "essential"), "A sound start."))
    return claimed


def released(review: Review) -> Review:
    return concluded(review, Recommendation.YES, "Names both passes.", "Go deeper into the cost.")


def test_the_queue_shows_what_was_handed_in_and_judged(handed_in: Interview, interviewer: User) -> None:
    assert list(assignment.awaiting_review(interviewer)) == [handed_in]


def test_the_queue_waits_for_the_judge(handed_in: Interview, interviewer: User) -> None:
    Grading.objects.update(
        state=GradingState.QUEUED, verdict="", result=None, recorded_at=None, judged_at=None, started_at=None
    )
    assert list(assignment.awaiting_review(interviewer)) == []


def test_the_queue_is_not_for_candidates(handed_in: Interview, other_candidate: User) -> None:
    assert list(assignment.awaiting_review(other_candidate)) == []


def test_nobody_reviews_their_own_interview(handed_in: Interview, candidate: User) -> None:
    candidate.role = "admin"
    candidate.save()
    with pytest.raises(NotReviewable, match="your own"):
        claim_review(handed_in, candidate)


def test_a_running_interview_cannot_be_claimed(running: Interview, interviewer: User) -> None:
    with pytest.raises(NotReviewable):
        claim_review(running, interviewer)


def test_a_claim_keeps_others_out_until_its_lease_ends(
    claimed: Review, interviewer: User, other_interviewer: User
) -> None:
    with pytest.raises(NotReviewable):
        claim_review(claimed.interview, other_interviewer)
    later = timezone.now() + settings.REVIEW_LEASE + timedelta(seconds=1)
    assert claim_review(claimed.interview, other_interviewer, later).reviewer == other_interviewer


def test_claiming_again_renews_the_lease(claimed: Review, interviewer: User) -> None:
    later = timezone.now() + timedelta(minutes=10)
    again = claim_review(claimed.interview, interviewer, later)
    assert (again.pk, again.lease_until) == (claimed.pk, later + settings.REVIEW_LEASE)


def test_a_claimed_interview_is_under_review(claimed: Review) -> None:
    assert interviews.status(claimed.interview) == InterviewStatus.UNDER_REVIEW


def test_marking_stores_every_entry_met_or_not(marked: Review, text_item: Item) -> None:
    met = set(Mark.objects.filter(met=True).values_list("criterion", flat=True))
    assert met == set(criteria(text_item, "essential"))
    assert Mark.objects.count() == len(text_item.release.rubric_entries())
    assert Review.objects.get(pk=marked.pk).state == ReviewState.DRAFT


def test_marking_again_replaces_marks_and_words(marked: Review, text_item: Item) -> None:
    mark_item(marked, text_item, Judgement([], "  "))
    assert Mark.objects.filter(met=True).count() == 0
    assert Comment.objects.count() == 0


def test_a_lost_claim_marks_nothing(marked: Review, text_item: Item, other_interviewer: User) -> None:
    later = timezone.now() + settings.REVIEW_LEASE + timedelta(seconds=1)
    claim_review(marked.interview, other_interviewer, later)
    with pytest.raises(NotReviewable):
        mark_item(marked, text_item, Judgement([], ""), later + timedelta(seconds=1))
    assert Mark.objects.filter(met=True).count() == len(criteria(text_item, "essential"))


def test_an_unmarked_question_stops_the_release_and_is_named(claimed: Review) -> None:
    with pytest.raises(IncompleteReview, match="question 1 is not marked"):
        released(claimed)
    claimed.interview.refresh_from_db()
    assert claimed.interview.released_at is None


def test_a_release_needs_evidence_and_a_summary(marked: Review) -> None:
    with pytest.raises(IncompleteReview, match="no evidence; the summary for the candidate is empty"):
        concluded(marked, Recommendation.NO, " ", "")


def test_a_release_shows_the_report_and_ends_the_review(marked: Review, interviewer: User) -> None:
    review = released(marked)
    interview = Interview.objects.get(pk=review.interview_id)
    assert (review.state, interview.released_at) == (ReviewState.RELEASED, review.released_at)
    assert interviews.status(interview) == InterviewStatus.RELEASED
    assert list(assignment.awaiting_review(interviewer)) == []
    with pytest.raises(NotReviewable, match="released already"):
        claim_review(interview, interviewer)


def test_an_unfinished_conclusion_is_kept(claimed: Review) -> None:
    save_conclusion(claimed, Conclusion("", "Half a thou", ""))
    assert Review.objects.get(pk=claimed.pk).evidence == "Half a thou"


def test_the_database_refuses_a_release_without_evidence(claimed: Review) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=claimed.pk).update(state=ReviewState.RELEASED, released_at=timezone.now())


def report_of(review: Review) -> reports.Report:
    return reports.report(interviews.with_items(Interview.objects.all()).get(pk=review.interview_id))


def test_the_report_adds_automatic_and_reviewed_points(
    marked: Review, text_item: Item, code_item: Item
) -> None:
    report = report_of(released(marked))
    essential = sum(e["points"] for e in text_item.release.rubric_entries() if e["tier"] == "essential")
    assert (report.automatic, report.reviewed) == (code_item.release.automatic_points, essential)
    assert report.points == report.automatic + report.reviewed
    assert report.items[0].comment == "A sound start."


def test_an_area_is_the_mean_of_its_questions_weighted_by_minutes(marked: Review, text_item: Item) -> None:
    report = report_of(released(marked))
    text, code = report.items
    weighted = text.fraction * text.item.release.minutes + code.fraction * code.item.release.minutes
    minutes = text.item.release.minutes + code.item.release.minutes
    assert [(score.area.slug, score.fraction) for score in report.areas] == [
        ("backpropagation", weighted / minutes)
    ]


def test_red_flags_take_points_but_never_below_zero(claimed: Review, text_item: Item) -> None:
    mark_item(claimed, text_item, Judgement(criteria(text_item, "red flag"), ""))
    assert report_of(released(claimed)).items[0].reviewed == 0


def test_a_report_needs_a_fixed_number_of_queries(marked: Review, django_assert_num_queries: object) -> None:
    released(marked)
    with django_assert_num_queries(10):
        assert report_of(marked).max_points > 0
