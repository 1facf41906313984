"""Rules: conditions under which a label is given by itself. Each is a rater, and each version of it another one."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from annotation.models.jobs import Job


class Rule(models.Model):
    """A rule of a feature. `current` is the version that labels new items; null: it is switched off.

    New items up to (`seen_at`, `seen_item`), by when they were queued and by id, have been looked at.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="rules")
    name = models.SlugField(max_length=60)
    created_at = models.DateTimeField()
    current = models.ForeignKey(
        "annotation.RuleVersion", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    seen_at = models.DateTimeField(null=True)
    seen_item = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["feature", "name"]
        constraints = [
            models.UniqueConstraint(fields=["feature", "name"], name="rule_once"),
            models.CheckConstraint(
                condition=Q(current__isnull=True) | Q(seen_at__isnull=False), name="rule_on_has_a_watermark"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """A condition, and the reason that is given where it holds: frozen. `tried` is what became of the last trial.

    `condition` is what `lib.conditions` takes. `switched_on_at` is when it was first switched on.

    `right` of `judged` labels were what people decided, when last counted. It is counted where items are weighed by it.
    """

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, db_index=False, related_name="versions")
    number = models.PositiveIntegerField()
    condition = models.JSONField()
    reason = models.ForeignKey("annotation.Reason", on_delete=models.PROTECT, db_index=False, related_name="+")
    confidence = models.FloatField(null=True)
    rater = models.OneToOneField("annotation.Rater", on_delete=models.PROTECT, related_name="rule_version")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True, db_index=False)
    tried_at = models.DateTimeField(null=True)
    tried = models.JSONField(null=True)
    switched_on_at = models.DateTimeField(null=True)
    judged = models.PositiveIntegerField(default=0, db_default=0)
    right = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ["rule", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once"),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
                name="rule_confidence_in_0_1",
            ),
            models.CheckConstraint(condition=Q(right__lte=F("judged")), name="rule_right_of_judged"),
            models.CheckConstraint(
                condition=Q(switched_on_at__isnull=True) | Q(tried_at__isnull=False), name="rule_tried_before_on"
            ),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="frozen", exclude=["tried_at", "tried", "switched_on_at", "judged", "right"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.number}"


class RuleRun(Job):
    """One run of a version over the items that are there already. The row is the job.

    Items up to the id `last_item` are done; those after `until_item` came later and are no part of it.
    """

    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="runs")
    requested_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True, db_index=False)
    items_total = models.PositiveBigIntegerField()
    items_done = models.PositiveBigIntegerField(default=0)
    labeled = models.PositiveBigIntegerField(default=0)
    until_item = models.PositiveBigIntegerField()
    last_item = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(status__in=["pending", "running"]), name="rule_run_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running"]) | Q(finished_at__isnull=False),
                name="rule_run_ended_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.version_id}"

    @property
    def stands(self) -> int:
        return self.last_item
