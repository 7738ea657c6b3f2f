"""Releasing feedback: complete, at once or at a set time, and mailed."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from interview import postman
from interview.exceptions import IncompleteReview
from interview.models import Interview, Item, Review, User
from interview.models.review import ReviewState
from interview.selectors import assignment
from interview.services.release import (
    Conclusion,
    announce_due,
    release_due,
    release_review,
    save_conclusion,
    schedule_release,
)
from interview.services.review import Judgement, claim_review, mark_item

SignIn = Callable[[User], Client]
AREA = {"backpropagation": ("yes", "Both factors.")}
WHOLE = Conclusion("yes", "Names both passes.", "Go deeper.", AREA, "https://forward.example")


def page(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def marked(handed_in: Interview, interviewer: User, text_item: Item) -> Review:
    review = claim_review(handed_in, interviewer)
    mark_item(review, text_item, Judgement(["purpose"], "Good."))
    review.refresh_from_db()
    return review


@pytest.fixture
def scheduled(marked: Review) -> Review:
    return schedule_release(marked, WHOLE, timezone.now() + timedelta(hours=2))


@pytest.fixture
def url(marked: Review) -> str:
    return reverse("review_release", args=[marked.interview_id])


# Complete


@pytest.mark.parametrize(
    ("conclusion", "lacks"),
    [
        (Conclusion("yes", "E", "S"), "Backpropagation and fundamentals has no recommendation"),
        (
            Conclusion("yes", "E", "S", {"backpropagation": ("no", " ")}),
            "Backpropagation and fundamentals has no evidence",
        ),
        (Conclusion("", "E", "S", AREA), "the recommendation is not chosen"),
    ],
)
def test_a_release_needs_words_for_every_area_and_the_whole(
    marked: Review, conclusion: Conclusion, lacks: str
) -> None:
    for release in (
        lambda: release_review(marked, conclusion),
        lambda: schedule_release(marked, conclusion, timezone.now() + timedelta(hours=1)),
    ):
        with pytest.raises(IncompleteReview) as refusal:
            release()
        assert lacks in str(refusal.value)


def test_what_was_written_for_an_area_comes_back(
    sign_in: SignIn, interviewer: User, marked: Review, url: str
) -> None:
    save_conclusion(marked, Conclusion("", "", "", {"backpropagation": ("no", "Half an idea")}))
    html = page(sign_in(interviewer).get(url))
    assert '<option value="no" selected>No</option>' in html
    assert "Half an idea" in html
    assert "A strong candidate here:" in html


def test_the_candidate_reads_the_recommendation_for_each_area(
    sign_in: SignIn, candidate: User, marked: Review
) -> None:
    release_review(marked, WHOLE)
    html = page(sign_in(candidate).get(reverse("report", args=[marked.interview_id])))
    assert "Backpropagation and fundamentals: Yes" in html
    assert "Both factors." in html


# At a set time


def test_a_scheduled_report_is_shown_only_from_its_time_on(
    sign_in: SignIn, candidate: User, scheduled: Review
) -> None:
    at = scheduled.release_at
    assert at
    report = reverse("report", args=[scheduled.interview_id])
    assert release_due(at - timedelta(seconds=1)) == 0
    assert sign_in(candidate).get(report).status_code == 302
    assert release_due(at) == 1
    scheduled.refresh_from_db()
    assert (scheduled.state, scheduled.released_at, scheduled.release_at) == (ReviewState.RELEASED, at, None)
    assert sign_in(candidate).get(report).status_code == 200
    assert release_due(at + timedelta(days=1)) == 0


def test_a_schedule_keeps_other_reviewers_out_after_the_lease(
    scheduled: Review, interviewer: User, other_interviewer: User
) -> None:
    later = timezone.now() + timedelta(hours=1)
    assert list(assignment.awaiting_review(other_interviewer, later)) == []
    assert list(assignment.awaiting_review(interviewer, later)) == [scheduled.interview]


def test_marks_can_change_while_it_is_scheduled_and_saving_takes_it_off(
    scheduled: Review, text_item: Item
) -> None:
    mark_item(scheduled, text_item, Judgement(["purpose", "numbers"], "Better."))
    scheduled.refresh_from_db()
    assert scheduled.state == ReviewState.SCHEDULED
    held = save_conclusion(scheduled, WHOLE)
    assert (held.state, held.release_at) == (ReviewState.DRAFT, None)
    assert release_due(timezone.now() + timedelta(days=1)) == 0


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=91)])
def test_a_time_that_cannot_be_is_refused(marked: Review, ahead: timedelta) -> None:
    now = timezone.now()
    with pytest.raises(IncompleteReview, match="within the next 90 days"):
        schedule_release(marked, WHOLE, now + ahead, now)


def test_the_page_schedules_in_the_zone_that_is_chosen(
    sign_in: SignIn, interviewer: User, marked: Review, url: str
) -> None:
    day = (timezone.now() + timedelta(days=3)).date().isoformat()
    words = {
        "recommendation": "yes",
        "evidence": "Question 1.",
        "summary": "Fine.",
        "area_backpropagation": "yes",
        "because_backpropagation": "Question 1.",
        "release_at": f"{day}T09:00",
        "zone": "Asia/Tokyo",
        "action": "schedule",
    }
    client = sign_in(interviewer)
    missing = client.post(url, words | {"release_at": ""})
    assert missing.status_code == 422
    response = client.post(url, words, follow=True)
    assert "Scheduled. Until then nothing of it is shown" in page(response)
    assert "Scheduled for" in page(response)
    marked.refresh_from_db()
    assert marked.release_at
    assert marked.release_at.isoformat() == f"{day}T00:00:00+00:00"


def test_the_database_refuses_a_schedule_without_a_time(marked: Review) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=marked.pk).update(
            state=ReviewState.SCHEDULED, recommendation="yes", evidence="x"
        )


# Mailed


@pytest.fixture
def sends_mail(settings: LazySettings) -> None:
    """A mail server is named; what is sent lands in `mail.outbox`."""
    settings.SENDS_MAIL = True


def test_where_no_mail_server_is_named_nobody_is_mailed_and_nothing_says_so(
    sign_in: SignIn, interviewer: User, marked: Review
) -> None:
    release_review(marked, WHOLE)
    assert announce_due() == 0
    assert mail.outbox == []
    assert "mailed" not in page(sign_in(interviewer).get(reverse("review_queue")))


@pytest.mark.usefixtures("sends_mail")
def test_the_candidate_is_mailed_once_with_the_way_to_the_report(marked: Review, candidate: User) -> None:
    release_review(marked, WHOLE)
    assert (announce_due(), announce_due()) == (1, 0)
    [sent] = mail.outbox
    assert sent.to == [candidate.email]
    assert sent.subject == f"Your report: {marked.interview.title}"
    assert f"https://forward.example{reverse('report', args=[marked.interview_id])}" in sent.body


@pytest.mark.usefixtures("sends_mail")
def test_a_mail_that_cannot_be_sent_is_tried_again_and_its_reviewer_reads_why(
    sign_in: SignIn, interviewer: User, marked: Review, settings: LazySettings
) -> None:
    release_review(marked, WHOLE)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert announce_due() == 0
    html = page(sign_in(interviewer).get(reverse("review_queue")))
    assert "not mailed: the mail server 127.0.0.1 could not be reached" in html
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert announce_due() == 1
    assert "not mailed" not in page(sign_in(interviewer).get(reverse("review_queue")))


@pytest.mark.usefixtures("sends_mail")
def test_a_mail_is_not_tried_for_ever(marked: Review) -> None:
    release_review(marked, WHOLE)
    assert announce_due(timezone.now() + timedelta(days=2)) == 0
    assert mail.outbox == []


@pytest.mark.usefixtures("sends_mail")
def test_a_round_of_the_postman_sends_what_is_due_and_survives_a_failure(
    marked: Review, settings: LazySettings
) -> None:
    release_review(marked, WHOLE)
    settings.EMAIL_BACKEND = "no.such.backend"
    assert postman.go_round() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert postman.go_round() == 1
    assert len(mail.outbox) == 1


def test_the_postman_walks_only_where_a_mail_server_is_named() -> None:
    before = threading.active_count()
    postman.start()
    assert threading.active_count() == before
