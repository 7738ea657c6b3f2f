import json
from typing import Any, ClassVar

import pgtrigger
from django.db import models

from interview.delta import unpack
from interview.models.item import Item


class SnapshotReason(models.TextChoices):
    STEP = "step", "While writing"
    RUN = "run", "Run"
    RUN_MY_CODE = "run_my_code", "Run my code"
    SUBMIT = "submit", "Submit"
    PASTE = "paste", "Paste"
    RESET = "reset", "Reset to the starter"
    RESTORE = "restore", "Restored"


class Snapshot(models.Model):
    """A point of an answer's timeline, stored as what it adds to a whole one before it, its `base`."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="snapshots")
    base = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="+")
    packed = models.BinaryField(help_text="The answer's JSON, by `interview.delta` from the base's.")
    reason = models.CharField(max_length=16, choices=SnapshotReason)
    pasted = models.PositiveIntegerField(null=True, help_text="Characters, of a paste; as the page said.")
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ("taken_at", "id")
        indexes = [models.Index(name="snapshot_timeline", fields=["item", "taken_at"])]
        constraints = [
            models.CheckConstraint(
                name="snapshot_reason_is_known", condition=models.Q(reason__in=SnapshotReason.values)
            ),
            models.CheckConstraint(
                name="snapshot_of_a_paste_has_its_size",
                condition=models.Q(reason=SnapshotReason.PASTE, pasted__isnull=False, pasted__gte=1)
                | models.Q(~models.Q(reason=SnapshotReason.PASTE), pasted=None),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="snapshot_never_changes", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="snapshot_base_is_whole",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__base__isnull=False),
                func="""
                IF NOT EXISTS (
                    SELECT 1 FROM interview_snapshot whole
                    WHERE whole.id = NEW.base_id AND whole.item_id = NEW.item_id AND whole.base_id IS NULL
                ) THEN
                    RAISE EXCEPTION 'the base of a snapshot is a whole one of the same item';
                END IF;
                RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} at {self.taken_at:%H:%M:%S}"

    @property
    def content(self) -> bytes:
        """The answer as it was packed. One more query for a base that was not selected along."""
        return unpack(bytes(self.packed), self.base.content if self.base else b"")

    @property
    def answer(self) -> dict[str, Any]:
        return dict(json.loads(self.content))


def encoded(answer: dict[str, Any]) -> bytes:
    """`answer` as it is packed."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
