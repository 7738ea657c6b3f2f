"""Second looks: a candidate asks from the report, a reviewer answers."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview.exceptions import InterviewError
from interview.forms.second_look import AnswerForm, AskForm
from interview.models import SecondLook
from interview.selectors import assignment
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import rubric_change as changes
from interview.selectors import second_look as second_looks
from interview.selectors.report import report as make_report
from interview.selectors.user import signed_in
from interview.services import second_look as services
from interview.views.review import entry_in
from interview.views.roles import reviewers_only


@require_POST
def ask(request: HttpRequest, pk: UUID, position: int) -> HttpResponse:
    """Back to the question in the report, with what came of asking."""
    candidate = signed_in(request)
    found = get_object_or_404(items.of_candidate(candidate), interview=pk, position=position)
    form = AskForm(request.POST)
    try:
        if form.is_valid():
            services.ask(found, candidate, form.cleaned_data["reason"])
            messages.success(request, "Asked. Somebody will look again; the answer appears here.")
        else:
            messages.error(request, f"Not asked. {form.errors['reason'][0]}")
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    return redirect(f"{reverse('report', args=[pk])}#q{position}")


@reviewers_only
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What candidates asked to be looked at again, as far as this person may answer it."""
    waiting = list(second_looks.waiting(signed_in(request)))
    return render(request, "review/second_looks.html", {"tab": "second_looks", "waiting": waiting})


@reviewers_only
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One answer with its marks and what its candidate says of them."""
    reviewer = signed_in(request)
    look = get_object_or_404(second_looks.waiting(reviewer), pk=pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _answered(form, look, request):
        messages.success(request, "Answered. The candidate reads it in the report.")
        return redirect("second_looks")
    interview = interviews.with_items(interviews.visible_to(reviewer)).get(pk=look.item.interview_id)
    made = make_report(interview)
    entry = entry_in(made, look.item.position)
    context = {
        "look": look,
        "marked_by": assignment.took_part(interview),
        "interview": interview,
        "report": made,
        "entry": entry,
        "by_new": changes.by_rubric(entry, made.review, look.rubric_release) if look.rubric_release else None,
        "form": form,
    }
    return render(request, "review/second_look.html", context, status=422 if form.errors else 200)


def _answered(form: AnswerForm, look: SecondLook, request: HttpRequest) -> bool:
    """Whether the answer is stored; if not, the form says why."""
    words = form.cleaned_data
    try:
        services.answer(look, signed_in(request), words["answer"], words["points"])
    except InterviewError as refusal:
        form.add_error(None, f"{refusal} What you wrote is kept below.")
        return False
    return True
