"""From a template to the questions of one interview: whether it may be taken, and what is drawn of it."""

import logging
from datetime import datetime

from interview.exceptions import NotOffered, TemplateShort
from interview.models import Template, User
from interview.models.interview import Mode
from interview.selectors.draw import Draw, Shortage, draw
from interview.selectors.pool import seen_by, stock
from interview.selectors.template import composed, practice_refusal
from interview.selectors.template import refusal as refusal_of

logger = logging.getLogger(__name__)


def on_offer(template: Template, candidate: User, mode: Mode, now: datetime) -> Template:
    """The template as it is now, composed. Call it in a transaction. Raises NotOffered.

    Its row is locked, so that nobody composes it between this and what is drawn.
    """
    Template.objects.select_for_update(no_key=True).get(pk=template.pk)
    found = composed().get(pk=template.pk)
    refusal = refusal_of(candidate, found, now) if mode == Mode.STRICT else practice_refusal(found)
    if refusal:
        raise NotOffered(refusal)
    return found


def drawn(template: Template, candidate: User, seed: int) -> Draw:
    """The questions for this person; the same seed and bank give the same again. Raises TemplateShort."""
    asks_new = any(slot.unseen for section in template.sections.all() for slot in section.slots.all())
    made = draw(template, stock(), seed, seen_by(candidate) if asks_new else ())
    if made.shortages:
        raise _short(template, made)
    return made


def _short(template: Template, made: Draw) -> TemplateShort:
    reasons = [str(shortage) for shortage in made.shortages]
    logger.warning("“%s” cannot be filled: %s", template, " ".join(reasons))
    sections = list(template.sections.all())
    indices = sorted({seat.section for shortage in made.shortages for seat in shortage.seats})
    names = " and ".join(f"“{sections[index]}”" for index in indices)
    return TemplateShort(
        f"“{template}” cannot start: there are not enough questions for {names}{_new_ones(made.shortages)}. "
        "Nothing was started. Tell an admin, or choose another one.",
        reasons,
    )


def _new_ones(shortages: tuple[Shortage, ...]) -> str:
    """The candidate's own reason, where it is one."""
    unseen = any(seat.slot.unseen for shortage in shortages for seat in shortage.seats)
    return " that you were not served before" if unseen else ""
