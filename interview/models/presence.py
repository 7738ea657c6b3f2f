"""What is recorded of an interview besides its answers. Candidates are told by the list that the code asks."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from interview.models.interview import Interview, Mode
from interview.models.item import Item

LARGE_PASTE = 200  # characters; what is less is as good as typing
AWAY_SECONDS = 5  # what is less is a glance


class Recorded(models.TextChoices):
    """In the words in which candidates are told before they start, and in their report."""

    VERSIONS = "versions", "Earlier versions of each answer: one every ten seconds in which it changes"
    RUNS = "runs", "Each run and each submit, and when"
    PASTES = "pastes", f"Each paste of {LARGE_PASTE} characters or more: how many characters, and when"
    VIEW = "view", "How long each question was in view"
    AWAY = (
        "away",
        f"When the page was hidden, closed or unreachable for {AWAY_SECONDS} seconds or more, and for how long",
    )


def recorded(mode: str) -> tuple[Recorded, ...]:
    """Practice keeps what hangs on its answers, for its candidate, and nothing of how they spend their time."""
    own = (Recorded.VERSIONS, Recorded.RUNS, Recorded.PASTES)
    return own if mode == Mode.PRACTICE else tuple(Recorded)


SPANS = [(kind.value, kind.label) for kind in (Recorded.VIEW, Recorded.AWAY)]


class Presence(models.Model):
    """A stretch of time in which a question was in view or the page was away, as the page reported it.

    Those of one kind never overlap within an interview, so that their sum cannot exceed the time that passed.
    """

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="presences")
    item = models.ForeignKey(Item, null=True, on_delete=models.CASCADE, related_name="presences")
    kind = models.CharField(max_length=8, choices=SPANS)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    class Meta:
        ordering = ("began_at", "id")
        indexes = [models.Index(name="presence_in_order", fields=["interview", "kind", "ended_at"])]
        constraints = [
            models.CheckConstraint(
                name="presence_kind_is_known", condition=Q(kind__in=[kind for kind, _ in SPANS])
            ),
            models.CheckConstraint(name="presence_takes_time", condition=Q(ended_at__gt=F("began_at"))),
        ]
        # An exclusion constraint would say the same, but the embedded Postgres has no GiST for plain columns.
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="presence_overlaps_none",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                IF EXISTS (
                    SELECT 1 FROM interview_presence other
                    WHERE other.interview_id = NEW.interview_id AND other.kind = NEW.kind AND other.id <> NEW.id
                    AND other.began_at < NEW.ended_at AND other.ended_at > NEW.began_at
                ) THEN
                    RAISE EXCEPTION 'this stretch of the interview is recorded already';
                END IF;
                RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.began_at:%H:%M:%S} to {self.ended_at:%H:%M:%S}"
