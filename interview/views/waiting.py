"""The queue: what awaits review, by interview or by question, and taking the next of it."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from interview.exceptions import NotReviewable
from interview.forms.waiting import WaitingFilter
from interview.models import Review, User
from interview.selectors import interview as interviews
from interview.selectors import review as reviews
from interview.selectors import waiting
from interview.selectors.report import report
from interview.selectors.user import signed_in
from interview.selectors.waiting import Asked
from interview.services.review import claim_first, claim_review
from interview.views.roles import reviewers_only

PAGE_SIZE = 50
RELEASED_SHOWN = 20
TRIED = 20  # interviews that may be taken by others between the look and the claim


@reviewers_only
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What awaits review, and what this person released last."""
    reviewer, now, asked = signed_in(request), timezone.now(), WaitingFilter(request.GET).asked
    found = Paginator(waiting.queue(reviewer, asked, now), PAGE_SIZE)
    context = {
        "tab": "interviews",
        "page": found.get_page(request.GET.get("page")),
        "facets": waiting.facets(reviewer, asked, now),
        "asked": asked,
        "released": list(reviews.released_by(reviewer)[:RELEASED_SHOWN]),
        "now": now,
        "lease_minutes": settings.REVIEW_LEASE // timedelta(minutes=1),
    }
    return render(request, "review/queue.html", context)


@reviewers_only
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """The same by question: who marks all answers to one after another measures them alike."""
    reviewer, now, asked = signed_in(request), timezone.now(), WaitingFilter(request.GET).asked
    context = {
        "tab": "questions",
        "questions": waiting.questions(reviewer, asked, now),
        "facets": waiting.facets(reviewer, asked, now),
        "asked": asked,
        "now": now,
    }
    return render(request, "review/questions.html", context)


@reviewers_only
@require_POST
def claim(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take an interview, and go to the first answer that needs a person."""
    reviewer = signed_in(request)
    interview = get_object_or_404(interviews.visible_to(reviewer), pk=pk)
    try:
        review = claim_review(interview, reviewer)
    except NotReviewable as refusal:
        messages.error(request, str(refusal))
        return redirect("review_queue")
    return redirect(_first_unmarked(review, reviewer))


@reviewers_only
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take the next interview of what the filters let through; of a question, the next answer to it."""
    reviewer, asked = signed_in(request), WaitingFilter(request.POST).asked
    if asked.question:
        return redirect(next_answer(request, reviewer, asked))
    review = claim_first(waiting.queue(reviewer, asked)[:TRIED], reviewer)
    if review is None:
        messages.info(request, "Nothing waits here any more: others took it. The list is up to date.")
        return redirect(f"{reverse('review_queue')}?{urlencode(asked.query)}")
    return redirect(_first_unmarked(review, reviewer))


def next_answer(request: HttpRequest, reviewer: User, asked: Asked) -> str:
    """The address of the next answer to a question, its interview taken; when none is left, that of the list."""
    review = claim_first(waiting.queue(reviewer, asked)[:TRIED], reviewer)
    if review is None:
        messages.info(request, "No answer to this question waits for your marks any more.")
        return reverse("review_questions")
    item = review.interview.items.get(release__question__slug=asked.question)
    words = urlencode(asked.query)
    return f"{reverse('review_item', args=[review.interview_id, item.position])}?{words}"


def _first_unmarked(review: Review, reviewer: User) -> str:
    """The address of the first answer that needs a person, or of the conclusion."""
    interview = interviews.with_items(interviews.visible_to(reviewer)).get(pk=review.interview_id)
    position = reviews.first_unmarked(report(interview, review))
    if position is None:
        return reverse("review_release", args=[interview.pk])
    return reverse("review_item", args=[interview.pk, position])
