"""The life of an interview: started, handed in or closed at zero, finalised."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from interview.exceptions import InterviewClosed, InterviewError, InterviewInProgress
from interview.models import Interview, Item, Template, User
from interview.models.event import EventKind
from interview.models.interview import CloseReason
from interview.selectors import interview as interviews
from interview.selectors import item as items
from interview.selectors import question as questions
from interview.services import event, submission
from interview.services.lock import lock


def start_interview(candidate: User, template: Template, now: datetime | None = None) -> Interview:
    """Pin a release for every slot, fix the deadline and start the clock.

    Raises InterviewInProgress when another strict interview of this candidate runs; the database decides, so two
    presses of the button start one.
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
    interview = Interview.objects.create(
        candidate=candidate,
        template=template,
        plan=template.plan(),
        seed=secrets.randbits(62),
        started_at=now,
        deadline_at=now + timedelta(minutes=template.minutes),
    )
    Item.objects.bulk_create(_items(interview, template))
    event.note(interview, EventKind.STARTED, actor=candidate)
    return interview


def _items(interview: Interview, template: Template) -> list[Item]:
    slots = [
        (index, slot) for index, section in enumerate(template.sections.all()) for slot in section.slots.all()
    ]
    releases = questions.latest_releases(slot.question_id for _, slot in slots)
    missing = [str(slot.question) for _, slot in slots if slot.question_id not in releases]
    if missing:
        raise InterviewError(
            f"“{template.title}” cannot start: {', '.join(missing)} has no published release. "
            "Ask an admin to publish it."
        )
    return [
        Item(interview=interview, position=position, section=section, release=releases[slot.question_id])
        for position, (section, slot) in enumerate(slots, start=1)
    ]


@transaction.atomic
def hand_in(interview: Interview, by: User, now: datetime | None = None) -> Interview:
    """Close at the candidate's wish and fix what counts. Raises InterviewClosed when it is closed already."""
    moment = now or timezone.now()
    locked = lock(interview)
    if not locked.is_open(moment):
        raise InterviewClosed("This interview is closed already; what was saved before the end counts.")
    locked.closed_at, locked.close_reason = moment, CloseReason.HANDED_IN
    locked.save(update_fields=["closed_at", "close_reason"])
    event.note(locked, EventKind.HANDED_IN, actor=by)
    _finalise(locked, moment)
    return locked


def close_due(now: datetime | None = None) -> int:
    """Close every interview whose time is up, browser or no browser. Returns how many."""
    moment = now or timezone.now()
    due = Interview.objects.filter(closed_at=None, deadline_at__lte=moment)
    return sum(_close_at_deadline(pk) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _close_at_deadline(pk: UUID) -> bool:
    # Conditional, so that of two ticks (or a tick and a hand-in) one closes and tells the story once.
    closed = Interview.objects.filter(pk=pk, closed_at=None).update(
        closed_at=F("deadline_at"), close_reason=CloseReason.TIME_UP
    )
    if closed:
        event.note(Interview.objects.get(pk=pk), EventKind.TIME_UP)
    return bool(closed)


def finalise_due(now: datetime | None = None) -> int:
    """Fix what counts in interviews whose grace for the last draft is over. Returns how many."""
    moment = now or timezone.now()
    due = Interview.objects.filter(
        finalised_at=None, close_reason=CloseReason.TIME_UP, closed_at__lt=moment - settings.DRAFT_GRACE
    )
    return sum(_finalise_one(pk, moment) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _finalise_one(pk: UUID, now: datetime) -> bool:
    locked = Interview.objects.select_for_update(no_key=True).get(pk=pk)
    if locked.finalised_at:
        return False
    _finalise(locked, now)
    return True


def _finalise(interview: Interview, now: datetime) -> None:
    for item in interview.items.select_related("release", "draft").prefetch_related("submissions"):
        draft = items.draft_of(item)
        if items.counting_submission(item) is None and draft is not None:
            submission.make_final(item, draft.answer)
    interview.finalised_at = now
    interview.save(update_fields=["finalised_at"])
