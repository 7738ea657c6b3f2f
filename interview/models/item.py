import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from interview.models.interview import Interview
from interview.models.release import Release

# Releases and interviews stand in other tables, where no check constraint reaches.
ONLY_NEWER = """
IF NOT EXISTS (
    SELECT 1 FROM interview_release AS newer
    JOIN interview_release AS older ON older.question_id = newer.question_id AND older.number < newer.number
    JOIN interview_interview AS sitting ON sitting.id = NEW.interview_id
    WHERE newer.id = NEW.rubric_release_id AND older.id = COALESCE(OLD.rubric_release_id, NEW.release_id)
    AND sitting.mode = 'strict' AND sitting.finalised_at IS NOT NULL
) THEN
    RAISE EXCEPTION 'an answer that counts is marked by a rubric of its own question, and only by a newer one'
    USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class Item(models.Model):
    """One served release in one interview. Its state follows from what hangs on it.

    A question's rubric may change afterwards. By which one an answer is marked, and for how many points, is told here
    and nowhere else; statement, tests, key and automatic points stay those of the release that was served.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    section = models.PositiveSmallIntegerField(help_text="Index into the sections of the interview's plan.")
    flagged = models.BooleanField(default=False, help_text="To come back to; only its candidate sees it.")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="items")
    rubric_release = models.ForeignKey(
        Release,
        null=True,
        on_delete=models.PROTECT,
        related_name="items_marked",
        help_text="Whose rubric marks it, where that is a newer release than the one that was served.",
    )
    follows = models.BooleanField(default=False, help_text="It opens when the one before it is handed over.")
    handed_at = models.DateTimeField(null=True, help_text="When it was handed over for its follow-up.")

    class Meta:
        ordering = ("interview", "position")
        constraints = [
            models.UniqueConstraint(name="item_position_is_unique", fields=["interview", "position"]),
            models.CheckConstraint(name="item_positions_from_one", condition=Q(position__gte=1)),
            models.CheckConstraint(
                name="item_first_follows_nothing", condition=Q(follows=False) | Q(position__gt=1)
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="item_begins_with_its_own_rubric",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Q(new__rubric_release__isnull=False),
            ),
            pgtrigger.Trigger(
                name="item_rubric_only_gets_newer",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("rubric_release"),
                func=ONLY_NEWER,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interview} question {self.position}"

    @property
    def marking_release(self) -> Release:
        """The release by whose rubric a person marks it."""
        return self.rubric_release or self.release
