"""What two reviewers made of the same interview, and how alike reviewers read criteria over all of them."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from interview.selectors import agreement
from interview.selectors.opinion import opinions_of
from interview.selectors.report import released_review, report
from interview.views.review import desk
from interview.views.roles import reviewers_only


@reviewers_only
@require_safe
def opinions(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Both markings side by side, once both are in and can be swayed no more."""
    interview, _ = desk(request, pk)
    both = opinions_of(interview)
    if both is None:
        raise Http404
    released = released_review(interview)
    settled = report(interview, released) if released else None
    context = {"interview": interview, "both": both, "settled": settled}
    return render(request, "review/opinions.html", context)


@reviewers_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Which criteria reviewers read alike."""
    context = {
        "tab": "agreement",
        "measured": agreement.by_question(),
        "few": agreement.FEW,
        "days": agreement.SINCE.days,
    }
    return render(request, "review/agreement.html", context)
