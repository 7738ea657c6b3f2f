from typing import Any

from django.db import models

from interview.models.question import Question


class Navigation(models.TextChoices):
    FREE = "free", "Move freely"
    ONE_WAY = "one_way", "One way"


class Template(models.Model):
    """An interview as composed: sections of questions, each with its minutes."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    summary = models.TextField()

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title

    @property
    def minutes(self) -> int:
        return sum(section.minutes for section in self.sections.all())

    def plan(self) -> dict[str, Any]:
        """The template as it is now, as an interview keeps it: later changes do not reach it."""
        sections = [
            {"title": section.title, "minutes": section.minutes, "navigation": section.navigation}
            for section in self.sections.all()
        ]
        return {"title": self.title, "minutes": self.minutes, "sections": sections}


class Section(models.Model):
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField()
    navigation = models.CharField(max_length=16, choices=Navigation, default=Navigation.FREE)

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(name="section_position_is_unique", fields=["template", "position"]),
            models.CheckConstraint(name="section_takes_time", condition=models.Q(minutes__gte=1)),
        ]

    def __str__(self) -> str:
        return self.title


class Slot(models.Model):
    """A place for one question in a section."""

    section = models.ForeignKey(Section, on_delete=models.CASCADE, related_name="slots")
    position = models.PositiveSmallIntegerField()
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="slots")

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(name="slot_position_is_unique", fields=["section", "position"])
        ]

    def __str__(self) -> str:
        return str(self.question)
