"""Items decided anew because somebody's labels count otherwise from now on: the job."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from annotation.models.jobs import Job


class Redecision(Job):
    """One run over the items that a rater labeled since `since`. The row is the job.

    Up to the item `last_item` everything is done.
    """

    rater = models.ForeignKey("annotation.Rater", on_delete=models.PROTECT, related_name="redecisions")
    since = models.DateTimeField()
    items_total = models.PositiveBigIntegerField()
    items_done = models.PositiveBigIntegerField(default=0)
    last_item = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running"]) | Q(finished_at__isnull=False),
                name="redecision_ended_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"redecision {self.pk} of rater {self.rater_id}"

    @property
    def stands(self) -> int:
        return self.last_item
