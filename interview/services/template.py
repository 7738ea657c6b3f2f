"""Composing templates: only a draft changes, and only what can be filled is offered."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from interview.exceptions import InvalidTemplate, NotAllowed
from interview.models import Section, Slot, Template, User
from interview.models.template import TemplateMode, TemplateState
from interview.selectors.pool import stock
from interview.selectors.template import QUESTIONS_LIMIT, composed, faults

RESERVED_SLUGS = {"new"}  # an address of its own
Placed = TypeVar("Placed", Section, Slot)


@transaction.atomic
def create(user: User, title: str, summary: str, *, timed: bool) -> Template:
    """An empty draft: an interview, or without a clock a question set. Raises NotAllowed."""
    _refuse_others(user)
    return Template.objects.create(
        slug=_free_slug(title),
        title=title,
        summary=summary,
        timed=timed,
        mode=TemplateMode.BOTH if timed else TemplateMode.PRACTICE,
        changed_by=user,
    )


def _refuse_others(user: User) -> None:
    if not user.curates:
        raise NotAllowed("Only those who look after the questions may compose interviews.")


def _free_slug(title: str) -> str:
    """Of the title, with a number where it is taken; addresses of templates never change."""
    stem = slugify(title)[:70] or "template"
    taken = RESERVED_SLUGS | set(
        Template.objects.filter(slug__startswith=stem).values_list("slug", flat=True)
    )
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(slug for slug in numbered if slug not in taken)


@contextmanager
def _draft(template: Template, user: User) -> Iterator[Template]:
    """The locked draft; what is done with it is noted as this person's change.

    Raises NotAllowed, or InvalidTemplate when it is offered or archived.
    """
    _refuse_others(user)
    with transaction.atomic():
        locked = Template.objects.select_for_update().get(pk=template.pk)
        if not locked.is_draft:
            raise InvalidTemplate(
                f"Not changed: “{locked}” is {locked.get_state_display().lower()}, and only a draft is composed. "
                "Take it back to draft first; interviews that run keep what they have."
            )
        yield locked
        locked.changed_by = user
        locked.save()


def describe(template: Template, user: User, words: Mapping[str, Any]) -> Template:
    """Change title, summary, rules, mode, overall minutes and retake policy. Raises as every change does."""
    with _draft(template, user) as locked:
        for name, value in words.items():
            setattr(locked, name, value)
    return locked


def add_section(template: Template, user: User, words: Mapping[str, Any]) -> Section:
    """A section at the end: `title`, `minutes` (None in a set) and `navigation`."""
    with _draft(template, user) as locked:
        return Section.objects.create(template=locked, position=_next(locked.sections), **words)


def change_section(section: Section, user: User, words: Mapping[str, Any]) -> Section:
    with _draft(section.template, user):
        Section.objects.filter(pk=section.pk).update(**words)
    return section


def remove_section(section: Section, user: User) -> None:
    """With its slots."""
    with _draft(section.template, user):
        section.delete()


def move_section(section: Section, user: User, steps: int) -> None:
    """Up or down among the sections; at an end it stays."""
    with _draft(section.template, user) as locked:
        _move(list(locked.sections.all()), section, steps)


def add_slot(section: Section, user: User, words: Mapping[str, Any]) -> Slot:
    """A slot at the end of the section: `question`, or the filters of a draw. Raises InvalidTemplate when full."""
    with _draft(section.template, user) as locked:
        _refuse_crowd(locked, words.get("count", 1))
        return Slot.objects.create(section=section, position=_next(section.slots), **words)


def change_slot(slot: Slot, user: User, words: Mapping[str, Any]) -> Slot:
    with _draft(slot.section.template, user) as locked:
        _refuse_crowd(locked, words.get("count", 1) - slot.count)
        Slot.objects.filter(pk=slot.pk).update(**words)
    return slot


def remove_slot(slot: Slot, user: User) -> None:
    with _draft(slot.section.template, user):
        slot.delete()


def move_slot(slot: Slot, user: User, steps: int) -> None:
    """Up or down; from the end of its section into the next one, and there to its near end."""
    with _draft(slot.section.template, user) as locked:
        siblings = list(slot.section.slots.all())
        target = siblings.index(slot) + steps
        if 0 <= target < len(siblings):
            _move(siblings, slot, steps)
        else:
            _carry(locked, slot, steps)


def _next(members: Any) -> int:
    last = members.aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def _move(members: list[Placed], one: Placed, steps: int) -> None:
    """Give everybody their place anew; the positions are compared when the transaction ends."""
    start = members.index(one)
    members.insert(max(0, start + steps), members.pop(start))
    _number(members)


def _number(members: list[Placed]) -> None:
    for position, member in enumerate(members):
        type(member).objects.filter(pk=member.pk).update(position=position)


def _carry(template: Template, slot: Slot, steps: int) -> None:
    """Into the neighbouring section: first there when it comes from above, last when from below."""
    sections = list(template.sections.all())
    target = sections.index(slot.section) + (1 if steps > 0 else -1)
    if not 0 <= target < len(sections):
        return
    there = list(sections[target].slots.all())
    there.insert(0 if steps > 0 else len(there), slot)
    Slot.objects.filter(pk=slot.pk).update(section=sections[target])
    _number(there)


def _refuse_crowd(template: Template, more: int) -> None:
    asked = sum(Slot.objects.filter(section__template=template).values_list("count", flat=True)) + more
    if asked > QUESTIONS_LIMIT:
        raise InvalidTemplate(
            f"Not changed: that makes {asked} questions, and {QUESTIONS_LIMIT} fit into one interview. Ask for fewer."
        )


@transaction.atomic
def activate(template: Template, user: User) -> None:
    """Offer it from now on. Raises InvalidTemplate with every fault while it cannot be filled."""
    locked = _turning(template, user, TemplateState.DRAFT)
    found = faults(composed().get(pk=locked.pk), stock())
    if found:
        raise InvalidTemplate(f"“{locked}” is not offered yet.", [fault.sentence for fault in found])
    _turn(locked, user, TemplateState.ACTIVE)


@transaction.atomic
def withdraw(template: Template, user: User) -> None:
    """Back to draft, to be composed. Interviews that run or are over keep what they were served."""
    _turn(_turning(template, user, TemplateState.ACTIVE, TemplateState.ARCHIVED), user, TemplateState.DRAFT)


@transaction.atomic
def archive(template: Template, user: User) -> None:
    """Offer it no more and put it away; its interviews and their reports stay."""
    _turn(_turning(template, user, TemplateState.DRAFT, TemplateState.ACTIVE), user, TemplateState.ARCHIVED)


def _turning(template: Template, user: User, *before: TemplateState) -> Template:
    """The locked row, in one of these states. Raises NotAllowed or InvalidTemplate."""
    _refuse_others(user)
    locked = Template.objects.select_for_update().get(pk=template.pk)
    if locked.state not in before:
        raise InvalidTemplate(
            f"Nothing was done: “{locked}” is {locked.get_state_display().lower()} already. "
            "Somebody else may have changed it; look again."
        )
    return locked


def _turn(template: Template, user: User, state: TemplateState) -> None:
    template.state, template.changed_by = state, user
    template.save()


@transaction.atomic
def copy(template: Template, user: User) -> Template:
    """A draft with the same sections, slots and rules. Raises NotAllowed."""
    _refuse_others(user)
    original = composed().get(pk=template.pk)
    made = composed().get(pk=template.pk)
    made.pk, made.state, made.changed_by = None, TemplateState.DRAFT, user
    made.title = f"{original.title[:112]} (copy)"
    made.slug = _free_slug(made.title)
    made.save(force_insert=True)
    for section in original.sections.all():
        _copy_section(made, section)
    return made


def _copy_section(made: Template, section: Section) -> None:
    slots = list(section.slots.all())
    section.pk, section.template = None, made
    section.save(force_insert=True)
    for slot in slots:
        slot.pk, slot.section = None, section
    Slot.objects.bulk_create(slots)
