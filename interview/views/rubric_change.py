"""A changed rubric: what differs, which answers would move, and moving those that are chosen."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from interview.exceptions import InterviewError
from interview.forms.rubric_change import RubricChangeForm
from interview.models import Question
from interview.selectors import rubric_change as changes
from interview.selectors.rubric_change import Answer
from interview.selectors.user import signed_in
from interview.services import rubric_change as services
from interview.views.bank import head
from interview.views.roles import curators_and_reviewers_only

PAGE_SIZE = 100  # each ticked row is a field of the form, and a form takes a thousand


@curators_and_reviewers_only
@require_http_methods(["GET", "HEAD", "POST"])
def rubric(request: HttpRequest, slug: str) -> HttpResponse:
    """Who would move; for what is ticked the question whether to do it, then what came of it.

    Interviewers read it, since it says how they should mark; only who may publish a rubric may apply it.
    """
    found = get_object_or_404(Question.objects.select_related("area"), slug=slug)
    if request.method != "POST":
        return _listed(request, found)
    if not signed_in(request).curates:
        raise PermissionDenied("Only curators and admins may have answers marked by another rubric.")
    form = RubricChangeForm(request.POST)
    if not form.is_valid() and set(form.errors) != {"reason"}:
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return redirect("question_rubric", slug)
    if form.errors or not form.cleaned_data["sure"]:
        return _asked(request, found, form)
    return _applied(request, found, form)


def _listed(request: HttpRequest, found: Question) -> HttpResponse:
    rubrics, user = changes.rubrics_of(found), signed_in(request)
    items = changes.marked_by_older(rubrics, user)
    counted = changes.counted(items)
    page = Paginator(items, PAGE_SIZE).get_page(request.GET.get("page"))
    context = _head(request, found) | {
        "rubrics": rubrics,
        "older": [
            (older, counted.get(pk, 0))
            for pk, older in rubrics.older.items()
            if pk in counted or str(older.release.number) == request.GET.get("from")
        ],
        "page": page,
        "answers": changes.answers(items.filter(pk__in=[item.pk for item in page]), rubrics),
        "kept_by_looks": changes.kept_by_second_looks(rubrics),
    }
    return render(request, "question/rubric.html", context)


def _head(request: HttpRequest, found: Question) -> dict[str, Any]:
    """Interviewers have no way to the question's other pages."""
    shown = head(found) if signed_in(request).tries else {"question": found}
    return shown | {"tab": "rubric"}


def _asked(request: HttpRequest, found: Question, form: RubricChangeForm) -> HttpResponse:
    """The numbers once more, of what can be done and of what is left, and the reason to give."""
    form.fields["reason"].required = True  # the page before asked for none
    wish, rubrics = form.wish, changes.rubrics_of(found)
    items = changes.marked_by_older(rubrics, signed_in(request)).filter(pk__in=wish.seen)
    answers = changes.answers(items, rubrics)
    refused = [(answer, why) for answer in answers if (why := services.refusal(answer, wish))]
    granted = [answer for answer in answers if not services.refusal(answer, wish)]
    context = _head(request, found) | {
        "form": form,
        "wish": wish,
        "rubrics": rubrics,
        "granted": granted,
        "refused": refused,
        "missing": len(wish.seen) - len(answers),
        "moves": _moves(granted),
        "released": [answer for answer in granted if answer.is_released],
    }
    return render(request, "question/rubric_confirm.html", context, status=422 if form.errors else 200)


def _moves(answers: list[Answer]) -> dict[str, int]:
    """How many go up, down and nowhere, of those whose points both rubrics tell."""
    known = [
        (answer.before, answer.after)
        for answer in answers
        if answer.before is not None and answer.after is not None and not answer.is_hidden
    ]
    return {
        "up": sum(after > before for before, after in known),
        "down": sum(after < before for before, after in known),
        "same": sum(after == before for before, after in known),
        "unknown": len(answers) - len(known),
    }


def _applied(request: HttpRequest, found: Question, form: RubricChangeForm) -> HttpResponse:
    try:
        outcome = services.apply(found, signed_in(request), form.wish)
    except InterviewError as refusal:
        messages.error(request, str(refusal))
        return redirect("question_rubric", found.slug)
    return render(
        request, "question/rubric_done.html", _head(request, found) | {"outcome": outcome, "wish": form.wish}
    )
