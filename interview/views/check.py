"""The proof of a question and trials of its example submissions, with results in place."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from interview.exceptions import InterviewError
from interview.models import Check, Question, WorkingCopy
from interview.selectors import check as checks
from interview.selectors.user import signed_in
from interview.services import check as proving
from interview.services import trial
from interview.views.bank import head, question_of
from interview.views.http import HtmxRequest
from interview.views.roles import writers_only


@writers_only
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HtmxRequest, slug: str) -> HttpResponse:
    """Ask for a proof of the working copy, or look how far it has come."""
    found = question_of(request, slug)
    if request.method == "POST":
        proving.request(found, signed_in(request))
    if not request.htmx:
        return redirect(reverse("question_edit", args=[slug]) + "#check")
    context = head(found) | _proof(found, found.working_copy) | {"oob": True}
    return render(request, "question/check.html", context)


@writers_only
@require_POST
def stop(request: HtmxRequest, slug: str) -> HttpResponse:
    """Stop the proof that is under way."""
    found = question_of(request, slug)
    if under_way := checks.latest(found):
        proving.cancel(under_way, signed_in(request))
    if not request.htmx:
        return redirect(reverse("question_edit", args=[slug]) + "#check")
    return render(
        request, "question/check.html", head(found) | _proof(found, found.working_copy) | {"oob": True}
    )


@writers_only
@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: HtmxRequest, slug: str) -> HttpResponse:
    """Run one example submission, or all of them, against the tests; or look how far they have come."""
    found = question_of(request, slug)
    refusal = _tried(request, found) if request.method == "POST" else ""
    if not request.htmx:
        if refusal:
            messages.error(request, refusal)
        return redirect(reverse("question_edit", args=[slug]) + "#trials")
    context = head(found) | _trials(found.working_copy) | {"refusal": refusal}
    return render(request, "question/trials.html", context)


def _tried(request: HttpRequest, found: Question) -> str:
    """Why nothing runs; empty when it does."""
    asked = request.POST.get("path", "")
    every = [example.path for example in trial.trials(found.working_copy)]
    try:
        for path in [asked] if asked else every:
            trial.try_example(found, signed_in(request), path)
    except InterviewError as refusal:
        return str(refusal)
    return "" if asked or every else "There is no example submission. Add one under submissions/accepted/."


def panel(found: Question, copy: WorkingCopy) -> dict[str, Any]:
    """What the studio shows of both."""
    return _proof(found, copy) | _trials(copy)


def _proof(found: Question, copy: WorkingCopy) -> dict[str, Any]:
    latest = checks.latest(found)
    outcomes = latest.report["outcomes"] if latest and latest.report else []
    return {
        "check": latest,
        "broken": [outcome for outcome in outcomes if not outcome["ok"]],
        "kept": [outcome for outcome in outcomes if outcome["ok"]],
        "is_of_these_files": latest is not None and latest.content_hash == copy.content_hash,
        "survivors": _survivors(latest),
    }


def _survivors(check: Check | None) -> list[dict[str, Any]]:
    """Mutants that the tests took for right, those first that nobody declared equivalent."""
    mutants = check.report["mutants"] if check and check.report else []
    return sorted((m for m in mutants if not m["killed"]), key=lambda mutant: bool(mutant["equivalent"]))


def _trials(copy: WorkingCopy) -> dict[str, Any]:
    tried = trial.trials(copy)
    open_ones = [one for one in tried if one.grading and not one.grading.is_finished]
    return {"trials": tried, "trials_run": bool(open_ones)}
