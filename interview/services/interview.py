"""The life of an interview: started, handed in or closed at zero, finalised."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from interview.exceptions import InterviewClosed, InterviewError, InterviewInProgress
from interview.models import Interview, Item, Question, Release, Template, User
from interview.models.event import EventKind
from interview.models.interview import CloseReason, Mode
from interview.selectors import interview as interviews
from interview.selectors import question as questions
from interview.selectors.draw import Place
from interview.services import appointment, clock, event, submission
from interview.services.lock import lock
from interview.services.offer import drawn, on_offer


def start_interview(candidate: User, template: Template, now: datetime | None = None) -> Interview:
    """Draw the questions, pin a release of each, fix the deadline and start the clock.

    Raises InterviewInProgress when another strict interview of this candidate runs (the database decides, so two
    presses of the button start one), NotOffered or TemplateShort.
    """
    moment = now or timezone.now()
    close_due(moment)  # one that ran out a moment ago must not stand in the way of the next
    try:
        with transaction.atomic():
            return _create(candidate, template, moment)
    except IntegrityError:
        running = interviews.in_progress(candidate, moment)
        if running is None:
            raise
        raise InterviewInProgress(running.pk, running.title) from None


def _create(candidate: User, template: Template, now: datetime) -> Interview:
    offered = on_offer(template, candidate, Mode.STRICT, now)
    clock.pause_rehearsals(candidate, now)
    interview = Interview(candidate=candidate, template=offered, plan=offered.plan(), started_at=now)
    clock.wind(interview, now)
    interview.seed = new_seed()
    # By the seed, which nobody can guess: neither candidates nor reviewers choose who is read twice.
    interview.marked_twice = interview.seed % 100 < offered.twice_percent
    opened = open_with(interview, drawn(offered, candidate, interview.seed).places)
    appointment.use(candidate, offered, opened, now)
    return opened


def new_seed() -> int:
    """What an interview's questions are drawn by; nobody can guess it."""
    return secrets.randbits(62)


def open_with(interview: Interview, chosen: Sequence[Place]) -> Interview:
    """Store a new interview with the newest release of each question pinned. Call it in a transaction.

    Raises InterviewError when a question has no release.
    """
    interview.save(force_insert=True)
    Item.objects.bulk_create(_items(interview, chosen))
    event.note(interview, EventKind.STARTED, actor=interview.candidate)
    return interview


def _items(interview: Interview, chosen: Sequence[Place]) -> list[Item]:
    releases = questions.latest_releases(place.question for place in chosen)
    missing = [str(question) for question in Question.objects.filter(pk__in=_without(releases, chosen))]
    if missing:
        raise InterviewError(
            f"“{interview.title}” cannot start: {', '.join(missing)} has no published release. "
            "Ask an admin to publish it."
        )
    return [
        Item(
            interview=interview,
            position=position,
            section=place.section,
            release=releases[place.question],
            follows=place.follows,
        )
        for position, place in enumerate(chosen, start=1)
    ]


def _without(releases: Mapping[int, Release], chosen: Sequence[Place]) -> list[int]:
    return [place.question for place in chosen if place.question not in releases]


@transaction.atomic
def hand_in(interview: Interview, by: User, now: datetime | None = None) -> Interview:
    """Close at the candidate's wish and fix what counts, or let it wait for zero where finishing can be undone.

    Raises InterviewClosed when it is closed already.
    """
    moment = now or timezone.now()
    locked = lock(interview)
    if not locked.is_open(moment):
        raise InterviewClosed("This interview is closed already; what was saved before the end counts.")
    clock.catch_up(locked, moment)
    clock.resume(locked, moment)
    locked.closed_at, locked.close_reason = moment, CloseReason.HANDED_IN
    locked.save(update_fields=["closed_at", "close_reason"])
    event.note(locked, EventKind.HANDED_IN, actor=by)
    if not locked.may_be_taken_up(moment):
        _finalise(locked, moment)
    return locked


def take_up_again(interview: Interview, now: datetime | None = None) -> Interview:
    """Undo the finish, where the template allows it and there is time.

    Raises InterviewClosed, or InterviewInProgress when its candidate began another one meanwhile.
    """
    moment = now or timezone.now()
    try:
        with transaction.atomic():
            return _taken_up(lock(interview), moment)
    except IntegrityError:
        running = interviews.in_progress(interview.candidate, moment)
        if running is None:
            raise
        raise InterviewInProgress(running.pk, running.title) from None


def _taken_up(locked: Interview, now: datetime) -> Interview:
    if not locked.may_be_taken_up(now):
        raise InterviewClosed("This interview is closed for good; what was saved before the end counts.")
    locked.closed_at, locked.close_reason = None, ""
    locked.save(update_fields=["closed_at", "close_reason"])
    event.note(locked, EventKind.TOOK_UP_AGAIN, actor=locked.candidate)
    return locked


def close_due(now: datetime | None = None) -> int:
    """Lock every section and close every interview whose time is up, browser or no browser.

    Returns how many interviews were closed.
    """
    moment = now or timezone.now()
    due = Interview.objects.filter(
        closed_at=None, deadline_at__lte=moment + Coalesce(F("reserved"), timedelta(0))
    )
    return sum(_come_due(pk, moment) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _come_due(pk: UUID, now: datetime) -> bool:
    # Looked at again under the lock, so that of two ticks (or a tick and a hand-in) one tells the story; and one whose
    # clock was paused or given more time in between stays open.
    locked = Interview.objects.select_for_update(no_key=True).get(pk=pk)
    clock.catch_up(locked, now)
    if locked.closed_at or locked.deadline_at is None or now < locked.deadline_at:
        return False
    locked.closed_at, locked.close_reason = locked.deadline_at, CloseReason.TIME_UP
    locked.save(update_fields=["closed_at", "close_reason"])
    event.note(locked, EventKind.TIME_UP)
    return True


def finalise_due(now: datetime | None = None) -> int:
    """Fix what counts in interviews whose grace for the last draft, or time to undo the finish, is over.

    Returns how many.
    """
    moment = now or timezone.now()
    return sum(_finalise_one(pk, moment) for pk in _to_finalise(moment).values_list("pk", flat=True))


def _to_finalise(now: datetime) -> QuerySet[Interview]:
    graced = Q(close_reason=CloseReason.TIME_UP, closed_at__lt=now - settings.DRAFT_GRACE)
    undone = Q(close_reason=CloseReason.HANDED_IN, deadline_at__lte=now)
    return Interview.objects.filter(graced | undone, finalised_at=None)


@transaction.atomic
def _finalise_one(pk: UUID, now: datetime) -> bool:
    # Asked for anew under the lock: extra time, or an undone finish, may have opened it again in between.
    locked = _to_finalise(now).select_for_update(no_key=True).filter(pk=pk).first()
    if locked is None:
        return False
    _finalise(locked, now)
    return True


def _finalise(interview: Interview, now: datetime) -> None:
    for item in interview.items.select_related("release", "draft").prefetch_related("submissions"):
        submission.settle(item)
    interview.finalised_at = now
    interview.save(update_fields=["finalised_at"])
