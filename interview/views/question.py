"""The bank: finding questions, reading one, beginning one, and bringing one in and out of service."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview.diff import compare
from interview.exceptions import InterviewError
from interview.forms.question import (
    BulkForm,
    ImportForm,
    NewQuestionForm,
    PublishForm,
    QuestionFilter,
    ReasonForm,
)
from interview.models import Question, Release
from interview.selectors import curation, rubric_change
from interview.selectors.choice import marked_parts
from interview.selectors.user import signed_in
from interview.services import archive, preview, working_copy
from interview.services import question as lifecycle
from interview.views.bank import DRAFT, head, question_of, release_of
from interview.views.http import takes_up_to
from interview.views.roles import curators_only, triers_only, writers_only

PAGE_SIZE = 50
FORM_ROOM = 512 * 1024  # bytes of an import beside its files: the paths, and what separates them


@triers_only
@require_safe
def question_list(request: HttpRequest) -> HttpResponse:
    user, asked = signed_in(request), QuestionFilter(request.GET).asked
    found = Paginator(curation.search(user, asked), PAGE_SIZE)
    context = {
        "page": found.get_page(request.GET.get("page")),
        "facets": curation.facets(user, asked),
        "asked": asked,
        "orders": curation.ORDERS,
        "is_filtered": asked != curation.Asked(order=asked.order),
        "bulk": BulkForm(),
    }
    return render(request, "question/list.html", context)


@curators_only
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Tag, export, or ask and then retire, the questions that were ticked; back to the same list."""
    form = BulkForm(request.POST)
    back = f"{reverse('question_list')}?{request.POST.get('list', '')}"
    if not form.is_valid():
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return redirect(back)
    if form.cleaned_data["action"] == "export":
        return _zipped(archive.export_all(form.cleaned_data["questions"]), "questions")
    if form.cleaned_data["action"] == "retire" and not form.cleaned_data["sure"]:
        return render(request, "question/retire_all.html", {"form": form, "back": back})
    try:
        messages.success(request, _bulk_done(request, form.cleaned_data))
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    return redirect(back)


def _bulk_done(request: HttpRequest, words: dict[str, Any]) -> str:
    """What was done, for the person who asked."""
    user, chosen, tag = signed_in(request), words["questions"], words["tag"]
    match words["action"]:
        case "retire":
            return f"Retired: {_counted(lifecycle.retire_all(chosen, user))}."
        case "add":
            return f"Tagged “{tag}”: {_counted(lifecycle.tag(chosen, user, add=[tag]))}."
        case _:
            return f"Tag “{tag}” taken away: {_counted(lifecycle.tag(chosen, user, remove=[tag]))}."


def _counted(number: int) -> str:
    return "1 question" if number == 1 else f"{number} questions"


@writers_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A question that begins as a skeleton of its kind, straight to its files."""
    form = NewQuestionForm(request.POST if request.method == "POST" else None, initial={"kind": "coding"})
    if request.method == "POST" and form.is_valid():
        created = _created(request, form)
        if created:
            messages.success(request, "Here is a skeleton that works as it is. Rewrite it file by file.")
            return redirect("question_edit", created.slug)
    return render(request, "question/new.html", {"form": form}, status=422 if form.errors else 200)


def _created(request: HttpRequest, form: NewQuestionForm) -> Question | None:
    """The question; None when it was refused, and then the form says why."""
    words = form.cleaned_data
    try:
        return working_copy.create(
            signed_in(request), words["area"].slug, words["slug"], words["kind"], words["title"]
        )
    except InterviewError as refusal:
        form.add_error("slug", str(refusal))
        return None


@curators_only
@takes_up_to(archive.UPLOAD_LIMIT + FORM_ROOM)
@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request: HttpRequest, slug: str = "") -> HttpResponse:
    """A zip or a folder of questions; with `slug`, files for the working copy of that question, whatever it holds."""
    known = question_of(request, slug) if slug else None
    form = _import_form(request, known)
    if request.method == "POST" and form.is_valid():
        imported = _imported(request, form)
        if imported:
            messages.success(request, _import_told(imported))
            one = len(imported) == 1
            return redirect("question_edit", imported[0].question.slug) if one else redirect("question_list")
    context = {"form": form, "known": known}
    return render(request, "question/import.html", context, status=422 if form.errors else 200)


def _import_form(request: HttpRequest, known: Question | None) -> ImportForm:
    if request.method == "POST":
        return ImportForm(request.POST, request.FILES)
    return ImportForm(initial={"seen": known.working_copy.revision if known else None})


def _imported(request: HttpRequest, form: ImportForm) -> list[archive.Imported]:
    """What was taken in; nothing when it was refused, and then the form says why."""
    words, user = form.cleaned_data, signed_in(request)
    try:
        if upload := words["upload"]:
            return archive.import_zip(user, upload, upload.name, words["seen"])
        files = {path: file.read() for path, file in words["files"].items()}
        return archive.import_files(user, files, seen=words["seen"])
    except InterviewError as refusal:
        form.add_error(None, str(refusal))
        return []


def _import_told(imported: list[archive.Imported]) -> str:
    new = sum(one.is_new for one in imported)
    changed = sum(one.is_changed and not one.is_new for one in imported)
    same = len(imported) - new - changed
    said = [(new, "new, as drafts"), (changed, "with new files in the working copy"), (same, "unchanged")]
    return f"Imported: {', '.join(f'{number} {what}' for number, what in said if number)}."


@triers_only
@require_safe
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """The working copy's folder as a zip."""
    found = question_of(request, slug)
    return _zipped(archive.export_zip(found), found.slug)


def _zipped(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    return response


@triers_only
@require_safe
def question(request: HttpRequest, slug: str) -> HttpResponse:
    """A question as its newest release says it, unless `?release=` names another or the working copy."""
    found = question_of(request, slug)
    context = head(found)
    newest = context["standing"].newest
    asked = request.GET.get("release") or (str(newest.number) if newest else DRAFT)
    release, problems = _version(found, asked)
    context |= {
        "tab": "read",
        "release": release,
        "problems": problems,
        "asked": asked,
        "key": marked_parts(release, {}, None),
        "releases": found.releases.select_related("author").defer("files").order_by("-number"),
    }
    if (user := signed_in(request)).curates:
        context["by_older_rubric"] = rubric_change.count(found, user)
    return render(request, "question/detail.html", context)


def _version(found: Question, asked: str) -> tuple[Release, Any]:
    """A release, or what the working copy would be as one, with what is wrong with it."""
    if asked == DRAFT:
        return preview.as_release(found, found.working_copy.file_contents)
    return release_of(found, asked), ()


@curators_only
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """What would change, what stands against it, and the button."""
    found = question_of(request, slug)
    form = PublishForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        published = _published(request, found, form)
        if published:
            messages.success(request, _told(published))
            return redirect("question", slug)
    return _publish_page(request, found, form)


def _published(request: HttpRequest, found: Question, form: PublishForm) -> Release | None:
    """The new release; None when it was refused, and then the form says why."""
    words = form.cleaned_data
    try:
        return lifecycle.publish(found, signed_in(request), words["seen"], words["note"])
    except InterviewError as refusal:
        form.add_error(None, str(refusal))
        return None


def _told(release: Release) -> str:
    served = f"Release {release.number} is published and served from now on."
    if release.number == 1:
        return served
    return f"{served} Interviews that started before keep theirs."


def _publish_page(request: HttpRequest, found: Question, form: PublishForm) -> HttpResponse:
    context = head(found)
    standing = context["standing"]
    files = standing.copy.file_contents
    problems = working_copy.problems_of(files)
    context |= {
        "tab": "publish",
        "form": form,
        "problems": problems,
        "diffs": compare(standing.newest.file_contents, files) if standing.newest else [],
        "may": standing.is_proven and standing.is_ahead and not problems,
    }
    return render(request, "question/publish.html", context, status=422 if form.errors else 200)


@curators_only
@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask, then retire."""
    found = question_of(request, slug)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if lifecycle.retire(found, signed_in(request), form.cleaned_data["note"]):
            messages.success(
                request, "Retired. New interviews are not served it; those that have it keep it."
            )
        else:
            messages.info(request, "Only a published question can be retired; this one is not published.")
        return redirect("question", slug)
    return render(request, "question/retire.html", head(found) | {"form": form})


@curators_only
@require_POST
def reopen(request: HttpRequest, slug: str) -> HttpResponse:
    found = question_of(request, slug)
    if lifecycle.reopen(found, signed_in(request)):
        messages.success(request, "Published again, as its newest release says it.")
    else:
        messages.info(request, "Only a retired question can be reopened; this one is not retired.")
    return redirect("question", slug)
