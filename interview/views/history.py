"""What became of a question: who changed what and when, what differs, and the way back."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from interview.diff import compare as differences
from interview.exceptions import InterviewError, Stale
from interview.models import Question, Release
from interview.selectors import history as changes
from interview.selectors.user import signed_in
from interview.services import working_copy
from interview.views.bank import DRAFT, files_of, head, name_of, question_of, release_of
from interview.views.roles import triers_only, writers_only

PAGE_SIZE = 50


@triers_only
@require_safe
def history(request: HttpRequest, slug: str) -> HttpResponse:
    found = question_of(request, slug)
    releases = list(found.releases.select_related("author").defer("files").order_by("-number"))
    page = Paginator(changes.of(found), PAGE_SIZE).get_page(request.GET.get("page"))
    context = head(found) | {"tab": "history", "page": page, "releases": releases}
    return render(request, "question/history.html", context)


@triers_only
@require_safe
def change(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What one change did to the files."""
    found = question_of(request, slug)
    change = get_object_or_404(found.changes.select_related("actor", "question"), pk=pk)
    before, after = changes.around(change)
    context = head(found) | {"tab": "history", "change": change, "diffs": differences(before, after)}
    return render(request, "question/change.html", context)


@triers_only
@require_safe
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions, file by file. Left out, the old one is the newest release and the new one the working copy."""
    found = question_of(request, slug)
    context = head(found)
    newest = context["standing"].newest
    old = request.GET.get("from") or (str(newest.number) if newest else DRAFT)
    new = request.GET.get("to") or DRAFT
    context |= {
        "tab": "history",
        "old": old,
        "new": new,
        "old_name": name_of(old),
        "new_name": name_of(new),
        "diffs": differences(files_of(found, old), files_of(found, new)),
        "numbers": found.releases.order_by("-number").values_list("number", flat=True),
    }
    return render(request, "question/compare.html", context)


@writers_only
@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show what the working copy would lose and get, then put the release's files in its place."""
    found = question_of(request, slug)
    release = release_of(found, str(number))
    if request.method == "POST" and (seen := request.POST.get("seen", "")).isdecimal():
        try:
            working_copy.restore(found, signed_in(request), release, int(seen))
        except Stale as refusal:
            messages.error(request, f"{refusal} The comparison below is of the files as they are now.")
        except InterviewError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request,
                f"The working copy has the files of release {number} again. What it had before is in the history.",
            )
            return redirect("question_edit", slug)
    return render(request, "question/restore.html", _restore_page(found, release))


def _restore_page(found: Question, release: Release) -> dict[str, Any]:
    context = head(found)
    held = context["standing"].copy.file_contents
    diffs = differences(held, release.file_contents)
    return context | {"tab": "history", "release": release, "diffs": diffs}
