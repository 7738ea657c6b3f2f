from django.db import models


class Area(models.Model):
    """One of the six areas of the syllabus."""

    slug = models.SlugField(primary_key=True)
    title = models.CharField(max_length=80)
    signal = models.TextField(help_text="What a strong candidate shows here.")
    position = models.PositiveSmallIntegerField(unique=True)

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return self.title


class Topic(models.Model):
    """A row of the syllabus; a question names the topics that it covers."""

    code = models.CharField(primary_key=True, max_length=8)
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="topics")
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
