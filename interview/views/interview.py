"""The life of an interview as its candidate sees it: rules, start, finish, closed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview.exceptions import InterviewClosed, InterviewError
from interview.forms.interview import ConsentForm
from interview.models import Interview, Item, Template, User
from interview.models.interview import Mode, allowed_overall
from interview.models.presence import Recorded, recorded
from interview.models.question import AnswerForm
from interview.models.submission import SubmissionKind
from interview.selectors import appointment as appointments
from interview.selectors import extra_time as extra_times
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import presence as presences
from interview.selectors import self_assessment as self_assessments
from interview.selectors import stage as stages
from interview.selectors import template as templates
from interview.selectors.accommodation import time_factor
from interview.selectors.stage import Stage, Standing
from interview.selectors.user import signed_in
from interview.services.interview import hand_in, start_interview, take_up_again
from interview.views.http import HtmxRequest


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """The rules; the clock starts only with the button under them."""
    template = get_object_or_404(templates.once_offered(), slug=slug)
    candidate = signed_in(request)
    form = ConsentForm(request.POST if request.method == "POST" else None, has_rules=bool(template.rules))
    if request.method == "POST" and form.is_valid():
        try:
            interview = start_interview(candidate, template)
        except InterviewError as refusal:
            messages.error(request, str(refusal))
            return redirect("catalogue")
        return redirect("item", interview.pk, 1)
    context = own_time(candidate, template) | {
        "template": template,
        "form": form,
        "running": interviews.in_progress(candidate),
        "refusal": templates.refusal(candidate, template),
        "goes_one_way": templates.goes_one_way(template),
        "first_look": templates.first_look(candidate),
        "recorded": recorded(Mode.STRICT),
    }
    return render(request, "interview/start.html", context, status=422 if form.errors else 200)


def own_time(candidate: User, template: Template) -> dict[str, Any]:
    """How long a template takes this person, who may have extra time."""
    factor = time_factor(candidate)
    own = allowed_overall(template.plan(), factor) if template.timed else 0
    return {"factor": factor, "own_minutes": own}


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The interviews that count, and practice apart from them."""
    own = [(interview, interviews.status(interview)) for interview in interviews.history(signed_in(request))]
    context = {
        "appointments": appointments.waiting(signed_in(request)),
        "interviews": [row for row in own if not row[0].is_practice],
        "practices": [row for row in own if row[0].is_practice],
    }
    return render(request, "interview/list.html", context)


@require_safe
def show(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The one address of an interview: on to wherever it stands."""
    interview = get_object_or_404(interviews.of_candidate(signed_in(request)), pk=pk)
    if interview.is_open():
        return redirect("item", pk, stages.present(interview).first)
    return redirect(_after(interview), pk)


def _after(interview: Interview) -> str:
    """The page of an interview that is over: practice needs no release."""
    readable = interview.finalised_at if interview.is_practice else interview.released_at
    return "report" if readable else "interview_closed"


@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is open, before the candidate ends it."""
    candidate = signed_in(request)
    interview = _own(candidate, pk)
    if not interview.is_open():
        return redirect("interview_closed", pk)
    if request.method != "POST":
        return render(request, "interview/finish.html", _standing(interview) | exam_bar(interview))
    try:
        hand_in(interview, candidate)
    except InterviewClosed as refusal:
        messages.info(request, str(refusal))
    return redirect("report" if interview.is_practice else "interview_closed", pk)


@require_safe
def closed(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """What happened, what counts, what comes next. Refreshes its table while something is still being judged."""
    interview = _own(signed_in(request), pk)
    if interview.is_open():  # `again` tells a page that is open of it
        return HttpResponse(status=204) if request.htmx else redirect("interview", pk)
    if interview.is_practice and interview.finalised_at and not request.htmx:
        return redirect("report", pk)
    template = "interview/closed.html#counting" if request.htmx else "interview/closed.html"
    return render(request, template, _standing(interview) | _extra(interview) | _own_marks(interview))


def _own_marks(interview: Interview) -> dict[str, Any]:
    """Whether its candidate may mark it while they wait, and how far they are."""
    invites = interview.awaits_self_assessment and self_assessments.has_something(interview)
    return {"assesses": invites, "assessment": self_assessments.of(interview) if invites else None}


@require_safe
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What the page of a closed interview asks, as long as extra time may open it again."""
    interview = get_object_or_404(interviews.of_candidate(signed_in(request)), pk=pk)
    return render(request, "interview/closed.html#again", _extra(interview))


def _extra(interview: Interview) -> dict[str, Any]:
    return {
        "interview": interview,
        "is_open_again": interview.is_open(),
        "may_reopen": extra_times.may_reopen(interview),
        "extra_minutes": extra_times.minutes_granted(interview),
    }


@require_POST
def take_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Undo the finish, while there is time."""
    interview = get_object_or_404(interviews.of_candidate(signed_in(request)), pk=pk)
    try:
        take_up_again(interview)
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    return redirect("interview", pk)


def _own(candidate: User, pk: UUID) -> Interview:
    return get_object_or_404(interviews.with_items(interviews.of_candidate(candidate)), pk=pk)


def _standing(interview: Interview) -> dict[str, Any]:
    """Each question with its state and what will count, or counts, of it."""
    stage = stages.present(interview)
    rows = [_row(item, stage) | {"section": section_of(item)} for item in interview.items.all()]
    judging = any(row["grading"] and not row["grading"].is_finished for row in rows)
    return {
        "interview": interview,
        "status": interviews.status(interview),
        "rows": rows,
        "unanswered": [row for row in rows if row["state"] == items.ItemState.EMPTY and row["is_here"]],
        "flagged": [row for row in rows if row["item"].flagged and row["is_here"]],
        "unopened": [row for row in rows if row["is_ahead"]],
        "unsubmitted": [row for row in rows if (row["newer"] or row["is_only_draft"]) and row["is_here"]],
        "poll": _interval(interview, judging),
        "may_be_taken_up": interview.may_be_taken_up(),
    }


def _interval(interview: Interview, judging: bool) -> str:
    """How often the page asks what counts; empty when that is settled."""
    if interview.may_be_taken_up():
        return "10s"
    return "1s" if judging or interview.finalised_at is None else ""


def _row(item: Item, stage: Stage) -> dict[str, Any]:
    counting, draft = items.counting_submission(item), items.draft_of(item)
    state, standing = items.state(item), stage.standing(item.position)
    return {
        "item": item,
        "is_here": standing == Standing.HERE,
        "is_ahead": standing == Standing.AHEAD,
        "state": state,
        "draft": draft,
        "counting": counting,
        "grading": counting.current_grading if counting else None,
        "is_final": counting is not None and counting.kind == SubmissionKind.FINAL,
        "newer": items.unsubmitted_work(item) is not None,
        "is_only_draft": item.release.answer_form == AnswerForm.CODE and state == items.ItemState.DRAFT,
    }


def exam_bar(interview: Interview, current: Item | None = None) -> dict[str, Any]:
    """What the bar of a running interview shows. Expects `selectors.interview.with_items`."""
    left, stage, section = interview.time_left(), stages.present(interview), _section_clock(interview)
    return {
        "interview": interview,
        "stage": stage,
        "steps": [_step(item, current, stage) for item in interview.items.all()],
        "records_presence": Recorded.VIEW in recorded(interview.mode),
        "shown": current,
        "left": left,
        "seconds_left": left.total_seconds(),
        "section": section,
        "budget": _budget(interview, current) if current and not section else None,
        "ends_in": (section or {}).get("seconds_left", left.total_seconds()),
    }


def _section_clock(interview: Interview) -> dict[str, Any] | None:
    """The present section, where it has a clock of its own."""
    left = stages.section_left(interview)
    if left is None:
        return None
    index = stages.section_of(interview, stages.present(interview).first)
    title = interview.plan["sections"][index]["title"]
    return {"title": title, "left": left, "seconds_left": left.total_seconds()}


def _budget(interview: Interview, current: Item) -> dict[str, Any] | None:
    """What was spent in a free section beside its minutes, which lock nothing; where the time in view is recorded."""
    is_only = len(interview.plan["sections"]) == 1
    if (
        is_only
        or stages.is_one_way(interview, current.section)
        or Recorded.VIEW not in recorded(interview.mode)
    ):
        return None
    spent = presences.spent_in(interview, current.section)
    return {
        "title": interview.plan["sections"][current.section]["title"],
        "minutes": stages.minutes_of(interview, current.section) // timedelta(minutes=1),
        "spent": spent // timedelta(minutes=1),
        "spent_seconds": spent.total_seconds(),
    }


def _step(item: Item, current: Item | None, stage: Stage) -> dict[str, Any]:
    standing = stage.standing(item.position)
    return {
        "position": item.position,
        "section": section_of(item),
        "title": item.release.title,
        "standing": standing,
        "is_open": standing == Standing.HERE or not item.interview.is_open(),
        "state": items.state(item),
        "flagged": item.flagged,
        "is_current": item == current,
    }


def section_of(item: Item) -> dict[str, Any]:
    """The section that the item is in, as its interview was made."""
    return dict(item.interview.plan["sections"][item.section])
