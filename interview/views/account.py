from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm, SetPasswordForm
from django.contrib.auth.views import (
    LoginView,
    PasswordResetConfirmView,
    PasswordResetDoneView,
    PasswordResetView,
)
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_POST, require_safe

from interview.exceptions import NotAllowed, TooManyAttempts
from interview.forms.user import ChoosePasswordForm, ForgottenForm
from interview.models import User
from interview.models.user import PersonState
from interview.selectors.user import signed_in
from interview.services import attempt
from interview.services.invitation import link_days, one_time_links
from interview.services.user import demo_person

BACKEND = "django.contrib.auth.backends.ModelBackend"
STARTS = {
    "candidate": "catalogue",
    "interviewer": "review_queue",
    "tester": "question_list",
    "author": "question_list",
    "curator": "question_list",
    "admin": "question_list",
}


class SignIn(LoginView):
    """Mail address and password, so often and no oftener; one click for demo people in the embedded mode."""

    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            attempt.count(attempt.SIGN_IN_ADDRESS, request.POST.get("username", ""))
            attempt.count(attempt.SIGN_IN_NETWORK, _network(request))
        except TooManyAttempts as refusal:
            return _too_many(request, refusal)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        attempt.forgive(attempt.SIGN_IN_ADDRESS, self.request.POST.get("username", ""))
        attempt.uncount(attempt.SIGN_IN_NETWORK, _network(self.request))
        return super().form_valid(form)


class Forgotten(PasswordResetView):
    """A link for a new password, mailed to whoever owns the address. The answer is the same for every address."""

    form_class = ForgottenForm
    template_name = "user/forgotten.html"
    subject_template_name = "mail/forgotten_subject.txt"
    email_template_name = "mail/forgotten.txt"
    success_url = reverse_lazy("password_link_sent")
    token_generator = one_time_links

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        try:
            attempt.count(attempt.LINK_ADDRESS, form.cleaned_data["email"])
            attempt.count(attempt.LINK_NETWORK, _network(self.request))
        except TooManyAttempts as refusal:
            return _too_many(self.request, refusal)
        self.extra_email_context = {"days": link_days()}
        return super().form_valid(form)


class LinkSent(PasswordResetDoneView):
    template_name = "user/link_sent.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"days": link_days(), "sends_mail": settings.SENDS_MAIL}


class ChoosePassword(PasswordResetConfirmView):
    """Where the link of an invitation or of a forgotten password leads; afterwards one is signed in."""

    form_class = ChoosePasswordForm
    template_name = "user/password.html"
    success_url = reverse_lazy("home")
    token_generator = one_time_links
    post_reset_login = True
    post_reset_login_backend = BACKEND

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | {"days": link_days()}
        if context["validlink"] and self.user:
            context |= {"person": self.user, "is_new": self.user.state == PersonState.INVITED}
        return context

    def form_valid(self, form: "SetPasswordForm[User]") -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, "Your password is set, and you are signed in.")
        return response

    def form_invalid(self, form: "SetPasswordForm[User]") -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response


def _network(request: HttpRequest) -> str:
    """Where a request comes from. Behind a proxy the ASGI server has put the sender's address here."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _too_many(request: HttpRequest, refusal: TooManyAttempts) -> HttpResponse:
    seconds = int(refusal.wait.total_seconds())
    words = {"exception": str(refusal), "wait": f"{seconds // 60} minutes"}
    response = render(request, "429.html", words, status=429)
    response["Retry-After"] = str(seconds)
    return response


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest, role: str) -> HttpResponse:
    try:
        person = demo_person(role)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("login")
    login(request, person, backend=BACKEND)
    return redirect("home")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each person's own start."""
    return redirect(STARTS[signed_in(request).role])
