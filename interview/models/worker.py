from django.db import models


class Worker(models.Model):
    """A worker that was seen consuming a queue. It says when, not that it still runs."""

    node = models.CharField(max_length=200)
    queue = models.CharField(max_length=40)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("queue", "node")
        constraints = [models.UniqueConstraint(name="worker_once_for_a_queue", fields=["node", "queue"])]

    def __str__(self) -> str:
        return f"{self.node} on {self.queue}"
