"""Practice: questions of one's own choice, model answers when one wants them, and marking oneself.

It never mixes with an interview that counts: while one runs, practice neither starts nor shows anything.
Handing in, or closing at zero, is the same as for every other interview.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import transaction
from django.utils import timezone

from interview.exceptions import InterviewClosed, InterviewError, NotAllowed, PracticeBarred
from interview.models import Interview, Item, Question, Review, Template, User
from interview.models.event import EventKind
from interview.models.interview import Mode, Reveal
from interview.models.template import Navigation
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import practice as practices
from interview.selectors import question as questions
from interview.selectors.draw import Draw, Place
from interview.services import clock, event
from interview.services.draft import CLOSED, PAUSED, refuse_revealed
from interview.services.interview import new_seed, open_with
from interview.services.lock import lock
from interview.services.offer import drawn, on_offer
from interview.services.review import Judgement, store_marks
from interview.services.stage import refuse_ahead
from interview.services.submission import settle

SET_LIMIT = 30  # questions


@transaction.atomic
def start_set(
    candidate: User, chosen: Sequence[Question], reveal: Reveal, now: datetime | None = None
) -> Interview:
    """An untimed practice of these questions, grouped by area. Raises PracticeBarred or InterviewError."""
    moment = now or timezone.now()
    refuse_barred(candidate, moment)
    if not chosen:
        raise InterviewError("Nothing was started: no question was chosen. Tick at least one.")
    if len(chosen) > SET_LIMIT:
        raise InterviewError(
            f"Nothing was started: {len(chosen)} questions were chosen and {SET_LIMIT} make a set. Take fewer."
        )
    plan, grouped = _plan_of_set(chosen)
    practice = _new(candidate, plan, reveal, moment)
    practice.timed = False
    return open_with(practice, grouped)


def _new(candidate: User, plan: dict[str, Any], reveal: Reveal, now: datetime) -> Interview:
    return Interview(
        candidate=candidate, mode=Mode.PRACTICE, plan=plan, reveal=reveal, started_at=now, seed=new_seed()
    )


def _plan_of_set(chosen: Sequence[Question]) -> tuple[dict[str, Any], list[Place]]:
    """A section for each area in the order of the syllabus, as long as its questions say that they take."""
    releases = questions.latest_releases(question.pk for question in chosen)
    by_area = sorted(chosen, key=lambda question: question.area.position)
    sections, grouped = [], []
    for index, (area, group) in enumerate(groupby(by_area, key=lambda question: question.area)):
        members = list(group)
        minutes = sum(releases[member.pk].minutes for member in members if member.pk in releases)
        sections.append({"title": area.title, "minutes": minutes, "navigation": Navigation.FREE.value})
        grouped += [Place(index, member.pk) for member in members]
    title = (
        sections[0]["title"] if len(sections) == 1 else f"{len(grouped)} questions of {len(sections)} areas"
    )
    minutes = sum(section["minutes"] for section in sections)
    return {"title": title, "minutes": minutes, "sections": sections}, grouped


@transaction.atomic
def rehearse(candidate: User, template: Template, reveal: Reveal, now: datetime | None = None) -> Interview:
    """A template as practice: an interview on the clock, or a question set without one.

    Raises PracticeBarred, NotOffered or TemplateShort.
    """
    moment = now or timezone.now()
    refuse_barred(candidate, moment)
    offered = on_offer(template, candidate, Mode.PRACTICE, moment)
    practice = _new(candidate, offered.plan(), reveal, moment)
    practice.template, practice.timed = offered, offered.timed
    made = drawn(offered, candidate, practice.seed)
    if offered.timed:
        clock.wind(practice, moment)
    else:
        _estimate(practice.plan, made)
    return open_with(practice, made.places)


def _estimate(plan: dict[str, Any], made: Draw) -> None:
    """Sections of a set have no minutes: they are as long as their questions say that they take."""
    for index, section in enumerate(plan["sections"]):
        section["minutes"] = sum(entry.minutes for place, entry in made.rows if place == index)
    plan["minutes"] = made.minutes


def refuse_barred(candidate: User, now: datetime) -> None:
    """Raises PracticeBarred while a strict interview of this person takes answers."""
    if running := interviews.barring_practice(candidate, now):
        raise PracticeBarred(running.title)


@transaction.atomic
def pause(practice: Interview, now: datetime | None = None) -> None:
    """Stop the clock of a rehearsal. Raises NotAllowed in a strict interview, InterviewClosed when it is over."""
    moment = now or timezone.now()
    clock.pause(_open_practice(practice, moment), moment)


@transaction.atomic
def resume(practice: Interview, now: datetime | None = None) -> None:
    """Let the clock run on. Raises as `pause` does, and PracticeBarred beside a strict interview."""
    moment = now or timezone.now()
    refuse_barred(practice.candidate, moment)
    clock.resume(_open_practice(practice, moment), moment)


def _open_practice(practice: Interview, now: datetime) -> Interview:
    locked = lock(practice)
    if not locked.is_practice:
        raise NotAllowed(
            "This interview counts: its clock does not pause, and nothing is shown before its release."
        )
    if not locked.is_open(now):
        raise InterviewClosed(CLOSED)
    return locked


@transaction.atomic
def open_hint(item: Item, now: datetime | None = None) -> None:
    """Show the next hint of the item, which its report tells. Does nothing after the last one.

    Raises NotAllowed in a strict interview, InterviewClosed, AnswerLocked or PracticeBarred.
    """
    _working_practice(item, now or timezone.now())
    if practices.hints_opened(item) < len(item.release.hints):
        event.note(item.interview, EventKind.OPENED_HINT, actor=item.interview.candidate, item=item)


@transaction.atomic
def reveal_item(item: Item, now: datetime | None = None) -> None:
    """Show the model answer: what counts is fixed and judged by all tests, the answer locks, the clock pauses.

    Raises NotAllowed in a strict interview or where answers come at the end, InterviewClosed, AnswerLocked when it
    was shown before, or PracticeBarred.
    """
    moment = now or timezone.now()
    practice = _working_practice(item, moment)
    if practice.reveal != Reveal.EACH:
        raise NotAllowed(
            "You chose to see the answers at the end. Finish this practice, and they are all shown."
        )
    settle(items.with_answer(item))
    event.note(practice, EventKind.REVEALED, actor=practice.candidate, item=item)
    clock.pause(practice, moment)


def _working_practice(item: Item, now: datetime) -> Interview:
    """The locked practice of an item that still takes an answer."""
    practice = _open_practice(item.interview, now)
    refuse_barred(practice.candidate, now)
    if practice.is_paused:
        raise InterviewClosed(PAUSED)
    refuse_ahead(practice, item)
    refuse_revealed(item)
    return practice


@transaction.atomic
def mark_self(
    item: Item,
    met: Collection[str],
    note: str,
    now: datetime | None = None,
    *,
    covered_by: Mapping[str, int] | None = None,
) -> Review:
    """Store which entries of the rubric one's own answer meets, and a note to oneself.

    Where the order is scored, `covered_by` has the number of one's entry that covers a criterion.

    Raises NotAllowed outside practice or before the answer was shown, PracticeBarred beside a strict interview.
    """
    moment = now or timezone.now()
    practice = lock(item.interview)
    refuse_barred(practice.candidate, moment)
    if not practice.is_practice:
        raise NotAllowed("An interview that counts is marked by somebody else.")
    if not practices.shows_answer(practice, item):
        raise NotAllowed("Not marked: the model answer is not shown yet. Show it first.")
    review, _ = Review.objects.get_or_create(
        interview=practice,
        reviewer=practice.candidate,
        defaults={"claimed_at": moment, "lease_until": moment},
    )
    store_marks(review, item, Judgement(met, note, covered_by or {}))
    return review
