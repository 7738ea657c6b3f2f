"""Who shall not review whom: as admins say it on a person's page, and as a reviewer says it of themselves."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from interview.exceptions import InterviewError
from interview.forms.recusal import KeepAwayForm, RecuseForm
from interview.models import User
from interview.selectors import recusal as recusals
from interview.selectors import user as users
from interview.selectors.user import signed_in
from interview.services import recusal as services
from interview.views.review import desk
from interview.views.roles import managers_only, reviewers_only


@managers_only
@require_http_methods(["GET", "HEAD", "POST"])
def of_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Who does not review this person, and a form for one more."""
    admin = signed_in(request)
    person = get_object_or_404(users.visible_to(admin), pk=pk)
    form = KeepAwayForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        kept_away: User = form.cleaned_data["reviewer"]
        services.recuse(kept_away, person, form.cleaned_data["reason"], admin)
        messages.success(
            request, f"{kept_away.display_name} does not review {person.display_name} from now on."
        )
        return redirect("person_recusals", pk)
    noted = recusals.visible_to(admin).filter(candidate=person)
    context = {"person": person, "form": form, "noted": noted}
    return render(request, "user/recusals.html", context, status=422 if form.errors else 200)


@managers_only
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    admin = signed_in(request)
    found = get_object_or_404(recusals.visible_to(admin), pk=pk)
    services.lift(found, admin)
    messages.success(
        request, f"{found.reviewer.display_name} may review {found.candidate.display_name} again."
    )
    return redirect("person_recusals", found.candidate_id)


@reviewers_only
@require_POST
def step_aside(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A reviewer who recognizes somebody leaves the interview, and all others of that person, to others."""
    interview, _ = desk(request, pk)
    form = RecuseForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was changed. {form.errors['reason'][0]}")
        return redirect("review_item", pk, 1)
    try:
        services.recuse_oneself(interview, signed_in(request), form.cleaned_data["reason"])
    except InterviewError as refusal:
        messages.error(request, str(refusal))
        return redirect("review_queue")
    messages.success(request, "You meet nothing of this person's any more. An admin can lift that.")
    return redirect("review_queue")
