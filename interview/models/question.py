from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from interview.models.area import Area


class Kind(models.TextChoices):
    """How a question is answered; the word for people is the label."""

    CODING = "coding", "Coding"
    DEBUG_LAB = "debug_lab", "Debug lab"
    WRITE_THE_TEST = "write_the_test", "Write the test"
    CONCEPTUAL = "conceptual", "Concept"
    DEBUGGING = "debugging", "Debugging"
    TRADEOFF = "tradeoff", "Trade-off"
    DESIGN = "design", "Design"
    ESTIMATE = "estimate", "Estimate"
    CHOICE = "choice", "Choice"


class AnswerForm(models.TextChoices):
    """What an answer is made of; it follows from the kind."""

    CODE = "code", "Files of code"
    TEXT = "text", "One text"
    ENTRIES = "entries", "Entries in an order"
    CHOICE = "choice", "Options picked, matched or put in order"
    ESTIMATE = "estimate", "A number with its unit"


#: Kinds that are not answered with one text.
ANSWER_FORMS = {
    Kind.CODING: AnswerForm.CODE,
    Kind.DEBUG_LAB: AnswerForm.CODE,
    Kind.WRITE_THE_TEST: AnswerForm.CODE,
    Kind.DEBUGGING: AnswerForm.ENTRIES,
    Kind.CHOICE: AnswerForm.CHOICE,
    Kind.ESTIMATE: AnswerForm.ESTIMATE,
}


class QuestionState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


class Level(models.TextChoices):
    """For whom a question is meant."""

    JUNIOR = "junior", "Junior"
    MID = "mid", "Mid"
    SENIOR = "senior", "Senior"


# The statement lives in the working copy's files, the titles of topics in their table. Both configurations: the English
# one finds other forms of a word, the simple one its beginning ("normaliz" of "normalization", whose stem is "normal").
SEARCH_IS_KEPT = """
DECLARE
    facts text := concat_ws(' ',
        array_to_string(NEW.keywords, ' '), array_to_string(NEW.tags, ' '), array_to_string(NEW.covers, ' '),
        (SELECT string_agg(topic.title, ' ') FROM interview_topic AS topic WHERE topic.code = ANY (NEW.covers)));
    statement text := (
        SELECT copy.files -> 'statement.md' ->> 'text'
        FROM interview_workingcopy AS copy WHERE copy.question_id = NEW.id);
BEGIN
    NEW.search :=
        setweight(to_tsvector('english', NEW.title), 'A') || setweight(to_tsvector('simple', NEW.title), 'A')
        || setweight(to_tsvector('simple', replace(NEW.slug, '-', ' ')), 'A')
        || setweight(to_tsvector('english', facts), 'B') || setweight(to_tsvector('simple', facts), 'B')
        || setweight(to_tsvector('english', coalesce(statement, '')), 'C')
        || setweight(to_tsvector('simple', coalesce(statement, '')), 'D');
    RETURN NEW;
END;
"""

HAS_A_WORKING_COPY = """
IF NOT EXISTS (SELECT 1 FROM interview_workingcopy AS copy WHERE copy.question_id = NEW.id) THEN
    RAISE EXCEPTION 'question % has no working copy', NEW.slug USING ERRCODE = 'check_violation';
END IF;
RETURN NULL;
"""


class Question(models.Model):
    """A question of the bank. What is served of it is one of its releases, never the question itself.

    Title, level, minutes, covers and keywords are what the working copy says, or last said when its files were in
    order: they are for finding and curating. What a candidate is served says its release.
    """

    uuid = models.UUIDField(unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="questions")
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=16, choices=QuestionState, default=QuestionState.DRAFT)

    title = models.CharField(max_length=200, default="")
    level = models.CharField(max_length=16, choices=Level, default=Level.MID)
    minutes = models.PositiveSmallIntegerField(default=0)
    covers = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    keywords = ArrayField(models.TextField(), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True, help_text="Curators' own.")
    search = SearchVectorField(null=True, editable=False, help_text="Kept by a trigger; never written.")

    class Meta:
        ordering = ("area__position", "slug")
        indexes = [
            GinIndex(name="question_search", fields=["search"]),
            GinIndex(name="question_tags", fields=["tags"]),
        ]
        constraints = [
            models.CheckConstraint(name="question_kind_is_known", condition=models.Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="question_state_is_known", condition=models.Q(state__in=QuestionState.values)
            ),
            models.CheckConstraint(
                name="question_level_is_known", condition=models.Q(level__in=Level.values)
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="question_search_is_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=SEARCH_IS_KEPT,
            ),
            # At the end of the transaction: the copy cannot be there before its question is.
            pgtrigger.Trigger(
                name="question_has_a_working_copy",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=HAS_A_WORKING_COPY,
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def is_graded(self) -> bool:
        """Whether tests judge code that answers it."""
        return ANSWER_FORMS.get(Kind(self.kind)) == AnswerForm.CODE
