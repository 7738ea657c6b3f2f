"""People: who is here, who may do what, and inviting more."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview.exceptions import InterviewError
from interview.forms.user import InviteForm, PeopleFilter, RoleForm, RosterForm
from interview.models import User
from interview.models.user import PersonState, Role
from interview.selectors import appointment as appointments
from interview.selectors import recusal as recusals
from interview.selectors import user as users
from interview.selectors.accommodation import time_factor
from interview.selectors.user import signed_in
from interview.services import invitation as invitations
from interview.services import user as accounts
from interview.services.roster import Roster, read_roster
from interview.views.http import origin
from interview.views.roles import managers_only

PAGE_SIZE = 50


@managers_only
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    shown = PeopleFilter(request.GET)
    found = Paginator(users.people(signed_in(request), **shown.asked), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))
    return render(request, "user/list.html", {"form": shown, "page": page, "asked": shown.asked})


@managers_only
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person, what they may do, and what can be changed about it."""
    return _person_page(request, _person(request, pk))


@managers_only
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite one person, and go to their page, which has the link."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        invited = _invited(request, form)
        if invited:
            _tell(request, invited)
            return redirect("person", invited.person.pk)
    return render(request, "user/invite.html", {"form": form}, status=422 if form.errors else 200)


@managers_only
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest) -> HttpResponse:
    """Invite many: the list is read and shown first, and sent by a second press."""
    form = RosterForm(request.POST or None, request.FILES or None)
    read = _read(form) if request.method == "POST" else None
    if read and read.rows and request.POST.get("action") == "invite":
        return _invite_all(request, read)
    context = {"form": form, "roster": read}
    return render(request, "user/import.html", context, status=422 if form.errors else 200)


@managers_only
@require_POST
def role(request: HttpRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _person_page(request, found, form)
    chosen = Role(form.cleaned_data["role"])
    done = f"{found.display_name} is {_with_article(chosen)} from now on."
    return _changed(request, found, done, lambda: accounts.change_role(found, chosen, signed_in(request)))


@managers_only
@require_http_methods(["GET", "HEAD", "POST"])
def deactivation(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then deactivate."""
    found = _person(request, pk)
    if request.method != "POST":
        return render(request, "user/deactivate.html", {"person": found})
    done = f"{found.display_name} is deactivated and signed out everywhere."
    return _changed(request, found, done, lambda: accounts.deactivate(found, signed_in(request)))


@managers_only
@require_POST
def reactivation(request: HttpRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    done = f"{found.display_name} can sign in again."
    return _changed(request, found, done, lambda: accounts.reactivate(found, signed_in(request)))


@managers_only
@require_POST
def resend_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    found = _person(request, pk)
    try:
        _tell(request, invitations.resend(found, signed_in(request), origin(request)))
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    return redirect("person", pk)


def _person(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(users.visible_to(signed_in(request)), pk=pk)


def _person_page(request: HttpRequest, found: User, form: RoleForm | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "person": found,
        "is_self": found.pk == signed_in(request).pk,
        "factor": time_factor(found),
        "form": form or RoleForm(initial={"role": found.role}),
        "days": invitations.link_days(),
        "sends_mail": settings.SENDS_MAIL,
        "appointments": appointments.of_candidate(found),
        "recusals": recusals.visible_to(signed_in(request)).filter(candidate=found),
    }
    if found.state == PersonState.INVITED:
        context["link"] = invitations.link_for(found, origin(request))
    return render(request, "user/person.html", context, status=422 if form else 200)


def _invited(request: HttpRequest, form: InviteForm) -> invitations.Invitation | None:
    """The invitation; None when it was refused, and then the form says why."""
    words = form.cleaned_data
    try:
        return invitations.invite_one(
            words["email"], words["name"], Role(words["role"]), signed_in(request), origin(request)
        )
    except InterviewError as refusal:
        form.add_error("email", str(refusal))
        return None


def _tell(request: HttpRequest, invitation: invitations.Invitation) -> None:
    who = invitation.person.display_name
    if invitation.trouble:
        messages.warning(
            request,
            f"{who} is invited, but the mail could not be sent: {invitation.trouble}. "
            "Hand over the link below, or resend the invitation later.",
        )
    elif settings.SENDS_MAIL:
        messages.success(request, f"{who} is invited; the mail is on its way to {invitation.person.email}.")
    else:
        messages.success(request, f"{who} is invited. No mail leaves this copy, so hand over the link below.")


def _read(form: RosterForm) -> Roster | None:
    """What was sent; None when it cannot be read, and then the form says why."""
    if not form.is_valid():
        return None
    try:
        return read_roster(form.content())
    except InterviewError as refusal:
        form.add_error("file" if form.cleaned_data["file"] else "text", str(refusal))
        return None


def _invite_all(request: HttpRequest, read: Roster) -> HttpResponse:
    """Answered without a redirect: the links are shown once and stored nowhere. Sent again, it finds all known."""
    invited, known = invitations.invite(read.rows, signed_in(request), origin(request))
    context = {
        "invited": invited,
        "known": known,
        "faults": read.faults,
        "unsent": [invitation for invitation in invited if invitation.trouble],
        "days": invitations.link_days(),
        "sends_mail": settings.SENDS_MAIL,
    }
    return render(request, "user/invited.html", context)


def _changed(request: HttpRequest, found: User, done: str, change: Callable[[], None]) -> HttpResponse:
    try:
        change()
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("person", found.pk)


def _with_article(chosen: Role) -> str:
    return f"{'an' if chosen.label[0] in 'AEIOU' else 'a'} {chosen.label.lower()}"
