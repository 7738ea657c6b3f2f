from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from interview.exceptions import NotAllowed
from interview.selectors.user import signed_in
from interview.services.user import demo_person

BACKEND = "django.contrib.auth.backends.ModelBackend"
STARTS = {"candidate": "catalogue", "interviewer": "review_queue", "admin": "question_list"}


class SignIn(LoginView):
    """Mail address and password; one click more for demo people in the embedded mode."""

    redirect_authenticated_user = True


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
