"""Saving a candidate's own notes, the way drafts are saved."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from interview.exceptions import InterviewClosed, InvalidAnswer, StaleRevision
from interview.models import Interview, Notes
from interview.services.answer import TEXT_LIMIT, storable
from interview.services.draft import CLOSED, PAUSED
from interview.services.lock import lock


@transaction.atomic
def save_notes(interview: Interview, text: str, revision: int, now: datetime | None = None) -> Notes:
    """Store `text` as the revision after `revision` (0 for the first).

    Raises InterviewClosed, StaleRevision (with what is stored) and InvalidAnswer, as `services.draft.save_draft` does.
    """
    moment, clean = now or timezone.now(), _clean(text)
    locked = lock(interview)
    if not locked.takes_drafts(moment):
        raise InterviewClosed(PAUSED if locked.is_paused else CLOSED)
    stored = Notes.objects.filter(interview=interview).first()
    current = stored.revision if stored else 0
    if revision != current:
        raise StaleRevision(current, {"text": stored.text if stored else ""})
    notes, _ = Notes.objects.update_or_create(
        interview=interview, defaults={"text": clean, "revision": current + 1, "saved_at": moment}
    )
    return notes


def _clean(text: str) -> str:
    if len(text) > TEXT_LIMIT:
        raise InvalidAnswer(
            f"The notes have {len(text):,} characters and {TEXT_LIMIT:,} fit. "
            "Shorten them; what was saved before is kept."
        )
    return storable(text)
