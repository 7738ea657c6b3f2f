from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from interview.models.area import Area
from interview.models.question import Kind, Level, Question

DRAW_LIMIT = 30  # questions that one slot may draw
MINUTES_LIMIT = 600  # of a section or a whole interview


class Navigation(models.TextChoices):
    FREE = "free", "Move freely"
    ONE_WAY = "one_way", "One way"


class TemplateState(models.TextChoices):
    """Only a draft is composed, only an active template is offered."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    ARCHIVED = "archived", "Archived"


class TemplateMode(models.TextChoices):
    """What a template is taken as."""

    STRICT = "strict", "Interview that counts"
    PRACTICE = "practice", "Practice"
    BOTH = "both", "Interview, and rehearsals of it"


class Retake(models.TextChoices):
    """How often a candidate may take an interview that counts; practice is never limited."""

    ANY = "any", "As often as they like"
    NEVER = "never", "Never again"
    AFTER_DAYS = "after_days", "Again after some days"
    TIMES = "times", "A number of times in all"


class Template(models.Model):
    """An interview as composed: sections of questions, fixed or drawn, with their time and rules.

    Without a clock it is a question set, for practice alone.
    """

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    summary = models.TextField()
    rules = models.TextField(blank=True, help_text="Markdown, shown before the start.")
    state = models.CharField(max_length=16, choices=TemplateState, default=TemplateState.DRAFT)
    mode = models.CharField(max_length=16, choices=TemplateMode, default=TemplateMode.BOTH)
    timed = models.BooleanField(default=True, help_text="Without it this is a set for practice.")
    overall_minutes = models.PositiveSmallIntegerField(
        null=True, help_text="Instead of what the sections add up to."
    )
    retake = models.CharField(max_length=16, choices=Retake, default=Retake.ANY)
    retake_number = models.PositiveSmallIntegerField(null=True, help_text="The days, or the times in all.")
    finish_undo = models.BooleanField(
        default=False, help_text="Who has finished may take it up again while there is time."
    )
    by_appointment = models.BooleanField(
        default=False, help_text="Counts only for candidates for whom an admin has scheduled it."
    )
    level = models.CharField(
        max_length=16, choices=Level, default=Level.MID, help_text="For whom it is: what its report expects."
    )
    self_assessment = models.BooleanField(
        default=False, help_text="Who has taken it may mark themselves before the report is released."
    )
    twice_percent = models.PositiveSmallIntegerField(
        default=0, help_text="How many of a hundred interviews two reviewers mark, each without the other."
    )
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("title",)
        constraints = [
            models.CheckConstraint(
                name="template_state_is_known", condition=Q(state__in=TemplateState.values)
            ),
            models.CheckConstraint(name="template_mode_is_known", condition=Q(mode__in=TemplateMode.values)),
            models.CheckConstraint(
                name="template_without_clock_is_practice",
                condition=Q(timed=True) | Q(mode=TemplateMode.PRACTICE, overall_minutes=None),
            ),
            models.CheckConstraint(
                name="template_takes_time",
                condition=Q(overall_minutes=None) | Q(overall_minutes__range=(1, MINUTES_LIMIT)),
            ),
            models.CheckConstraint(
                name="template_finish_is_undone_on_the_clock", condition=Q(finish_undo=False) | Q(timed=True)
            ),
            models.CheckConstraint(
                name="template_by_appointment_counts",
                condition=Q(by_appointment=False) | Q(timed=True) & ~Q(mode=TemplateMode.PRACTICE),
            ),
            models.CheckConstraint(name="template_level_is_known", condition=Q(level__in=Level.values)),
            models.CheckConstraint(
                name="template_self_assessment_counts",
                condition=Q(self_assessment=False) | Q(timed=True) & ~Q(mode=TemplateMode.PRACTICE),
            ),
            models.CheckConstraint(
                name="template_marked_twice_counts",
                condition=Q(twice_percent=0)
                | Q(timed=True, twice_percent__range=(1, 100)) & ~Q(mode=TemplateMode.PRACTICE),
            ),
            models.CheckConstraint(
                name="template_retake_has_its_number",
                condition=Q(retake__in=[Retake.ANY, Retake.NEVER], retake_number=None)
                | Q(
                    retake__in=[Retake.AFTER_DAYS, Retake.TIMES],
                    retake_number__isnull=False,
                    retake_number__gte=1,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def minutes(self) -> int:
        """On the clock; 0 without one."""
        if not self.timed:
            return 0
        return self.overall_minutes or sum(section.minutes or 0 for section in self.sections.all())

    @property
    def questions(self) -> int:
        """How many questions it asks."""
        return sum(section.questions for section in self.sections.all())

    @property
    def counts(self) -> bool:
        """Whether it may be taken as an interview that counts."""
        return self.timed and self.mode != TemplateMode.PRACTICE

    @property
    def rehearses(self) -> bool:
        """Whether it may be taken as practice on the clock."""
        return self.timed and self.mode != TemplateMode.STRICT

    @property
    def is_draft(self) -> bool:
        return self.state == TemplateState.DRAFT

    def plan(self) -> dict[str, Any]:
        """The template as it is now, as an interview keeps it: later changes do not reach it."""
        return {
            "title": self.title,
            "minutes": self.minutes,
            "rules": self.rules,
            "finish_undo": self.finish_undo,
            "level": self.level if self.timed else "",
            "self_assessment": self.self_assessment,
            "twice_percent": self.twice_percent,
            "retake": {"policy": self.retake, "number": self.retake_number},
            "sections": [section.plan() for section in self.sections.all()],
        }


class Section(models.Model):
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField(null=True, help_text="None in a set, which has no clock.")
    navigation = models.CharField(max_length=16, choices=Navigation, default=Navigation.FREE)

    class Meta:
        ordering = ("position",)
        constraints = [
            # Deferred, so that two can change places.
            models.UniqueConstraint(
                name="section_position_is_unique",
                fields=["template", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="section_takes_time",
                condition=Q(minutes=None) | Q(minutes__range=(1, MINUTES_LIMIT)),
            ),
            models.CheckConstraint(
                name="section_navigation_is_known", condition=Q(navigation__in=Navigation.values)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def questions(self) -> int:
        """How many questions it asks."""
        return sum(slot.count for slot in self.slots.all())

    def plan(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "minutes": self.minutes,
            "navigation": self.navigation,
            "slots": [slot.plan() for slot in self.slots.all()],
        }


class Slot(models.Model):
    """A place in a section: one question that is fixed, or a rule by which questions are drawn.

    An empty filter lets every question through; those of a list are alternatives. `topics` are codes of the
    syllabus, of which a question has to cover at least one, and likewise `tags`.
    """

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="slots")
    position = models.PositiveSmallIntegerField()
    question = models.ForeignKey(Question, null=True, on_delete=models.PROTECT, related_name="slots")
    count = models.PositiveSmallIntegerField(default=1, help_text="How many questions are drawn.")
    area = models.ForeignKey(Area, null=True, on_delete=models.PROTECT, related_name="+")
    kinds = ArrayField(models.CharField(max_length=16, choices=Kind), default=list)
    levels = ArrayField(models.CharField(max_length=16, choices=Level), default=list)
    topics = ArrayField(models.CharField(max_length=8), default=list)
    tags = ArrayField(models.CharField(max_length=40), default=list)
    minutes_from = models.PositiveSmallIntegerField(null=True)
    minutes_to = models.PositiveSmallIntegerField(null=True)
    unseen = models.BooleanField(default=False, help_text="Only what the candidate was never served before.")
    follows = models.BooleanField(
        default=False, help_text="A follow-up: it opens when the question before it is handed over."
    )

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                name="slot_position_is_unique",
                fields=["section", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="slot_draws_a_few_questions", condition=Q(count__range=(1, DRAW_LIMIT))
            ),
            models.CheckConstraint(
                name="slot_is_fixed_or_draws",
                condition=Q(question=None)
                | Q(
                    question__isnull=False,
                    count=1,
                    area=None,
                    kinds=[],
                    levels=[],
                    topics=[],
                    tags=[],
                    minutes_from=None,
                    minutes_to=None,
                    unseen=False,
                ),
            ),
            models.CheckConstraint(
                name="slot_follows_with_one_question", condition=Q(follows=False) | Q(count=1)
            ),
            models.CheckConstraint(name="slot_kinds_are_known", condition=Q(kinds__contained_by=Kind.values)),
            models.CheckConstraint(
                name="slot_levels_are_known", condition=Q(levels__contained_by=Level.values)
            ),
            models.CheckConstraint(
                name="slot_minutes_in_order",
                condition=Q(minutes_from=None)
                | Q(minutes_to=None)
                | Q(minutes_from__isnull=False, minutes_to__gte=models.F("minutes_from")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.question) if self.question else f"draw {self.count}"

    @property
    def draws(self) -> bool:
        return self.question_id is None

    def rule(self) -> dict[str, Any]:
        """The filters that are set, in the words of `bank/templates.yaml`."""
        minutes = {"from": self.minutes_from, "to": self.minutes_to}
        filters = {
            "area": self.area_id,
            "kinds": self.kinds,
            "levels": self.levels,
            "topics": self.topics,
            "tags": self.tags,
            "minutes": {edge: value for edge, value in minutes.items() if value},
            "unseen": self.unseen,
        }
        return {"count": self.count} | {name: value for name, value in filters.items() if value}

    def plan(self) -> dict[str, Any]:
        asked = {"question": self.question.slug} if self.question else {"draw": self.rule()}
        return asked | ({"follows": True} if self.follows else {})
