"""The studio: every file of a question in an editor, with what it would become beside it."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from csp.constants import SELF
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview.diff import compare_texts
from interview.exceptions import InterviewError, InvalidFiles, Stale
from interview.forms.question import ArrangeForm, FileForm
from interview.models import Question, Release
from interview.selectors import item as items
from interview.selectors.choice import marked_parts
from interview.selectors.user import signed_in
from interview.services import pen, preview
from interview.services.folder import FILE_LIMIT
from interview.services.trial import is_example
from interview.views import check
from interview.views.answer import on_page
from interview.views.bank import DRAFT, files_of, head, question_of
from interview.views.http import HtmxRequest, takes_up_to, with_policy
from interview.views.roles import triers_only, writers_only

FORM_ROOM = 64 * 1024  # bytes of an upload beside its file
EDITABLE = 500_000  # bytes of text that an editor in a page carries well
LANGUAGES = {".py": "python", ".md": "markdown", ".yaml": "yaml"}
#: How the tree is ordered; what is not named comes last.
ORDER = (
    *("question.yaml", "statement.md", "starter.py", "answer.yaml", "rubric.yaml", "solution.md"),
    *("starter", "hints", "figures", "grading", "submissions", "data"),
)


@dataclass(frozen=True)
class Leaf:
    """A file in the tree, and how many problems it has."""

    path: str
    name: str
    problems: int


@dataclass(frozen=True)
class OpenFile:
    """The file in the editor: `text` is None where it cannot be edited as text."""

    path: str
    text: str | None
    size: int

    @property
    def language(self) -> str:
        return LANGUAGES.get(PurePosixPath(self.path).suffix, "text")

    @property
    def is_example(self) -> bool:
        return is_example(self.path)


@writers_only
@with_policy({"frame-src": [SELF]})
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HtmxRequest, slug: str) -> HttpResponse:
    """One file of the working copy. A save answers with what changed of the page, or with the whole of it."""
    found = question_of(request, slug)
    if request.method != "POST":
        return render(request, "question/studio.html", _desk(found, request.GET.get("file", "")))
    form = FileForm(request.POST)
    if not form.is_valid():
        raise Http404
    context = _save(request, found, form)
    if request.htmx:
        return render(request, "question/studio.html#after_save", context)
    return render(request, "question/studio.html", context, status=409 if context.get("refusal") else 200)


def _save(request: HttpRequest, found: Question, form: FileForm) -> dict[str, Any]:
    """Store the text, or say why not with the text kept and, when somebody else wrote, theirs beside it."""
    words = form.cleaned_data
    path, text = words["file"], words["content"]
    try:
        pen.write_file(found, signed_in(request), path, text.encode(), words["seen"])
    except Stale as refusal:
        return (
            _desk(found, path, text)
            | {"refusal": refusal, "outcome": "conflict"}
            | _theirs(found, path, text)
        )
    except InterviewError as refusal:
        return _desk(found, path, text) | {"refusal": refusal, "outcome": "refused"}
    return _desk(found, path) | {"outcome": "saved"}


def _theirs(found: Question, path: str, mine: str) -> dict[str, Any]:
    """What the file holds by now, and what saving `mine` would change of it."""
    held = found.working_copy.file_contents.get(path)
    theirs = held.decode(errors="replace") if held is not None else ""
    return {"is_gone": held is None, "theirs": theirs, "lines": compare_texts(theirs, mine)}


def _desk(found: Question, path: str, text: str | None = None) -> dict[str, Any]:
    """The whole studio with `path` open; `text` stands in the place of what the file holds."""
    found.refresh_from_db()
    context = head(found)
    files = context["standing"].copy.file_contents
    opened = _opened(files, path or _first(files), text)
    shown = files if text is None else files | {path: text.encode()}
    context |= {"tab": "edit", "file": opened} | _seen(found, shown)
    context["tree"] = _tree(files, context["problems"])
    return context | check.panel(found, context["standing"].copy)


def _first(files: dict[str, bytes]) -> str:
    return "statement.md" if "statement.md" in files else min(files)


def _opened(files: dict[str, bytes], path: str, text: str | None) -> OpenFile:
    if text is not None:
        return OpenFile(path, text, len(text))
    if path not in files:
        raise Http404
    content = files[path]
    return OpenFile(path, _editable(content), len(content))


def _editable(content: bytes) -> str | None:
    """The text of a file that a page's editor can hold; NUL and other line ends would not survive it."""
    if len(content) > EDITABLE or b"\0" in content or b"\r" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _tree(files: dict[str, bytes], problems: Any) -> dict[str, list[Leaf]]:
    """Folder to its files, in the order in which one writes them; "" is the question's own folder."""
    counted = [problem.path for problem in problems]
    tree: dict[str, list[Leaf]] = {}
    for path in sorted(files, key=_rank):
        folder, _, name = path.rpartition("/")
        tree.setdefault(folder, []).append(Leaf(path, name, counted.count(path)))
    return tree


def _rank(path: str) -> tuple[bool, int, str]:
    parts = PurePosixPath(path).parts
    return len(parts) > 1, ORDER.index(parts[0]) if parts[0] in ORDER else len(ORDER), path


def _seen(found: Question, files: dict[str, bytes]) -> dict[str, Any]:
    """What is wrong with the files, and what reviewers would see of them."""
    release, problems = preview.as_release(found, files)
    return {"problems": problems, "release": release, "key": marked_parts(release, {}, None), "paths": files}


@writers_only
@require_POST
def notes(request: HttpRequest, slug: str) -> HttpResponse:
    """While one types: the problems, and the reviewers' side, as they would be with what is typed."""
    found = question_of(request, slug)
    form = FileForm(request.POST)
    if not form.is_valid():
        raise Http404
    context = {"question": found} | _seen(found, _typed(found, form))
    return render(request, "question/studio.html#while_typing", context)


def _typed(found: Question, form: FileForm) -> dict[str, bytes]:
    words = form.cleaned_data
    return found.working_copy.file_contents | {words["file"]: words["content"].encode()}


@triers_only
@xframe_options_sameorigin
@with_policy({"frame-ancestors": [SELF], "sandbox": ["allow-scripts", "allow-same-origin"]})
@require_http_methods(["GET", "HEAD", "POST"])
def preview_page(request: HttpRequest, slug: str) -> HttpResponse:
    """The page that a candidate would be served, of the working copy, of a release, or of what is being typed.

    The sandbox lets its scripts draw and its forms send nothing: no answer is saved or judged.
    """
    found = question_of(request, slug)
    form = FileForm(request.POST)
    if request.method == "POST" and form.is_valid():
        files = _typed(found, form)
    else:
        files = files_of(found, request.GET.get("release") or DRAFT)
    release, _ = preview.as_release(found, files)
    return _as_candidate(request, release)


def _as_candidate(request: HttpRequest, release: Release) -> HttpResponse:
    item = preview.as_item(release)
    context = {
        "frame": "question/frame.html",
        "interview": item.interview,
        "item": item,
        "release": release,
        "count": 1,
        "revision": 0,
        "embedded": "embedded" in request.GET or request.method == "POST",
    }
    context |= on_page(item, items.blank_answer(release))
    return render(request, f"item/{release.answer_form.value}.html", context)


@triers_only
@require_safe
def file(request: HttpRequest, slug: str, path: str) -> HttpResponse:
    """A file of the working copy: a picture to be shown, anything else to be kept."""
    content = question_of(request, slug).working_copy.file_contents.get(path)
    if content is None:
        raise Http404
    if path.startswith("figures/") and path.endswith(".svg") and "download" not in request.GET:
        response = HttpResponse(content, content_type="image/svg+xml")
        response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        return response
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{PurePosixPath(path).name}"'
    return response


@writers_only
@takes_up_to(FILE_LIMIT + FORM_ROOM)
@require_POST
def arrange(request: HttpRequest, slug: str) -> HttpResponse:
    """Add, upload, rename or delete a file; back to the file that is then of interest."""
    found = question_of(request, slug)
    form = ArrangeForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(
            request, "Nothing was done: the page was incomplete. Choose a file, or write its path."
        )
        return redirect("question_edit", slug)
    words = form.cleaned_data
    if words["action"] == "delete" and not words["sure"]:
        return render(request, "question/delete_file.html", head(found) | {"words": words})
    try:
        opens = _arranged(found, request, words)
    except InterviewError as refusal:
        messages.error(request, str(refusal))
        opens = words["file"]
    return redirect(reverse("question_edit", args=[slug]) + (f"?file={opens}" if opens else ""))


def _arranged(found: Question, request: HttpRequest, words: dict[str, Any]) -> str:
    """Do it, and say which file to open."""
    user, path, to, seen = signed_in(request), str(words["file"]), str(words["path"]).strip(), words["seen"]
    match words["action"]:
        case "add":
            pen.add_file(found, user, to, b"", seen)
        case "rename":
            pen.rename_file(found, user, path, to, seen)
        case "delete":
            pen.delete_file(found, user, path, seen)
            return ""
        case _:
            to = _uploaded(found, request, words)
    return to


def _uploaded(found: Question, request: HttpRequest, words: dict[str, Any]) -> str:
    """Take a file in, in the place of one of the same path if there is one."""
    upload, to = words["upload"], str(words["path"]).strip()
    if upload is None:
        raise InvalidFiles(["Choose a file to upload first."])
    path = f"{to}{upload.name}" if not to or to.endswith("/") else to
    pen.write_file(found, signed_in(request), path, upload.read(), words["seen"])
    return path
