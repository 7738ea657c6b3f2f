"""The question bank for those who look after it."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview.exceptions import InterviewError
from interview.forms.question import StatementForm
from interview.models import Question, Release
from interview.selectors import question as questions
from interview.selectors.choice import marked_parts
from interview.selectors.user import signed_in
from interview.services.question import publish_statement
from interview.views.http import HtmxRequest
from interview.views.roles import curators_only


@curators_only
@require_safe
def question_list(request: HttpRequest) -> HttpResponse:
    found = list(questions.bank(signed_in(request)))
    return render(request, "question/list.html", {"questions": found})


@curators_only
@require_safe
def question(request: HttpRequest, slug: str) -> HttpResponse:
    """A question as one of its releases says it, the newest unless `?release=` names another."""
    found = _question(request, slug)
    history = list(found.releases.select_related("author").defer("files").order_by("-number"))
    release = _asked_for(history, request.GET.get("release", ""))
    context = {
        "question": found,
        "history": history,
        "release": release,
        "newest": history[0],
        "key": marked_parts(release, {}, None),
    }
    return render(request, "question/detail.html", context)


@curators_only
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Write the statement of the next release. What cannot be published stays in the page that comes back."""
    found = _question(request, slug)
    newest = _newest(found)
    form = StatementForm(request.POST or None, initial={"statement": newest.statement, "seen": newest.number})
    if request.method == "POST" and form.is_valid():
        published = _published(request, found, form)
        if published:
            messages.success(request, _told(published))
            return redirect("question", slug)
    return _editor(request, found, form)


@curators_only
@require_POST
def preview(request: HtmxRequest, slug: str) -> HttpResponse:
    """The statement as its candidate would see it: the part alone for htmx, the whole page without script."""
    found = _question(request, slug)
    form = StatementForm(request.POST)
    if request.htmx:
        return render(request, "question/edit.html#preview", {"shown": _shown(_newest(found), form)})
    return _editor(request, found, form)


def _question(request: HttpRequest, slug: str) -> Question:
    return get_object_or_404(questions.bank(signed_in(request)), slug=slug, release_number__isnull=False)


def _newest(found: Question) -> Release:
    return questions.latest_releases([found.pk])[found.pk]


def _asked_for(history: list[Release], number: str) -> Release:
    if not number:
        return history[0]
    release = next((release for release in history if str(release.number) == number), None)
    if release is None:
        raise Http404
    return release


def _published(request: HttpRequest, found: Question, form: StatementForm) -> Release | None:
    """The new release; None when it was refused, and then the form says why."""
    words = form.cleaned_data
    try:
        return publish_statement(found, words["statement"], signed_in(request), words["seen"], words["note"])
    except InterviewError as refusal:
        form.add_error(None, str(refusal))
        return None


def _told(release: Release) -> str:
    return (
        f"Release {release.number} is published and served from now on. "
        f"Interviews that started before keep release {release.number - 1}."
    )


def _editor(request: HttpRequest, found: Question, form: StatementForm) -> HttpResponse:
    newest = _newest(found)
    context: dict[str, Any] = {
        "question": found,
        "newest": newest,
        "form": form,
        "shown": _shown(newest, form),
        # The page names a newer release and shows its text, and is from then on made from that one.
        "overtaken": str(form["seen"].value()) != str(newest.number),
    }
    return render(request, "question/edit.html", context, status=422 if form.errors else 200)


def _shown(newest: Release, form: StatementForm) -> Release:
    """The newest release as it would be with the statement in `form`; never saved."""
    shown = copy(newest)
    shown.statement = form["statement"].value() or ""
    return shown
