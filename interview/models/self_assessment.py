import uuid
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from interview.models.interview import Interview
from interview.models.item import Item

# What an interview allows stands in another table, where no check constraint reaches.
WHILE_IT_WAITS = """
IF NOT EXISTS (
    SELECT 1 FROM interview_interview AS sitting
    WHERE sitting.id = NEW.interview_id AND sitting.mode = 'strict' AND sitting.close_reason <> 'cancelled'
    AND sitting.finalised_at IS NOT NULL AND sitting.released_at IS NULL
    AND coalesce((sitting.plan->>'self_assessment')::boolean, false)
) THEN
    RAISE EXCEPTION 'an interview is marked by its candidate only where its template says so, when what counts of it '
                    'is fixed, and before its release'
    USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

BEFORE_THE_END = """
IF EXISTS (
    SELECT 1 FROM interview_selfassessment AS own JOIN interview_interview AS sitting ON sitting.id = own.interview_id
    WHERE own.id = {row}.assessment_id AND (own.finished_at IS NOT NULL OR sitting.released_at IS NOT NULL)
) THEN
    RAISE EXCEPTION 'marks of a self-assessment change neither after it was finished nor after the release'
    USING ERRCODE = 'check_violation';
END IF;
RETURN {row};
"""

NAMES_A_CRITERION = """
IF NOT EXISTS (
    SELECT 1 FROM interview_selfassessment AS own
    JOIN interview_item AS item ON item.interview_id = own.interview_id
    JOIN interview_release AS release ON release.id = item.release_id
    WHERE own.id = NEW.assessment_id AND item.id = NEW.item_id
    AND release.rubric->'criteria' @> jsonb_build_array(jsonb_build_object('id', NEW.criterion))
) THEN
    RAISE EXCEPTION 'a mark of a self-assessment names a criterion of a question of its interview'
    USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


class SelfAssessment(models.Model):
    """How a candidate thinks that their interview went, while they wait to hear of it.

    It begins when the criteria were shown, which is why an interview that has one is never opened again. It ends when
    its candidate finishes it, or with the release, as it was saved then.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interview = models.OneToOneField(Interview, on_delete=models.PROTECT, related_name="self_assessment")
    opened_at = models.DateTimeField(help_text="When the criteria were shown.")
    revision = models.PositiveIntegerField(default=0, help_text="How often it was saved.")
    saved_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="self_assessment_revision_counts_what_was_saved",
                condition=Q(revision=0, saved_at=None)
                | Q(revision__gte=1, saved_at__isnull=False, saved_at__gte=F("opened_at")),
            ),
            models.CheckConstraint(
                name="self_assessment_finished_with_what_was_saved",
                condition=Q(finished_at=None) | Q(saved_at__isnull=False, finished_at__gte=F("saved_at")),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(name="self_assessment_stays_opened", fields=["interview", "opened_at"]),
            pgtrigger.Protect(name="self_assessment_is_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="self_assessment_finished_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__finished_at__isnull=False),
            ),
            pgtrigger.Trigger(
                name="self_assessment_while_it_waits",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=WHILE_IT_WAITS,
            ),
        ]

    def __str__(self) -> str:
        return f"self-assessment of {self.interview}"


class SelfMark(models.Model):
    """Whether a candidate thinks that their answer meets one criterion. Without a row they did not say."""

    assessment = models.ForeignKey(SelfAssessment, on_delete=models.PROTECT, related_name="marks")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="self_marks")
    criterion = models.CharField(max_length=80)
    met = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="self_mark_one_for_each_criterion", fields=["item", "criterion"]),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="self_mark_stays_in_its_assessment", fields=["assessment", "item", "criterion"]
            ),
            pgtrigger.Trigger(
                name="self_mark_before_the_end",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=BEFORE_THE_END.format(row="NEW"),
            ),
            pgtrigger.Trigger(
                name="self_mark_stays_after_the_end",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=BEFORE_THE_END.format(row="OLD"),
            ),
            pgtrigger.Trigger(
                name="self_mark_names_a_criterion",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=NAMES_A_CRITERION,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {'met' if self.met else 'not met'}"
