"""Templates: what can be taken, what is being composed, and what stands against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from interview.models import Appointment, Interview, Section, Slot, Template, User
from interview.models.interview import CloseReason, Mode
from interview.models.template import Navigation, Retake, TemplateMode, TemplateState
from interview.selectors import appointment as appointments
from interview.selectors.draw import draw
from interview.selectors.pool import Stock

_GONE = "“{}” is not offered any more. Nothing was started; choose another one."
QUESTIONS_LIMIT = 60  # of one template
FIRST_LOOK = "first-look"  # the slug of the template by which people learn the interface
_MODE = {
    Mode.STRICT: [TemplateMode.STRICT, TemplateMode.BOTH],
    Mode.PRACTICE: [TemplateMode.PRACTICE, TemplateMode.BOTH],
}


@dataclass(frozen=True)
class Fault:
    """Something that keeps a template from being offered; `anchor` is where on the page to mend it."""

    anchor: str
    sentence: str


def composed() -> QuerySet[Template]:
    """Templates with their sections and slots ready to show, in a fixed number of queries."""
    slots = Slot.objects.select_related("question", "area").order_by("position")
    sections = Section.objects.order_by("position").prefetch_related(Prefetch("slots", queryset=slots))
    return Template.objects.order_by("title", "pk").prefetch_related(Prefetch("sections", queryset=sections))


def offered(mode: Mode) -> QuerySet[Template]:
    """What can be taken on the clock, as an interview that counts or as a rehearsal."""
    return composed().filter(state=TemplateState.ACTIVE, timed=True, mode__in=_MODE[mode])


def catalogue(candidate: User, now: datetime | None = None) -> QuerySet[Template]:
    """Interviews that count and that this person may take: those by appointment with one alone."""
    awaited = appointments.waiting(candidate, now).values("template")
    return offered(Mode.STRICT).filter(Q(by_appointment=False) | Q(pk__in=awaited))


def once_offered() -> QuerySet[Template]:
    """Interviews that count, with those that were offered before: a link to one is answered in words."""
    return composed().filter(timed=True, mode__in=_MODE[Mode.STRICT]).exclude(state=TemplateState.DRAFT)


def sets() -> QuerySet[Template]:
    """Question sets: practice without a clock."""
    return composed().filter(state=TemplateState.ACTIVE, timed=False)


def practised() -> QuerySet[Template]:
    """What can be practised: rehearsals and question sets."""
    ways = Q(timed=False) | Q(timed=True, mode__in=_MODE[Mode.PRACTICE])
    return composed().filter(ways, state=TemplateState.ACTIVE)


def first_look(candidate: User) -> Template | None:
    """The practice that shows the interface, for somebody who has never taken anything; None once they have."""
    if Interview.objects.filter(candidate=candidate).exists():
        return None
    return offered(Mode.PRACTICE).filter(slug=FIRST_LOOK).first()


def visible_to(user: User) -> QuerySet[Template]:
    """Templates as those see them who compose them; everybody else meets them in the catalogue."""
    return composed() if user.curates else Template.objects.none()


def listed(user: User, search: str = "", state: str = "", timed: str = "") -> QuerySet[Template]:
    """Those whose title or summary holds `search`; an empty filter lets all through. Archived ones come last."""
    found = visible_to(user).select_related("changed_by")
    if search:
        found = found.filter(Q(title__icontains=search) | Q(summary__icontains=search))
    if state:
        found = found.filter(state=state)
    if timed:
        found = found.filter(timed=timed == "yes")
    return found.annotate(is_old=Q(state=TemplateState.ARCHIVED)).order_by("is_old", "title", "pk")


def faults(template: Template, stock: Stock) -> list[Fault]:
    """Everything that keeps `template` from being offered to somebody who was served nothing yet."""
    return [*_gaps(template), *_twice(template), *_loose(template), *_short(template, stock)]


def _gaps(template: Template) -> Iterator[Fault]:
    sections = list(template.sections.all())
    if not sections:
        yield Fault("add-section", "It has no section yet. Add one.")
    for section in sections:
        anchor = f"section-{section.pk}"
        if not section.slots.all():
            yield Fault(anchor, f"Section “{section.title}” asks nothing. Add a question, or remove it.")
        if template.timed and not section.minutes:
            yield Fault(anchor, f"Section “{section.title}” has no minutes. Say how long it takes.")


def _twice(template: Template) -> Iterator[Fault]:
    named: set[int] = set()
    for section in template.sections.all():
        for slot in section.slots.all():
            if slot.question_id in named:
                title = f"“{slot.question}” is asked for twice"
                yield Fault(f"slot-{slot.pk}", f"{title}, and is served once. Remove one of the two.")
            if slot.question_id:
                named.add(slot.question_id)


def _loose(template: Template) -> Iterator[Fault]:
    """Follow-ups that have nothing to follow."""
    for section in template.sections.all():
        slots = list(section.slots.all())
        for before, slot in zip([None, *slots], slots, strict=False):
            if slot.follows and (reason := _loose_because(section, before)):
                yield Fault(f"slot-{slot.pk}", f"A follow-up in “{section.title}” {reason}.")


def _loose_because(section: Section, before: Slot | None) -> str:
    if section.navigation == Navigation.ONE_WAY:
        return "is one without saying so: a one-way section asks one question after the other anyway"
    if before is None:
        return "comes first, so there is nothing that it follows. Move it down"
    if before.count > 1:
        return f"comes after a draw of {before.count}. Let it follow a single question"
    return ""


def _short(template: Template, stock: Stock) -> Iterator[Fault]:
    for shortage in draw(template, stock, seed=0).shortages:
        fixed = {seat.slot.question_id for seat in shortage.seats}
        # A question that is fixed twice is told already, in words that are about that.
        if None in fixed or len(fixed) == len(shortage.slots):
            yield Fault(f"slot-{shortage.slots[0].slot.pk}", str(shortage))


def hints(template: Template) -> list[str]:
    """What a composer may have overlooked, though it can be offered."""
    together = sum(section.minutes or 0 for section in template.sections.all())
    if template.timed and template.overall_minutes and template.overall_minutes != together:
        return [
            f"The sections add up to {together} minutes, and the clock is set to {template.overall_minutes}."
        ]
    return []


def goes_one_way(template: Template) -> bool:
    return any(section.navigation == Navigation.ONE_WAY for section in template.sections.all())


def refusal(candidate: User, template: Template, now: datetime | None = None) -> str:
    """Why this person cannot start it now as an interview that counts; empty when they can."""
    if template.state != TemplateState.ACTIVE:
        return f"“{template}” is not offered any more. Nothing was started; choose another one."
    if not template.counts:
        return f"“{template}” is for practice alone. Start it from the practice page."
    moment = now or timezone.now()
    appointment = appointments.waiting_for(candidate, template, moment)
    if appointment and appointment.opens_at <= moment:
        return ""  # an admin asked for it, whatever the rule for retakes says
    return _appointment_refusal(template, appointment) or retake_refusal(candidate, template, moment)


def _appointment_refusal(template: Template, appointment: Appointment | None) -> str:
    if appointment:
        day = date_format(appointment.opens_at.astimezone(UTC), "j F Y, H:i")
        return f"“{template}” is scheduled for you, and can be started from {day} UTC on."
    if template.by_appointment:
        return f"“{template}” is taken by appointment. Ask an admin to schedule it for you."
    return ""


def practice_refusal(template: Template) -> str:
    """Why nobody can practise it now; empty when they can."""
    if template.state != TemplateState.ACTIVE:
        return _GONE.format(template)
    if template.timed and not template.rehearses:
        return f"“{template}” is an interview that counts, and there is no rehearsal of it."
    return ""


def retake_refusal(candidate: User, template: Template, now: datetime | None = None) -> str:
    """Why this person may not take it (again) as an interview that counts; empty when they may.

    What was cancelled does not count as taken; of what still runs the start itself tells.
    """
    if template.retake == Retake.ANY:
        return ""
    taken = Interview.objects.filter(candidate=candidate, template=template, mode=Mode.STRICT).filter(
        close_reason__in=[CloseReason.HANDED_IN, CloseReason.TIME_UP]
    )
    ends = [ended for ended in taken.values_list("closed_at", flat=True) if ended]
    return _refusal_after(template, ends, now or timezone.now()) if ends else ""


def _refusal_after(template: Template, ends: list[datetime], now: datetime) -> str:
    """`ends` are when this person's earlier ones closed."""
    number = template.retake_number or 0
    again = max(ends) + timedelta(days=number)
    match template.retake:
        case Retake.NEVER:
            return (
                f"You have taken “{template}”, and it can be taken once. Practise instead, or ask an admin."
            )
        case Retake.TIMES if len(ends) >= number:
            return (
                f"You have taken “{template}” {_times(len(ends))}, and no more is allowed. "
                "Practise instead, or ask an admin."
            )
        case Retake.AFTER_DAYS if now < again:
            day = date_format(again, "j F Y, H:i")
            return f"You have taken “{template}” lately. You can take it again from {day} UTC on."
    return ""


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
