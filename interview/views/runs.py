"""Every run and submit of a question: the list, one of them with its result, two compared, and the way back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from interview.models import Item, Submission
from interview.models.question import AnswerForm
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import practice as practices
from interview.selectors import submission as submissions
from interview.selectors.user import signed_in
from interview.views import practice, snapshot
from interview.views.http import HtmxRequest
from interview.views.submission import outcome, outcome_of

PAGE_SIZE = 50
DRAFT = "draft"  # what the present answer is called beside the runs


@require_safe
def runs(request: HttpRequest, pk: UUID, position: int) -> HttpResponse:
    """What was handed over of an answer, newest first, with what came of it."""
    found = _code(request, pk, position)
    if other := _instead(request, found):
        return other
    page = Paginator(submissions.handed_over(found), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [_side(found, submission) for submission in page.object_list]
    context = _context(request, found) | {
        "page": page,
        "rows": rows,
        "counting": items.counting_submission(found),
    }
    return render(request, "item/runs.html", context)


@require_safe
def run(request: HttpRequest, pk: UUID, position: int, which: UUID) -> HttpResponse:
    """One of them: its result as it was shown, and the code."""
    found = _code(request, pk, position)
    if other := _instead(request, found):
        return other
    submission = _run(found, str(which))
    context = _context(request, found) | snapshot.whole(found, submission.answer)
    context |= {"submission": submission}
    if submission.current_grading:
        context |= outcome_of(submission, submission.current_grading, found.release) | {"goes": False}
    return render(request, "item/run.html", context)


@require_safe
def compare(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    """`a` and `b` (an id each, or `draft`), the earlier first: results, changes, and the curves over each other.

    For htmx the curves alone: they lie under the result that is on the page of the question.
    """
    found = _code(request, pk, position)
    if other := _instead(request, found):
        return other
    before, after = _ordered(*(_chosen(found, request.GET.get(name, "")) for name in ("a", "b")))
    if before is None:
        messages.error(request, "Not compared: choose what to compare, and with what.")
        return redirect("item_runs", pk, position)
    if request.htmx and after:
        return render(request, "item/curves.html", _curves(found, before, after))
    sides = [_side(found, before), _side(found, after)]
    diffs = snapshot.changes(found, sides[0]["answer"], sides[1]["answer"])
    return render(request, "item/compare.html", _context(request, found) | {"sides": sides, "diffs": diffs})


@require_POST
def restore(request: HttpRequest, pk: UUID, position: int, which: UUID) -> HttpResponse:
    found = _code(request, pk, position)
    return snapshot.put_back(request, found, _run(found, str(which)).answer)


def _code(request: HttpRequest, pk: UUID, position: int) -> Item:
    """The question, if it is one's own and has code to run."""
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    if found.release.answer_form != AnswerForm.CODE:
        raise Http404
    return found


def _instead(request: HttpRequest, found: Item) -> HttpResponse | None:
    """What is shown while this question is neither open nor told of in a report."""
    sitting = found.interview
    if sitting.is_practice and (running := interviews.barring_practice(sitting.candidate)):
        return practice.barred(request, running)
    return None if practices.tells_all(found) else snapshot.instead(request, found)


def _context(request: HttpRequest, found: Item) -> dict[str, Any]:
    return snapshot.past_context(request, found) | {
        "frame": "item/exam.html" if found.interview.is_open() else "base.html",
        "takes_changes": not practices.tells_all(found),
    }


def _run(found: Item, which: str) -> Submission:
    """Raises Http404 where there is none of this question."""
    try:
        return get_object_or_404(submissions.handed_over(found), pk=UUID(which))
    except ValueError:
        raise Http404 from None


def _chosen(found: Item, which: str) -> Submission | None:
    """None for the present answer."""
    return _run(found, which) if which not in {"", DRAFT} else None


def _ordered(one: Submission | None, other: Submission | None) -> tuple[Submission | None, Submission | None]:
    """The earlier first, and the present answer last, in whatever order they were chosen."""
    if one is None or (other is not None and other.created_at < one.created_at):
        return other, one
    return one, other


def _side(found: Item, submission: Submission | None) -> dict[str, Any]:
    """What a list or a comparison says of one of them; without one it is the present answer."""
    if submission is None:
        return {"submission": None, "answer": items.answer_of(found)}
    grading = submission.current_grading
    return {
        "submission": submission,
        "grading": grading,
        "answer": submission.answer,
        "result": grading.shown if grading else None,
        "outcome": outcome(grading, found.release) if grading else "",
        "repeats": submission.repeats,
    }


def _curves(found: Item, before: Submission | None, after: Submission) -> dict[str, Any]:
    under = before.current_grading if before else None
    shown = after.current_grading.shown if after.current_grading else None
    return {
        "item": found,
        "submission": after,
        "result": shown,
        "under": under.shown if under else None,
        "under_run": before,
        "earlier_runs": submissions.with_curves_before(after),
    }
