"""Practice: choosing questions, showing answers, marking oneself, and the report of it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview.exceptions import InterviewError, PracticeBarred
from interview.forms.practice import NarrowForm, RevealForm, SelfMarkForm, SetForm
from interview.models import Interview, Item
from interview.models.interview import Mode, Reveal
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import practice as practices
from interview.selectors import stage as stages
from interview.selectors import template as templates
from interview.selectors.advice import practise_next
from interview.selectors.report import ItemReport, Report
from interview.selectors.report import report as make_report
from interview.selectors.stage import Standing
from interview.selectors.submission import tried_again_at
from interview.selectors.user import signed_in
from interview.services.practice import (
    mark_self,
    open_hint,
    pause,
    rehearse,
    resume,
    reveal_item,
    start_set,
)
from interview.views.http import HtmxRequest
from interview.views.interview import exam_bar, own_time
from interview.views.submission import outcome, result_context


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What can be practised, and how it went so far."""
    person = signed_in(request)
    offers = practices.offers(person)
    form = NarrowForm(request.GET, offers=offers, topics=practices.topics(offers))
    context = {
        "areas": practices.by_area(form.narrowed()),
        "form": form,
        "is_narrowed": any(form.cleaned_data.values()),
        "offers": offers,
        "sets": templates.sets(),
        "templates": templates.offered(Mode.PRACTICE),
        "under_way": practices.under_way(person),
        "barring": interviews.barring_practice(person),
    }
    return render(request, "practice/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def build(request: HttpRequest) -> HttpResponse:
    """The chosen questions once more, and when to show their answers; then the set starts."""
    person = signed_in(request)
    wish = request.POST if request.method == "POST" else request.GET
    slugs, area = set(wish.getlist("questions")), wish.get("area", "")
    chosen = [
        offer
        for offer in practices.offers(person)
        if offer.question.slug in slugs or offer.question.area_id == area
    ]
    form = SetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        started = _started(
            request, lambda: start_set(person, list(asked["questions"]), Reveal(asked["reveal"]))
        )
        return redirect("item", started.pk, 1) if started else redirect("practice")
    context = {
        "form": form,
        "chosen": chosen,
        "minutes": sum(offer.release.minutes for offer in chosen),
        "barring": interviews.barring_practice(person),
    }
    return render(request, "practice/set.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def rehearsal(request: HttpRequest, slug: str) -> HttpResponse:
    """How a rehearsal, or a question set, goes; it starts with the button under that."""
    person = signed_in(request)
    template = get_object_or_404(templates.practised(), slug=slug)
    form = RevealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reveal = Reveal(form.cleaned_data["reveal"])
        started = _started(request, lambda: rehearse(person, template, reveal))
        return redirect("item", started.pk, 1) if started else redirect("practice")
    context = own_time(person, template) | {
        "form": form,
        "template": template,
        "barring": interviews.barring_practice(person),
        "goes_one_way": templates.goes_one_way(template),
    }
    return render(request, "practice/rehearse.html", context, status=422 if form.errors else 200)


def _started(request: HttpRequest, start: Callable[[], Interview]) -> Interview | None:
    try:
        return start()
    except InterviewError as refusal:
        messages.error(request, str(refusal))
        return None


@require_POST
def stop_clock(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _turned(request, pk, pause)


@require_POST
def restart_clock(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _turned(request, pk, resume)


def _turned(request: HttpRequest, pk: UUID, turn: Callable[[Interview], None]) -> HttpResponse:
    """Pause or resume, and back to the question that the button was on."""
    practice = get_object_or_404(interviews.of_candidate(signed_in(request)), pk=pk)
    try:
        turn(practice)
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    position = request.POST.get("position", "")
    there = practice.items.filter(position=position).exists() if position.isdecimal() else False
    return redirect("item", pk, int(position)) if there else redirect("interview", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def reveal(request: HttpRequest, pk: UUID, position: int) -> HttpResponse:
    """Ask once more, then show the model answer; the answer given is locked."""
    found = _item(request, pk, position)
    page = instead(request, found)
    if request.method != "POST":
        return page or _confirm(request, found)
    return _asked(request, found, reveal_item)


def _confirm(request: HttpRequest, found: Item) -> HttpResponse:
    if not (found.interview.is_practice and found.interview.is_open()):
        raise Http404
    if stages.present(found.interview).standing(found.position) == Standing.AHEAD:
        return redirect("item", found.interview_id, found.position)
    draft, counting = items.draft_of(found), items.counting_submission(found)
    context = {
        "item": found,
        "release": found.release,
        "draft": draft,
        "counting": counting,
        "newer": items.unsubmitted_work(found) is not None,
        **exam_bar(_whole(found.interview), found),
    }
    return render(request, "practice/reveal.html", context)


@require_POST
def hint(request: HttpRequest, pk: UUID, position: int) -> HttpResponse:
    return _asked(request, _item(request, pk, position), open_hint, "#help")


def _asked(request: HttpRequest, found: Item, ask: Callable[[Item], None], anchor: str = "") -> HttpResponse:
    try:
        ask(found)
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    answer = redirect("item", found.interview_id, found.position)
    answer["Location"] += anchor
    return answer


def _item(request: HttpRequest, pk: UUID, position: int) -> Item:
    return get_object_or_404(items.of_candidate(signed_in(request)), interview=pk, position=position)


def _whole(practice: Interview) -> Interview:
    return interviews.with_items(Interview.objects.filter(pk=practice.pk)).get()


def instead(request: HtmxRequest | HttpRequest, found: Item) -> HttpResponse | None:
    """The page of practice that stands where the question would: barred, the shown answer, or paused."""
    practice = found.interview
    if not practice.is_practice:
        return None
    if running := interviews.barring_practice(practice.candidate):
        return barred(request, running)
    if practices.shows_answer(practice, found):
        return _answer(request, found)
    if practice.is_paused:
        context = {"item": found, **exam_bar(_whole(practice), found)}
        return render(request, "practice/paused.html", context)
    return None


def barred(request: HttpRequest, running: Interview) -> HttpResponse:
    """Practice while an interview counts: nothing of it is shown, and why."""
    context = {"running": running, "reason": str(PracticeBarred(running.title))}
    return render(request, "practice/barred.html", context, status=409)


@require_POST
def mark(request: HttpRequest, pk: UUID, position: int) -> HttpResponse:
    """Store one's own marks. What cannot be stored stays in the page that comes back."""
    found = _item(request, pk, position)
    page = instead(request, found)
    if not practices.shows_answer(found.interview, found) or (page and page.status_code == 409):
        return page or redirect("item", pk, position)
    practice, entry = _entry_of(found)
    form = SelfMarkForm.of(entry, request.POST)
    if not form.is_valid():
        return _shown(request, practice, entry, form)
    try:
        words = form.cleaned_data
        mark_self(found, words["met"], words["comment"], covered_by=form.covered_by())
    except InterviewError as refusal:
        form.add_error(None, f"{refusal} What you typed is kept below.")
        return _shown(request, practice, entry, form)
    messages.success(request, f"Question {position} is marked.")
    return redirect("item", pk, position)


def _answer(request: HtmxRequest | HttpRequest, found: Item) -> HttpResponse:
    if getattr(request, "htmx", False):
        return render(request, "practice/answer.html#result", _result(found))
    practice, entry = _entry_of(found)
    return _shown(request, practice, entry, SelfMarkForm.of(entry))


def _entry_of(found: Item) -> tuple[Report, ItemReport]:
    made = make_report(_whole(found.interview))
    return made, next(entry for entry in made.items if entry.item == found)


def _shown(request: HttpRequest, made: Report, entry: ItemReport, form: SelfMarkForm) -> HttpResponse:
    """Answer, tests and model answer beside the rubric."""
    practice, found = made.interview, entry.item
    stage = stages.present(practice)
    later = [other.item.position for other in made.items if other.item.position > found.position]
    onward = practice.is_open() and stage.leads_on(found.position)
    context = {
        "frame": "item/exam.html" if practice.is_open() else "base.html",
        "report": made,
        "entry": entry,
        "release": found.release,
        "form": form,
        "next": None if onward else next(iter(later), None),
        "onward": onward,
        "hints": practices.hints_told(found)[: practices.hints_opened(found)],
        "hint_total": len(found.release.hints),
        **exam_bar(practice, found),
        **_result(found),
    }
    return render(request, "practice/answer.html", context, status=422 if form.errors else 200)


def _result(found: Item) -> dict[str, Any]:
    """What counts and how it was judged, hidden tests included: this is practice, and the answer is locked."""
    context = result_context(found)
    counting = items.counting_submission(found)
    grading = counting.current_grading if counting else None
    retried_at = tried_again_at(counting) if counting else None
    is_awaited = (grading and not grading.is_finished) or retried_at
    return context | {
        "item": found,
        "submission": counting,
        "grading": grading,
        "result": grading.result if grading else None,
        "outcome": outcome(grading, found.release) if grading else "",
        "retried_at": retried_at,
        "poll": "1s" if is_awaited else None,
    }


def report(request: HttpRequest, practice: Interview) -> HttpResponse:
    """The report of finished practice, marked by its candidate. Expects `selectors.interview.with_items`."""
    if practice.finalised_at is None:
        return redirect("interview_closed", practice.pk)
    if running := interviews.barring_practice(signed_in(request), timezone.now()):
        return barred(request, running)
    made = make_report(practice)
    opened = practices.hint_counts(practice)
    context = {
        "report": made,
        "interview": practice,
        "notes": interviews.notes_of(practice),
        "advice": practise_next(made),
        "outcomes": [
            (entry, outcome(entry.grading, entry.item.release) if entry.grading else "")
            for entry in made.items
        ],
        "unmarked": [entry for entry in made.items if not entry.is_marked],
        "hints": [(item.position, opened[item.pk]) for item in practice.items.all() if item.pk in opened],
    }
    return render(request, "practice/report.html", context)
