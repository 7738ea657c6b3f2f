from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class ReadinessItem(models.Model):
    """Something to be able to do before an interview. It fills from answers to questions on its topics.

    The rows are those of the bank's `readiness.yaml`; nobody else writes them.
    """

    slug = models.SlugField(primary_key=True, max_length=80)
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    topics = ArrayField(models.CharField(max_length=8), help_text="Codes of the syllabus.")

    class Meta:
        ordering = ("position",)
        constraints = [
            # Looked at when a transaction ends, so that two items can change places in it.
            models.UniqueConstraint(
                name="readiness_item_position_is_unique",
                fields=["position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(name="readiness_item_has_topics", condition=Q(topics__len__gte=1)),
        ]

    def __str__(self) -> str:
        return self.title
