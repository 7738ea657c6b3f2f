from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from interview.models.question import Question
from interview.models.release import Release, decode_files

# A write that changes nothing makes the trigger of the question run, which reads the new statement.
SEARCH_FOLLOWS = """
UPDATE interview_question SET search = NULL WHERE id = NEW.question_id;
RETURN NULL;
"""


class WorkingCopy(models.Model):
    """The files of a question as they are being edited, whether or not they make a question now.

    `revision` grows with every change of the files; a save names the revision that it saw.
    """

    question = models.OneToOneField(Question, on_delete=models.CASCADE, related_name="working_copy")
    files = models.JSONField(help_text="Path to content, as `encode_files` makes it.")
    content_hash = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    based_on = models.ForeignKey(
        Release,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The release that was last made of it, or last restored.",
    )
    synced_hash = models.CharField(
        max_length=64, blank=True, help_text="Its content hash when it last agreed with a folder."
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "working copies"
        constraints = [
            models.CheckConstraint(
                name="working_copy_revisions_from_one", condition=models.Q(revision__gte=1)
            )
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="working_copy_revision_only_grows",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__revision__lt=pgtrigger.F("old__revision"))
                | pgtrigger.Q(
                    new__files__df=pgtrigger.F("old__files"), new__revision__lte=pgtrigger.F("old__revision")
                ),
            ),
            pgtrigger.Protect(name="working_copy_stays", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="working_copy_search_follows",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("files"),  # type: ignore[no-untyped-call]  # of its package
                func=SEARCH_FOLLOWS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question} revision {self.revision}"

    @property
    def file_contents(self) -> dict[str, bytes]:
        return decode_files(self.files)

    @property
    def is_published(self) -> bool:
        """Whether these files are those of the release that they are based on."""
        return self.based_on is not None and self.based_on.content_hash == self.content_hash


class ChangeKind(models.TextChoices):
    CREATED = "created", "Created"
    EDITED = "edited", "Edited"
    CHECKED = "checked", "Checked"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"
    REOPENED = "reopened", "Reopened"
    RESTORED = "restored", "Restored"
    IMPORTED = "imported", "Imported"
    SYNCED = "synced", "Loaded from a folder"
    TAGGED = "tagged", "Tagged"


class Change(models.Model):
    """Who did what with a question, and when; append-only."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="changes")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=16, choices=ChangeKind)
    paths = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    before = models.JSONField(
        default=dict,
        help_text="What those files held before, null for a file that was not there: nothing written is lost.",
    )
    revision = models.PositiveIntegerField(null=True, help_text="Of the working copy, when this was done.")
    note = models.CharField(max_length=200, blank=True)
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-at", "-id")
        indexes = [models.Index(name="change_history", fields=["question", "-at", "-id"])]
        constraints = [
            models.CheckConstraint(
                name="change_kind_is_known", condition=models.Q(kind__in=ChangeKind.values)
            )
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="change_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.question} at {self.at:%H:%M:%S}"
