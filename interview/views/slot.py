"""Sections and slots of a template: adding, changing, moving, removing."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from interview.exceptions import InterviewError
from interview.forms.template import SectionForm, SlotForm
from interview.models import Section, Slot
from interview.selectors.pool import pool, stock
from interview.selectors.user import signed_in
from interview.services import template as services
from interview.views.http import HtmxRequest
from interview.views.roles import curators_only
from interview.views.template import back, template_of

Made = TypeVar("Made", Section, Slot)
STEPS = {"up": -1, "down": 1}


@curators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_section(request: HttpRequest, slug: str) -> HttpResponse:
    template = template_of(request, slug)
    form = SectionForm(request.POST if request.method == "POST" else None, timed=template.timed)
    made = _done(form, lambda words: services.add_section(template, signed_in(request), words))
    return _at(made, slug) or _page(request, "section", {"template": template, "form": form})


@curators_only
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _section(request, slug, pk)
    form = SectionForm.of(found, request.POST if request.method == "POST" else None)
    made = _done(form, lambda words: services.change_section(found, signed_in(request), words))
    context = {"template": found.template, "section": found, "form": form}
    return _at(made, slug) or _page(request, "section", context)


@curators_only
@require_POST
def act_on_section(request: HtmxRequest, slug: str, pk: int) -> HttpResponse:
    """Move or remove a section."""
    found = _section(request, slug, pk)
    press, user = request.POST.get("press", ""), signed_in(request)
    if press == "remove":
        return _pressed(request, found, "Removed", lambda: services.remove_section(found, user))
    steps = STEPS.get(press, 0)
    return _pressed(request, found, f"Moved {press}", lambda: services.move_section(found, user, steps))


@curators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_slot(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _section(request, slug, pk)
    form = SlotForm(request.POST if request.method == "POST" else None, entries=stock().entries)
    made = _done(form, lambda words: services.add_slot(found, signed_in(request), words))
    context = {"template": found.template, "section": found, "form": form, "matching": _matching(form)}
    return _at(made, slug) or _page(request, "slot", context)


@curators_only
@require_http_methods(["GET", "HEAD", "POST"])
def slot(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    found = _slot(request, slug, pk)
    form = SlotForm.of(found, stock().entries, request.POST if request.method == "POST" else None)
    made = _done(form, lambda words: services.change_slot(found, signed_in(request), words))
    context = {
        "template": found.section.template,
        "section": found.section,
        "slot": found,
        "form": form,
        "matching": _matching(form) if form.is_bound else _narrowed(found),
    }
    return _at(made, slug) or _page(request, "slot", context)


@curators_only
@require_POST
def act_on_slot(request: HtmxRequest, slug: str, pk: int) -> HttpResponse:
    """Move or remove a slot."""
    found = _slot(request, slug, pk)
    press, user = request.POST.get("press", ""), signed_in(request)
    if press == "remove":
        return _pressed(request, found, "Removed", lambda: services.remove_slot(found, user))
    steps = STEPS.get(press, 0)
    return _pressed(request, found, f"Moved {press}", lambda: services.move_slot(found, user, steps))


@curators_only
@require_POST
def matching(request: HttpRequest, slug: str) -> HttpResponse:
    """How many questions the filters of a form leave, while it is being filled in. Stores nothing."""
    template_of(request, slug)
    form = SlotForm(request.POST, entries=stock().entries)
    return render(request, "template/slot.html#matching", {"matching": _matching(form)})


def _matching(form: SlotForm) -> str:
    """In words; empty while the form says nothing that could be counted."""
    if not form.is_bound:
        return _narrowed(Slot())
    if not form.is_valid() or form.cleaned_data["way"] != "draw":
        return ""
    return _narrowed(Slot(**form.words()))


def _narrowed(rule: Slot) -> str:
    if not rule.draws:
        return ""
    left, steps = pool(rule, stock())
    counts = ", ".join(f"{step.left} {step.words}" for step in steps)
    return f"{len(left)} question{'' if len(left) == 1 else 's'} can be drawn: {counts}."


def _section(request: HttpRequest, slug: str, pk: int) -> Section:
    template = template_of(request, slug)
    return get_object_or_404(template.sections.select_related("template"), pk=pk)


def _slot(request: HttpRequest, slug: str, pk: int) -> Slot:
    template = template_of(request, slug)
    slots = Slot.objects.filter(section__template=template).select_related("section__template", "question")
    return get_object_or_404(slots, pk=pk)


def _done(form: SectionForm | SlotForm, act: Callable[[dict[str, Any]], Made]) -> Made | None:
    """What the service makes of a valid form; None without one, or when it refuses, and then the form says why."""
    if not form.is_valid():
        return None
    try:
        return act(form.words())
    except InterviewError as refusal:
        form.add_error(None, str(refusal))
        return None


def _at(made: Section | Slot | None, slug: str) -> HttpResponse | None:
    """Back to the composer, at what was made or changed."""
    return redirect(f"{reverse('template', args=[slug])}#{_anchor(made)}") if made else None


def _anchor(what: Section | Slot) -> str:
    return f"{'section' if isinstance(what, Section) else 'slot'}-{what.pk}"


def _name(what: Section | Slot) -> str:
    """As the page calls it."""
    if isinstance(what, Slot) and what.question:
        return what.question.title or what.question.slug
    return str(what)


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].errors else 200
    return render(request, f"template/{name}.html", context, status=status)


def _pressed(request: HtmxRequest, what: Section | Slot, done: str, act: Callable[[], None]) -> HttpResponse:
    """The page after a press, at the place of what was pressed."""
    template = what.template if isinstance(what, Section) else what.section.template
    anchor, name = _anchor(what), _name(what)
    try:
        act()
    except InterviewError as refusal:
        return back(request, template, anchor, refusal=str(refusal))
    return back(request, template, anchor, announce=f"{done}: {name}.")
