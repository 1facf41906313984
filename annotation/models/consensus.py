"""The resolved reason of an item, and how it was reached."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class ConsensusRevision(models.Model):
    """Append-only: the current revision of an item has no `superseded_at`. Only people and gold decide."""

    class Method(models.TextChoices):
        SINGLE = "single"
        MAJORITY = "majority"
        DAWID_SKENE = "dawid_skene"
        ADJUDICATED = "adjudicated"
        GOLD = "gold"
        SKIPPED = "skipped"

    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False, related_name="revisions")
    number = models.PositiveIntegerField()
    reason = models.ForeignKey("annotation.Reason", on_delete=models.PROTECT, db_index=False)
    method = models.CharField(max_length=12, choices=Method.choices)
    label_source = models.CharField(max_length=5, null=True)  # noqa: DJ001 - null: no label decided (skipped)
    confidence = models.FloatField(null=True)
    posterior = models.JSONField(null=True)
    label_ids = ArrayField(models.BigIntegerField(), default=list)
    resolved_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="consensus_number_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(superseded_at__isnull=True), name="consensus_one_current"
            ),
        ]
        indexes = [
            models.Index(fields=["resolved_at"], name="consensus_resolved"),
            # Those that can differ from what one person said.
            models.Index(
                fields=["item"],
                name="consensus_weighed",
                condition=Q(superseded_at__isnull=True) & ~Q(method__in=["single", "skipped"]),
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="append_only", exclude=["superseded_at"]),
            pgtrigger.Protect(
                name="superseded_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__superseded_at__isnull=False),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of item {self.item_id}"
