import uuid
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from interview.models.area import Area
from interview.models.interview import Interview
from interview.models.item import Item
from interview.models.question import Question
from interview.models.release import Release


class ReviewState(models.TextChoices):
    CLAIMED = "claimed", "Claimed"
    DRAFT = "draft", "Draft"
    HANDED_OVER = "handed_over", "Handed over"
    SCHEDULED = "scheduled", "Scheduled"
    RELEASED = "released", "Released"


class Recommendation(models.TextChoices):
    STRONG_NO = "strong_no", "Strong no"
    NO = "no", "No"
    YES = "yes", "Yes"
    STRONG_YES = "strong_yes", "Strong yes"


# Whose review it is stands in one table and whose interview in another, where no check constraint reaches.
OWN_EXACTLY_IN_PRACTICE = """
IF EXISTS (
    SELECT 1 FROM interview_interview AS sitting
    WHERE sitting.id = NEW.interview_id
    AND (sitting.candidate_id = NEW.reviewer_id) <> (sitting.mode = 'practice')
) THEN
    RAISE EXCEPTION 'practice is reviewed by its candidate alone, and any other interview by somebody else'
    USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


# Likewise. While it can still be written, an interview that counts is read by nobody.
AFTER_FINALISING = """
IF EXISTS (
    SELECT 1 FROM interview_interview AS sitting
    WHERE sitting.id = NEW.interview_id AND sitting.mode = 'strict' AND sitting.finalised_at IS NULL
) THEN
    RAISE EXCEPTION 'an interview that counts is reviewed only when what counts of it is fixed'
    USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


# Where two mark, neither releases: both hand over, and a third settles.
IN_THE_ORDER_OF_OPINIONS = """
IF (NEW.settles OR NEW.state = 'handed_over') AND NOT EXISTS (
    SELECT 1 FROM interview_interview WHERE id = NEW.interview_id AND marked_twice
) THEN
    RAISE EXCEPTION 'only where two reviewers mark does one hand over, or settle' USING ERRCODE = 'check_violation';
END IF;
IF NOT NEW.settles AND NEW.state IN ('scheduled', 'released') AND EXISTS (
    SELECT 1 FROM interview_interview WHERE id = NEW.interview_id AND marked_twice
) THEN
    RAISE EXCEPTION 'where two reviewers mark, what settles their differences is released'
    USING ERRCODE = 'check_violation';
END IF;
IF NEW.settles AND 2 <> (
    SELECT count(*) FROM interview_review WHERE interview_id = NEW.interview_id AND state = 'handed_over'
) THEN
    RAISE EXCEPTION 'differences are settled when two reviewers have handed over' USING ERRCODE = 'check_violation';
END IF;
IF NEW.state = 'handed_over' AND 2 <= (
    SELECT count(*) FROM interview_review
    WHERE interview_id = NEW.interview_id AND state = 'handed_over' AND id <> NEW.id
) THEN
    RAISE EXCEPTION 'two reviewers hand over, and no more' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


# What two reviewers said apart from each other is kept as it was, whatever is settled later.
HANDED_OVER_STAYS = """
IF EXISTS (SELECT 1 FROM interview_review WHERE id = NEW.review_id AND state = 'handed_over') THEN
    RAISE EXCEPTION 'marks that were handed over stay as they are' USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""


def handed_over_stays(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=HANDED_OVER_STAYS,
    )


class Review(models.Model):
    """One reading of one interview: a reviewer's, or in practice the candidate's own.

    A reviewer's claim is a lease; after it another reviewer may take over. Where an interview is marked twice, two
    reviews are handed over, and one that `settles` is begun from what they agree on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reviews_given"
    )
    settles = models.BooleanField(default=False, help_text="Whether it settles what two others marked.")
    state = models.CharField(max_length=16, choices=ReviewState, default=ReviewState.CLAIMED)
    claimed_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    recommendation = models.CharField(max_length=16, choices=Recommendation, blank=True)
    evidence = models.TextField(blank=True, help_text="What the recommendation rests on.")
    summary = models.TextField(blank=True, help_text="Feedback on the whole interview, for the candidate.")
    notes = models.TextField(
        blank=True, db_default="", help_text="The reviewer's own; nobody else reads them."
    )
    handed_over_at = models.DateTimeField(null=True)
    release_at = models.DateTimeField(null=True, help_text="When it is to be released.")
    released_at = models.DateTimeField(null=True)
    origin = models.CharField(
        max_length=200, blank=True, db_default="", help_text="For the link in the mail."
    )
    announced_at = models.DateTimeField(null=True, help_text="When its candidate was mailed.")
    mail_trouble = models.TextField(blank=True, db_default="", help_text="Why the mail could not be sent.")

    class Meta:
        ordering = ("claimed_at",)
        constraints = [
            models.UniqueConstraint(
                name="review_one_for_each_reviewer", fields=["interview", "reviewer", "settles"]
            ),
            models.CheckConstraint(name="review_state_is_known", condition=Q(state__in=ReviewState.values)),
            models.CheckConstraint(
                name="review_released_is_complete",
                condition=Q(state=ReviewState.RELEASED, released_at__isnull=False)
                & ~Q(recommendation="")
                & ~Q(evidence="")
                | (~Q(state=ReviewState.RELEASED) & Q(released_at=None)),
            ),
            models.CheckConstraint(
                name="review_handed_over_is_complete",
                condition=Q(state=ReviewState.HANDED_OVER, handed_over_at__isnull=False, settles=False)
                & ~Q(recommendation="")
                & ~Q(evidence="")
                | (~Q(state=ReviewState.HANDED_OVER) & Q(handed_over_at=None)),
            ),
            models.CheckConstraint(
                name="review_scheduled_is_complete",
                condition=Q(state=ReviewState.SCHEDULED, release_at__isnull=False)
                & ~Q(recommendation="")
                & ~Q(evidence="")
                | (~Q(state=ReviewState.SCHEDULED) & Q(release_at=None)),
            ),
            models.CheckConstraint(
                name="review_mailed_after_release",
                condition=Q(announced_at=None)
                | Q(released_at__isnull=False, announced_at__gte=F("released_at")),
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="review_own_exactly_in_practice",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=OWN_EXACTLY_IN_PRACTICE,
            ),
            pgtrigger.Trigger(
                name="review_after_finalising",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=AFTER_FINALISING,
            ),
            pgtrigger.Trigger(
                name="review_in_the_order_of_opinions",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=IN_THE_ORDER_OF_OPINIONS,
            ),
        ]

    def __str__(self) -> str:
        return f"review of {self.interview}"

    @property
    def takes_marks(self) -> bool:
        """Whether its reviewer may still change it."""
        return self.state not in {ReviewState.HANDED_OVER, ReviewState.RELEASED}


class AreaJudgement(models.Model):
    """A recommendation for one area, and what it rests on. A draft may lack either."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="areas")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    recommendation = models.CharField(max_length=16, choices=Recommendation, blank=True)
    evidence = models.TextField(blank=True)

    class Meta:
        ordering = ("area__position",)
        constraints = [models.UniqueConstraint(name="judgement_one_for_each_area", fields=["review", "area"])]

    def __str__(self) -> str:
        return f"{self.area}: {self.recommendation}"


class Mark(models.Model):
    """Whether one entry of an item's rubric was met, with the reviewer's reason. Its points are the rubric's.

    It says by whose rubric it was made: where a criterion was reworded since, it is what a reviewer begins with and
    holds no more.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="marks")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="marks")
    criterion = models.CharField(max_length=80)
    met = models.BooleanField()
    reason = models.TextField(blank=True)
    entry = models.PositiveSmallIntegerField(
        null=True, help_text="The number of the entry that covers the step, where the order is scored."
    )
    rubric_release = models.ForeignKey(
        Release,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Whose rubric it was made by, where that is not the release that was served.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="mark_one_for_each_criterion", fields=["review", "item", "criterion"]
            ),
            models.CheckConstraint(
                name="mark_names_an_entry_only_when_met",
                condition=Q(entry=None) | Q(entry__isnull=False, entry__gte=1, met=True),
            ),
        ]
        triggers: ClassVar = [handed_over_stays("mark_handed_over_stays")]

    def __str__(self) -> str:
        return f"{self.criterion}: {'met' if self.met else 'not met'}"


class Override(models.Model):
    """A reviewer's points in place of the judge's, with the reason. The judge's stay with the grading."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="overrides")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="overrides")
    points = models.FloatField()
    reason = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="override_one_for_each_answer", fields=["review", "item"]),
            models.CheckConstraint(name="override_points_are_not_negative", condition=Q(points__gte=0)),
            models.CheckConstraint(name="override_has_a_reason", condition=~Q(reason="")),
        ]
        triggers: ClassVar = [handed_over_stays("override_handed_over_stays")]

    def __str__(self) -> str:
        return f"{self.points:g} points: {self.reason[:60]}"


class Comment(models.Model):
    """A reviewer's words on one answer: on the whole of it, or on one place.

    A place is a line of a file, or without a file the number of a sentence or an entry, as `interview.places` counts.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="comments")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="comments")
    file = models.CharField(max_length=200, blank=True, db_default="")
    line = models.PositiveIntegerField(null=True)
    body = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="comment_one_for_each_place",
                fields=["review", "item", "file", "line"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="comment_says_something", condition=~Q(body="")),
            models.CheckConstraint(
                name="comment_place_is_whole",
                condition=Q(line=None, file="") | Q(line__isnull=False, line__gte=1),
            ),
        ]
        triggers: ClassVar = [handed_over_stays("comment_handed_over_stays")]

    def __str__(self) -> str:
        return self.body[:60]


class SharedComment(models.Model):
    """Words that reviewers of a question have in common, for the next answer that needs them."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="shared_comments")
    body = models.CharField(max_length=1000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("body",)
        constraints = [
            models.UniqueConstraint(name="shared_comment_is_said_once", fields=["question", "body"]),
            models.CheckConstraint(name="shared_comment_says_something", condition=~Q(body="")),
        ]

    def __str__(self) -> str:
        return self.body[:60]
