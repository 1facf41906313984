"""Labels brought to a new taxonomy version: the job, and the labels that it could not map."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from annotation.models.jobs import Job


class Remap(Job):
    """One run over the labels of all queues that follow this version. The row is the job.

    `mapped` and `again` count labels; together they come to `labels_total`, and pass it where people go on to label
    under the version before while it runs. Up to the item `last_item` everything is done in this pass.
    """

    taxonomy_version = models.ForeignKey("annotation.TaxonomyVersion", on_delete=models.PROTECT, related_name="remaps")
    requested_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)
    labels_total = models.PositiveBigIntegerField()
    mapped = models.PositiveBigIntegerField(default=0)
    again = models.PositiveBigIntegerField(default=0)
    last_item = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["taxonomy_version"],
                condition=Q(status__in=["pending", "running"]),
                name="remap_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running"]) | Q(finished_at__isnull=False),
                name="remap_ended_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"remap {self.pk} to version {self.taxonomy_version_id}"

    @property
    def stands(self) -> int:
        return self.last_item


class Relabel(models.Model):
    """A label whose reason has no successor: it was superseded, and its item is asked again. Append-only."""

    label = models.OneToOneField("annotation.Label", on_delete=models.PROTECT, primary_key=True, related_name="relabel")
    remap = models.ForeignKey(Remap, on_delete=models.PROTECT, related_name="relabels")

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"label {self.label_id} asked again"
