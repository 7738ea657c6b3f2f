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


#: Kinds that are not answered with one text.
ANSWER_FORMS = {
    Kind.CODING: AnswerForm.CODE,
    Kind.DEBUG_LAB: AnswerForm.CODE,
    Kind.WRITE_THE_TEST: AnswerForm.CODE,
    Kind.DEBUGGING: AnswerForm.ENTRIES,
    Kind.CHOICE: AnswerForm.CHOICE,
}


class QuestionState(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    RETIRED = "retired", "Retired"


class Question(models.Model):
    """A question of the bank. What is served of it is one of its releases, never the question itself."""

    uuid = models.UUIDField(unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="questions")
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=16, choices=QuestionState, default=QuestionState.DRAFT)

    class Meta:
        ordering = ("area__position", "slug")
        constraints = [
            models.CheckConstraint(name="question_kind_is_known", condition=models.Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="question_state_is_known", condition=models.Q(state__in=QuestionState.values)
            ),
        ]

    def __str__(self) -> str:
        return self.slug
