"""What one can take; and for those who look after the questions: the list of templates, composing, preview."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from interview.exceptions import InterviewError
from interview.forms.template import NewTemplateForm, SeedForm, SettingsForm, TemplateFilter
from interview.models import Slot, Template
from interview.selectors import appointment as appointments
from interview.selectors import interview as interviews
from interview.selectors import template as templates
from interview.selectors.pool import Stock, pool, stock, wishes
from interview.selectors.sample import preview as make_preview
from interview.selectors.sample import sample
from interview.selectors.user import signed_in
from interview.services import template as services
from interview.views.http import HtmxRequest
from interview.views.roles import curators_only

PER_PAGE = 50
TURNS = {"active": services.activate, "draft": services.withdraw, "archived": services.archive}
TOLD = {
    "active": "“{}” is offered from now on.",
    "draft": "“{}” is a draft again and not offered. Interviews that run keep what they have.",
    "archived": "“{}” is archived. Its interviews and their reports stay.",
}


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    candidate = signed_in(request)
    context = {
        "templates": templates.catalogue(candidate),
        "appointments": appointments.waiting(candidate),
        "running": interviews.in_progress(candidate),
    }
    return render(request, "catalogue.html", context)


@curators_only
@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    asked = TemplateFilter(request.GET).asked
    found = templates.listed(signed_in(request), **asked)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    goods = stock()
    rows = [(template, templates.faults(template, goods)) for template in page.object_list]
    return render(request, "template/list.html", {"page": page, "rows": rows, "asked": asked})


@curators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = NewTemplateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data
        made = services.create(
            signed_in(request), words["title"], words["summary"], timed=words["timed"] == "yes"
        )
        return redirect("template", made.slug)
    return render(request, "template/new.html", {"form": form}, status=422 if form.errors else 200)


@curators_only
@require_safe
def compose(request: HttpRequest, slug: str) -> HttpResponse:
    """The sections and slots of a template, a draw of it, and what stands against offering it."""
    return composer(request, template_of(request, slug))


def template_of(request: HttpRequest, slug: str) -> Template:
    return get_object_or_404(templates.visible_to(signed_in(request)), slug=slug)


def composer(request: HttpRequest, template: Template, **told: Any) -> HttpResponse:
    """The page, or for htmx the part that a press changes; `told` is what the press did, or why it did not."""
    goods = stock()
    context = {
        "template": template,
        "rows": _rows(template, goods),
        "faults": templates.faults(template, goods),
        "hints": templates.hints(template),
        "sample": sample(template, goods, SeedForm(request.GET).asked),
        **told,
    }
    part = "#compose" if getattr(request, "htmx", False) else ""
    return render(request, f"template/compose.html{part}", context)


def _rows(template: Template, goods: Stock) -> list[dict[str, Any]]:
    """Each section with its slots, in the words of the page."""
    sections = list(template.sections.all())
    slots = [slot for section in sections for slot in section.slots.all()]
    fixed = {slot.question_id for slot in slots if slot.question_id}
    lines = {slot.pk: _slot(slot, goods, fixed) for slot in slots}
    for slot in slots[:1]:
        lines[slot.pk]["is_first"] = True
    for slot in slots[-1:]:
        lines[slot.pk]["is_last"] = True
    return [
        {"section": section, "slots": [lines[slot.pk] for slot in section.slots.all()]}
        for section in sections
    ]


def _slot(slot: Slot, goods: Stock, fixed: set[int]) -> dict[str, Any]:
    if not slot.draws:
        entry = goods.find(slot.question_id)
        return {"slot": slot, "entry": entry, "name": entry.title if entry else str(slot.question)}
    left, _ = pool(slot, goods, fixed)
    words = [words for words, _ in wishes(slot)]
    name = f"draw of {slot.count}, {', '.join(words) or 'of the whole bank'}"
    return {"slot": slot, "wishes": words, "fitting": len(left), "name": name}


@curators_only
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    template = template_of(request, slug)
    form = SettingsForm.of(template, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.describe(template, signed_in(request), form.cleaned_data)
            return redirect("template", slug)
        except InterviewError as refusal:
            form.add_error(None, str(refusal))
    context = {"template": template, "form": form}
    return render(request, "template/settings.html", context, status=422 if form.errors else 200)


@curators_only
@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Ten draws with their seeds, what they cover and how long they take."""
    template, goods = template_of(request, slug), stock()
    first = SeedForm(request.GET).asked
    context = {
        "template": template,
        "faults": templates.faults(template, goods),
        "preview": make_preview(template, goods, first),
        "first": first,
    }
    return render(request, "template/preview.html", context)


@curators_only
@require_POST
def turn(request: HttpRequest, slug: str) -> HttpResponse:
    """Offer it, take it back to draft, or archive it."""
    template, state = template_of(request, slug), request.POST.get("state", "")
    if state not in TURNS:
        messages.error(request, "Nothing was done: the page was incomplete. Press the button once more.")
        return redirect("template", slug)
    try:
        TURNS[state](template, signed_in(request))
        messages.success(request, TOLD[state].format(template))
    except InterviewError as refusal:
        messages.error(request, str(refusal))
    return redirect("template", slug)


@curators_only
@require_POST
def copy(request: HttpRequest, slug: str) -> HttpResponse:
    made = services.copy(template_of(request, slug), signed_in(request))
    messages.success(request, f"“{made}” is a draft of its own; change what should be different.")
    return redirect("template", made.slug)


def back(request: HtmxRequest, template: Template, anchor: str, **told: Any) -> HttpResponse:
    """After a press: the changed part for htmx, else the page again, at the place of the press."""
    if request.htmx:
        return composer(request, template_of(request, template.slug), **told)
    if "refusal" in told:
        messages.error(request, told["refusal"])
    seed = SeedForm(request.GET).asked
    return redirect(f"{reverse('template', args=[template.slug])}?seed={seed}#{anchor}")
