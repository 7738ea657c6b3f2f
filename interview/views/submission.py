"""Run and Submit, and what the page shows of their result."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from interview import news
from interview.exceptions import (
    AnswerLocked,
    InterviewClosed,
    InterviewError,
    InvalidAnswer,
    QuestionAhead,
    QuestionPassed,
)
from interview.forms.submission import SubmissionForm
from interview.models import Grading, Item, Release, Submission
from interview.models.question import AnswerForm
from interview.models.submission import SubmissionKind
from interview.selectors import item as items
from interview.selectors.submission import is_unfinished, queue_position, tried_again_at, with_curves_before
from interview.selectors.user import signed_in
from interview.services.submission import stop as stop_judging
from interview.services.submission import submit
from interview.views.answer import after_closing, code_answer
from interview.views.http import HtmxRequest, give_connection_back

Step = TypeVar("Step")

# The page asks at once for what comes next, and is answered when there is something new, or after so long a wait.
AT_ONCE = "load, every 3s"
LISTEN = ((timedelta(seconds=1), 0.3), (timedelta.max, 1.0))
# Where nobody can wait for news it asks now and then, by how long the grading is on its way.
PACE = (
    (timedelta(seconds=1), "every 100ms"),
    (timedelta(seconds=5), "every 300ms"),
    (timedelta.max, "every 1s"),
)
RETRY_PACE = "every 2s"


@require_POST
def create(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    form = SubmissionForm(request.POST)
    refusal = None if form.is_valid() else "Not run: the code holds characters that cannot be stored."
    if refusal is None:
        try:
            _submit(found, form)
        except (InterviewClosed, AnswerLocked) as error:
            messages.error(request, str(error))
            return _go(request, after_closing(found))
        except (QuestionPassed, QuestionAhead) as error:
            messages.error(request, str(error))
            return _go(request, reverse("item", args=[pk, position]))
        except InterviewError as error:
            refusal = str(error)
    if request.htmx:
        response = render(request, "item/result.html", result_context(found) | {"refusal": refusal})
        return trigger_client_event(response, "fp:stored", {"revision": _revision(found)})
    if refusal:
        messages.error(request, refusal)
    return redirect("item", pk, position)


@require_POST
def stop(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    """Stop what takes too long. One that finished meanwhile just shows its result."""
    found = get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)
    stop_judging(found)
    if request.htmx:
        return render(request, "item/result.html", result_context(found))
    return redirect("item", pk, position)


def _submit(found: Item, form: SubmissionForm) -> None:
    if found.release.answer_form != AnswerForm.CODE:
        raise InvalidAnswer(
            "Only code is submitted. This answer saves itself, and what is saved last counts."
        )
    asked = form.cleaned_data
    kind, again = SubmissionKind(asked["again"] or asked["kind"]), bool(asked["again"])
    snippet, stdin = form.own
    submit(found, kind, code_answer(found, asked["code"]), again=again, snippet=snippet, stdin=stdin)


def _revision(found: Item) -> int:
    """Of the draft as it is now; handing over has stored one."""
    found.refresh_from_db(fields=["draft"])
    draft = items.draft_of(found)
    return draft.revision if draft else 0


def _go(request: HtmxRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def result_context(found: Item) -> dict[str, Any]:
    """The newest run or submit of an item, as far as it has come."""
    submission = items.latest_submission(found)
    if submission is None or submission.current_grading is None:
        return {"item": found, "submission": submission, "grading": None}
    return {"item": found, **outcome_of(submission, submission.current_grading, found.release)}


def awaited_context(found: Item) -> dict[str, Any]:
    """The same, once there is something new of it: most gradings are over while the page would wait to ask again."""
    submission = items.latest_submission(found)
    grading = submission.current_grading if submission else None
    if grading is None or grading.is_finished:
        return result_context(found)
    is_heard = True
    with news.listening(grading.pk) as wait:
        if is_unfinished(grading):
            give_connection_back()
            is_heard = wait(by_age(grading, LISTEN))
    context = result_context(found)
    return context if is_heard or context["poll"] != AT_ONCE else context | {"poll": by_age(grading, PACE)}


def outcome_of(submission: Submission, grading: Grading, release: Release) -> dict[str, Any]:
    """What the result beside the editor shows of a submission; `poll` is how often it asks for more, if ever."""
    grading.release = release  # that of the item, without its files
    retried_at = tried_again_at(submission)
    unfinished = None if grading.is_finished else AT_ONCE
    return {
        "submission": submission,
        "grading": grading,
        "result": grading.shown,
        "outcome": outcome(grading, release),
        "queue_position": queue_position(grading),
        "poll": unfinished or (RETRY_PACE if retried_at else None),
        "goes": True,
        "repeats": submission.repeats,
        "retried_at": retried_at,
        "tries": len(settings.GRADING_RETRIES) + 1,
        "earlier_runs": with_curves_before(submission) if grading.is_finished else (),
    }


def by_age(grading: Grading, steps: Sequence[tuple[timedelta, Step]]) -> Step:
    """What stands beside the first of the ages that this grading has not reached."""
    age = timezone.now() - grading.queued_at
    return next(step for limit, step in steps if age < limit)


def outcome(grading: Grading, release: Release) -> str:
    """What a result says in one line; never “correct” of what only the visible tests have seen."""
    if grading.verdict == "RAN":
        return "No test ran, and it does not count"
    if not grading.tests:
        return ""
    passed, total = sum(test["verdict"] == "AC" for test in grading.tests), len(grading.tests)
    what = f"visible {release.tries}" if grading.visible_only else release.tries
    done = "judged rightly" if release.tries == "variants" else "passed"
    if total == 1:
        what = what.removesuffix("s")
    if passed == total:
        return f"All {total} {what} {done}" if total > 1 else f"The one {what} {done}"
    return f"{passed} of {total} {what} {done}"
