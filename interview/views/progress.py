"""A person's own progress; the address names nobody, so it is nobody else's."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from interview.selectors import progress as progresses
from interview.selectors import readiness
from interview.selectors.user import signed_in

PAGE_SIZE = 20


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """How ready one is, how each area went over time, and all sittings with their reports."""
    person = signed_in(request)
    recent = progresses.recent(person)
    page = Paginator(progresses.of_candidate(person), PAGE_SIZE).get_page(request.GET.get("page"))
    courses, untouched = progresses.courses(recent)
    context = {
        "checklist": readiness.checklist(person, recent),
        "ready": readiness.READY,
        "courses": courses,
        "untouched": untouched,
        "page": page,
        "sittings": progresses.among(page.object_list, recent),
        "looked_at": progresses.LOOKED_AT,
        "is_cut": page.paginator.count > len(recent),
    }
    return render(request, "progress/progress.html", context)
