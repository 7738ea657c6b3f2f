"""A person's own time factor, as admins grant it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from interview.exceptions import InterviewError
from interview.forms.accommodation import AccommodationForm
from interview.models import User
from interview.selectors import accommodation as accommodations
from interview.selectors import user as users
from interview.selectors.user import signed_in
from interview.services.accommodation import accommodate
from interview.views.roles import managers_only


@managers_only
@require_http_methods(["GET", "HEAD", "POST"])
def person_time(request: HttpRequest, pk: int) -> HttpResponse:
    """The factor that counts, every earlier one with its reason, and a form for the next."""
    admin = signed_in(request)
    person = get_object_or_404(users.visible_to(admin), pk=pk)
    form = AccommodationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _granted(form, person, admin):
        messages.success(
            request, f"{person.display_name} has the time factor {form.cleaned_data['factor']:g} from now on."
        )
        return redirect("person_time", pk)
    context = {
        "person": person,
        "form": form,
        "is_self": person == admin,
        "factor": accommodations.time_factor(person),
        "granted": accommodations.visible_to(admin).filter(person=person),
    }
    return render(request, "user/time.html", context, status=422 if form.errors else 200)


def _granted(form: AccommodationForm, person: User, admin: User) -> bool:
    """Whether it was granted; where not, the form says why."""
    try:
        accommodate(person, form.cleaned_data["factor"], form.cleaned_data["reason"], admin)
    except InterviewError as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
