"""Problems with questions: a small form where one meets them, an inbox for those who mend them, one's own reports."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from interview.exceptions import InterviewError
from interview.forms.problem import AnswerForm, InboxFilter, ReportForm
from interview.models import Problem, Question, Release
from interview.selectors import item as items
from interview.selectors import problem as problems
from interview.selectors import question as questions
from interview.selectors.user import signed_in
from interview.services import problem as services
from interview.views.http import HtmxRequest
from interview.views.roles import triers_only, writers_only

PAGE_SIZE = 50
THANKS = (
    "Thank you. Those who look after this question will read it; their answer appears among your reports."
)


@require_http_methods(["GET", "HEAD", "POST"])
def report_item(request: HtmxRequest, pk: UUID, position: int) -> HttpResponse:
    """Report a problem with the question of one's own item: the part beside it for htmx, else a page of its own."""
    user = signed_in(request)
    found = get_object_or_404(items.of_candidate(user), interview=pk, position=position)
    form = ReportForm(request.POST or None)
    done = request.method == "POST" and _sent(
        form, lambda: services.report_item(found, user, form.cleaned_data["body"])
    )
    if request.htmx:
        problems.attach([found], user)
        part = {"item": found, "form": None if done else form, "sent": done, "is_open": True}
        return render(request, "problem/beside.html", part)
    if done:
        messages.success(request, THANKS)
        return redirect("problems_mine")
    context: dict[str, Any] = {"form": form, "release": found.release, "item": found}
    return render(request, "problem/report.html", context, status=422 if form.errors else 200)


@triers_only
@require_http_methods(["GET", "HEAD", "POST"])
def report_question(request: HtmxRequest, slug: str) -> HttpResponse:
    """Report a problem with a question that one tries out, in release `?release=` or in its draft."""
    user = signed_in(request)
    question = get_object_or_404(questions.visible_to(user), slug=slug)
    release = _release(question, request.GET.get("release", ""))
    form = ReportForm(request.POST or None)
    if request.method == "POST" and _sent(
        form, lambda: services.report_question(question, user, form.cleaned_data["body"], release)
    ):
        messages.success(request, THANKS)
        return redirect("question", slug)
    context = {"form": form, "release": release, "question": question}
    return render(request, "problem/report.html", context, status=422 if form.errors else 200)


def _release(question: Question, number: str) -> Release | None:
    if not number:
        return None
    if not number.isdecimal():
        raise Http404
    return get_object_or_404(question.releases.defer("files"), number=number)


def _sent(form: ReportForm | AnswerForm, send: Callable[[], Problem]) -> bool:
    """Whether it was stored; if not, the form says why and keeps what was typed."""
    if not form.is_valid():
        return False
    try:
        send()
    except InterviewError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@writers_only
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What was reported, open ones where nothing else is asked for."""
    user = signed_in(request)
    shown = InboxFilter(request.GET if request.GET else {"state": "open"})
    found = Paginator(problems.inbox(user, **shown.asked), PAGE_SIZE)
    context = {
        "form": shown,
        "page": found.get_page(request.GET.get("page")),
        "asked": shown.asked,
        "counts": problems.counts(user),
    }
    return render(request, "problem/inbox.html", context)


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """One's own reports, with the answers to them."""
    found = Paginator(problems.reported_by(signed_in(request)), PAGE_SIZE)
    return render(request, "problem/mine.html", {"page": found.get_page(request.GET.get("page"))})


@writers_only
@require_http_methods(["GET", "HEAD", "POST"])
def problem(request: HttpRequest, pk: int) -> HttpResponse:
    """One problem; a curator answers it here."""
    user = signed_in(request)
    found = get_object_or_404(problems.inbox(user), pk=pk)
    form = AnswerForm.of(found, request.POST or None)
    if request.method == "POST" and _sent(form, lambda: services.answer(found, user, **_answer(form))):
        messages.success(request, "Answered. The person who reported it sees the answer from now on.")
        return redirect("problems")
    found.refresh_from_db()
    context: dict[str, Any] = {"problem": found, "question": found.question, "form": form}
    return render(request, "problem/problem.html", context, status=422 if form.errors else 200)


def _answer(form: AnswerForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("body", "release", "mended", "again")}
