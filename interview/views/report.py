from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from interview.models import Interview, User
from interview.models.presence import recorded
from interview.selectors import assignment, presence
from interview.selectors import interview as interviews
from interview.selectors import problem as problems
from interview.selectors import second_look as second_looks
from interview.selectors import self_assessment as self_assessments
from interview.selectors.advice import practise_next
from interview.selectors.report import report as make_report
from interview.selectors.user import signed_in
from interview.views import practice
from interview.views.submission import outcome


@require_safe
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the judge and the reviewer made of an interview, once it is released."""
    reader = signed_in(request)
    interview = get_object_or_404(interviews.with_items(interviews.visible_to(reader)), pk=pk)
    if interview.is_practice:
        return practice.report(request, interview)
    if not interview.released_at:
        if interview.candidate != reader:
            raise Http404
        return redirect("interview_closed", pk)
    made = make_report(interview)
    presence.attach(interview)
    problems.attach((entry.item for entry in made.items), reader)
    outcomes = [
        (entry, outcome(entry.grading, entry.item.release) if entry.grading else "") for entry in made.items
    ]
    is_own = interview.candidate == reader
    context = {
        "report": made,
        "interview": interview,
        "outcomes": outcomes,
        "difference": self_assessments.attach(made),
        "recorded": recorded(interview.mode),
        "marked_by": assignment.took_part(interview),
        "second_look_until": second_looks.window_ends(interview) if _may_ask(interview, reader) else None,
        # A reviewer may open this report as well; notes and advice are its candidate's alone.
        "notes": interviews.notes_of(interview) if is_own else None,
        "advice": practise_next(made) if is_own else None,
    }
    return render(request, "report.html", context)


def _may_ask(interview: Interview, reader: User) -> bool:
    return interview.candidate == reader and second_looks.can_be_asked(interview)
