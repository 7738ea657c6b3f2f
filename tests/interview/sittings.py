"""Whole sittings with answers of any share, by the services that the pages call."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from interview.models import Interview, Item, Question, Section, Slot, Template, User
from interview.models.interview import Reveal
from interview.models.template import TemplateState
from interview.services.draft import save_draft
from interview.services.interview import hand_in, start_interview
from interview.services.practice import mark_self, start_set
from interview.services.review import Judgement, claim_review, mark_item
from tests.interview.conftest import concluded

#: Questions that are answered with a text, one in each of three areas, and what their rubrics are worth.
BACKPROPAGATION, OPTIMIZERS, OVERFITTING = "explain-backpropagation", "adam-or-sgd", "five-levers"
FULL = {BACKPROPAGATION: 10, OPTIMIZERS: 12, OVERFITTING: 12}
TEXT = {"text": "What I know of it."}


def met(item: Item, points: int) -> list[str]:
    """Criteria that are worth so many points together."""
    chosen: list[str] = []
    left = points
    for entry in sorted(item.release.rubric["criteria"], key=lambda entry: -entry["points"]):
        if entry["points"] <= left:
            left -= entry["points"]
            chosen.append(entry["id"])
    assert not left
    return chosen


def handed_in(candidate: User, slugs: list[str], at: datetime) -> Interview:
    """An interview that counts, begun at `at`, every question answered with a text, handed in ten minutes later."""
    interview = start_interview(candidate, _template(slugs), now=at)
    for item in interview.items.all():
        save_draft(item, TEXT, 0, now=at)
    return hand_in(interview, candidate, now=at + timedelta(minutes=10))


def _template(slugs: list[str]) -> Template:
    words = {"title": f"On {slugs[0]}", "summary": "x", "state": TemplateState.ACTIVE}
    template, is_new = Template.objects.get_or_create(
        slug="-".join(slug[:12] for slug in slugs), defaults=words
    )
    if is_new:
        section = Section.objects.create(template=template, position=0, title="All", minutes=60)
        for position, slug in enumerate(slugs):
            question = Question.objects.get(slug=slug)
            Slot.objects.create(section=section, position=position, question=question)
    return template


def released(candidate: User, reviewer: User, reached: Mapping[str, int], at: datetime) -> Interview:
    """An interview whose answers got so many points each, by slug, and whose report is out."""
    interview = handed_in(candidate, list(reached), at)
    later = at + timedelta(minutes=20)
    review = claim_review(interview, reviewer, later)
    for item in interview.items.all():
        mark_item(review, item, Judgement(met(item, reached[item.release.question.slug])), later)
    concluded(review, "yes", "What was said.", "In short.", later)
    interview.refresh_from_db()
    return interview


def practised(candidate: User, reached: Mapping[str, int | None], at: datetime) -> Interview:
    """A finished set, each answer marked by its candidate with so many points; None leaves it unmarked."""
    questions = list(Question.objects.filter(slug__in=list(reached)))
    practice = start_set(candidate, questions, Reveal.END, now=at)
    for item in practice.items.all():
        save_draft(item, TEXT, 0, now=at)
    hand_in(practice, candidate, now=at + timedelta(minutes=10))
    for item in practice.items.all():
        points = reached[item.release.question.slug]
        if points is not None:
            mark_self(item, met(item, points), "", at + timedelta(minutes=20))
    practice.refresh_from_db()
    return practice
