"""Reviewing: one answer at a time, and the release."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from interview.exceptions import InterviewError, NotReviewable
from interview.forms.review import UNFINISHED, ConclusionForm, MarkForm, RemarkForm
from interview.forms.waiting import WaitingFilter
from interview.models import Interview, Review
from interview.models.review import Recommendation
from interview.places import word_for
from interview.selectors import assignment, presence
from interview.selectors import interview as interviews
from interview.selectors import review as reviews
from interview.selectors.coverage import coverage, is_covered
from interview.selectors.opinion import Opinions, are_both_in, opinions_of
from interview.selectors.report import ItemReport, Report
from interview.selectors.report import report as make_report
from interview.selectors.user import signed_in
from interview.services.opinion import ask_second_opinion, hand_over
from interview.services.release import FURTHEST, release_review, save_conclusion, schedule_release
from interview.services.review import mark_item
from interview.views.http import HtmxRequest, origin
from interview.views.roles import reviewers_only
from interview.views.waiting import next_answer

OWN = "This is your own interview, so somebody else has to review it."
UNCLAIMED = "You have not taken this interview for review. Take it first; what you typed is kept below."


@reviewers_only
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    """One answer beside its rubric. What cannot be saved stays in the page that comes back.

    With `?coverage=1` it says where each criterion might be met; for htmx that alone, so that marks stay as they are.
    """
    interview, review = desk(request, pk)
    if interview.released_at and request.method != "POST":
        return redirect("report", pk)
    report = make_report(interview, review)
    entry = entry_in(report, position)
    if request.htmx and "coverage" in request.GET:
        return render(
            request,
            "review/coverage.html",
            written(interview, review, entry) | _covered(request, review, entry),
        )
    presence.attach(interview)
    both = _to_settle(interview, review)
    opinions = both.of(position) if both else None
    form = MarkForm.of(entry, request.POST or None, asks_why=True, opinions=opinions)
    if request.method == "POST" and _marked(form, review, entry):
        messages.success(request, f"Question {position} is saved.")
        return _next(request, report, position)
    context = _context(request, interview, review, report) | written(interview, review, entry)
    context |= {"form": form, "opinions": opinions} | _covered(request, review, entry)
    return render(request, "review/item.html", context, status=422 if form.errors else 200)


@reviewers_only
@require_http_methods(["GET", "HEAD", "POST"])
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The conclusion: kept for later, or released after one more question."""
    interview, review = desk(request, pk)
    if interview.released_at and request.method != "POST":
        return redirect("report", pk)
    if review is None:
        return redirect("review_item", pk, 1)
    action = request.POST.get("action", "confirm")
    report = make_report(interview, review)
    form = ConclusionForm(
        request.POST or None, areas=report.areas, action=action, initial=_conclusion(review)
    )
    context = _context(request, interview, review, report)
    context |= {"form": form, "furthest": FURTHEST.days, "both": _to_settle(interview, review)}
    if request.method == "POST" and form.is_valid():
        _refuse_unmarked(form, report, action)
        if action == "confirm" and not form.errors:
            return render(request, "review/confirm.html", context)
        if not form.errors and _concluded(request, form, review, action):
            messages.success(request, _told(action))
            return redirect("review_release", pk) if action in UNFINISHED else redirect("review_queue")
    return render(request, "review/release.html", context, status=422 if form.errors else 200)


def desk(request: HttpRequest, pk: UUID) -> tuple[Interview, Review | None]:
    """The interview with everything that hangs on it, and this person's review of it."""
    reviewer = signed_in(request)
    interview = get_object_or_404(interviews.with_items(interviews.visible_to(reviewer)), pk=pk)
    if interview.candidate_id == reviewer.pk:
        # Even reading is refused: the page shows hidden tests and the model answer.
        raise PermissionDenied(OWN)
    return interview, reviews.own(interview, reviewer)


def _to_settle(interview: Interview, review: Review | None) -> Opinions | None:
    """What two reviewers said, for the one who settles; nobody else sees it while it can still be swayed."""
    return opinions_of(interview) if review and review.settles else None


def desk_context(request: HttpRequest, interview: Interview, review: Review | None) -> dict[str, Any]:
    """What the frame of every page of the desk shows."""
    return _context(request, interview, review, make_report(interview, review))


def _context(
    request: HttpRequest, interview: Interview, review: Review | None, report: Report
) -> dict[str, Any]:
    now = timezone.now()
    return {
        "interview": interview,
        "review": review,
        "report": report,
        "is_mine": review is not None and review.lease_until > now,
        "held_by_another": reviews.held_by_another(interview, signed_in(request), now),
        "unmarked": [entry for entry in report.items if not entry.is_marked],
        "recommendations": Recommendation.choices,
        "one_of_two": interview.marked_twice and not (review and review.settles),
        "both_in": are_both_in(interview),
        "may_take": review is not None
        and not review.takes_marks
        and assignment.awaiting_review(signed_in(request), now).filter(pk=interview.pk).exists(),
    }


def entry_of(interview: Interview, review: Review | None, position: int) -> ItemReport:
    """One answered question of the interview. Http404 where it has none there."""
    return entry_in(make_report(interview, review), position)


def written(interview: Interview, review: Review | None, entry: ItemReport) -> dict[str, Any]:
    """What `review/written.html` shows: the answer, comments on its places, and words that are shared."""
    return {
        "interview": interview,
        "review": review,
        "entry": entry,
        "place_word": word_for(entry.answer),
        "pool": list(reviews.pool(entry.item.release.question_id)),
        "remark_form": RemarkForm(),
    }


def _covered(request: HttpRequest, review: Review | None, entry: ItemReport) -> dict[str, Any]:
    """Where terms of the rubric occur in the answer, if that is asked for."""
    can_cover = review is not None and review.takes_marks and is_covered(entry.entries, entry.answer)
    is_asked = can_cover and request.GET.get("coverage") == "1"
    return {
        "can_cover": can_cover,
        "coverage": coverage(entry.entries, entry.answer) if is_asked else None,
    }


def entry_in(report: Report, position: int) -> ItemReport:
    """The answer at this position. Http404 where there is none."""
    found = next((entry for entry in report.items if entry.item.position == position), None)
    if found is None:
        raise Http404
    return found


def _marked(form: MarkForm, review: Review | None, entry: ItemReport) -> bool:
    """Whether the marks are stored; if not, the form says why."""
    if review is None:
        form.add_error(None, UNCLAIMED)
    if not form.is_valid() or review is None:
        return False
    try:
        mark_item(review, entry.item, form.judgement())
    except NotReviewable as refusal:
        form.add_error(None, f"{refusal} What you typed is kept below.")
        return False
    return True


def _next(request: HttpRequest, report: Report, position: int) -> HttpResponse:
    """The next question of the interview; where answers to one question are marked, the next of these."""
    asked = WaitingFilter(request.GET).asked
    if asked.question:
        return redirect(next_answer(request, signed_in(request), asked))
    later = (entry.item.position for entry in report.items if entry.item.position > position)
    following = next(later, None)
    pk = report.interview.pk
    return redirect("review_item", pk, following) if following else redirect("review_release", pk)


def _conclusion(review: Review) -> dict[str, Any]:
    said = {
        "recommendation": review.recommendation,
        "evidence": review.evidence,
        "summary": review.summary,
        "release_at": review.release_at,
    }
    for judgement in review.areas.all():
        said[f"area_{judgement.area_id}"] = judgement.recommendation
        said[f"because_{judgement.area_id}"] = judgement.evidence
    return said


def _refuse_unmarked(form: ConclusionForm, report: Report, action: str) -> None:
    missing = [str(entry.item.position) for entry in report.items if not entry.is_marked]
    if missing and action not in UNFINISHED:
        which = "question" if len(missing) == 1 else "questions"
        form.add_error(None, f"Mark {which} {', '.join(missing)} first; what you wrote is kept below.")


def _concluded(request: HttpRequest, form: ConclusionForm, review: Review, action: str) -> bool:
    """Whether the conclusion is stored, scheduled or released; if not, the form says why."""
    conclusion = form.conclusion(origin(request))
    try:
        match action:
            case "release":
                release_review(review, conclusion)
            case "schedule":
                schedule_release(review, conclusion, form.cleaned_data["release_at"])
            case "hand_over":
                hand_over(review, conclusion)
            case "second":
                save_conclusion(review, conclusion)
                ask_second_opinion(review)
            case _:
                save_conclusion(review, conclusion)
    except InterviewError as refusal:
        form.add_error(None, f"{refusal} What you wrote is kept below.")
        return False
    return True


def _told(action: str) -> str:
    match action:
        case "release":
            mail = " A mail tells them." if settings.SENDS_MAIL else ""
            return f"Released. The candidate can read the report now.{mail}"
        case "hand_over":
            return "Handed over. Your marks stay as they are; another reviewer settles where you two differ."
        case "second":
            return "Another reviewer marks it as well, without seeing your marks. Complete yours and hand them over."
        case "schedule":
            return "Scheduled. Until then nothing of it is shown, and you can still change it."
        case _:
            return "Saved for later. The candidate sees nothing of it before the release."
