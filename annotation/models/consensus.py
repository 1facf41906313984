"""The resolved reason of an item, and how it was reached."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from annotation.models import marks
from annotation.models.jobs import Job


class ConsensusRevision(models.Model):
    """Append-only: the current revision of an item has no `superseded_at`. Only people and gold decide.

    The item is held in the database by the labels or skips that it was decided by, and the reason by its label, or by
    its published version: to check both again for each revision slows a run over a queue.
    """

    class Method(models.TextChoices):
        SINGLE = "single"
        MAJORITY = "majority"
        DAWID_SKENE = "dawid_skene"
        ADJUDICATED = "adjudicated"
        GOLD = "gold"
        SKIPPED = "skipped"

    item = models.ForeignKey(
        "annotation.Item", on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="revisions"
    )
    number = models.PositiveIntegerField()
    reason = models.ForeignKey("annotation.Reason", on_delete=models.PROTECT, db_constraint=False, db_index=False)
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
            *marks.of_revisions(),
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of item {self.item_id}"


class ConsensusRun(Job):
    """One run over a queue: who is right how often is estimated anew, and each item decided by it. The row is the job.

    `rule` is the queue's when it was asked, `standings` a digest of what was decided about people's labels then: where
    either differs from what is now, the next run is due. `items_total` counts the items that may have to be decided
    anew, `items_done` those that were, `changed` the revisions that this made; null totals: still reading.
    """

    queue = models.ForeignKey("annotation.Queue", on_delete=models.PROTECT, related_name="consensus_runs")
    requested_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)
    rule = models.CharField(max_length=12)
    standings = models.CharField(max_length=32, default="")
    labels_total = models.PositiveBigIntegerField(null=True)
    items_total = models.PositiveBigIntegerField(null=True)
    items_done = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue"], condition=Q(status__in=["pending", "running"]), name="consensus_run_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running"]) | Q(finished_at__isnull=False),
                name="consensus_run_ended_has_its_time",
            ),
        ]
        indexes = [models.Index(fields=["queue", "-id"], name="consensus_run_latest")]

    def __str__(self) -> str:
        return f"consensus run {self.pk} of {self.queue_id}"

    @property
    def stands(self) -> int:
        return self.items_done


class ConsensusFit(models.Model):
    """What the last run found about the labels of one kind of signal in a queue, and which rule that lets decide.

    `reasons` are codes, in the order of `log_prior` and of each person's figures. `pooled` is what anybody says, for
    those of whom nothing is known yet: as `ConsensusReliability.told`. Shares and counts are null where nothing was
    fitted. Replaced as a whole by the next run.
    """

    class Why(models.TextChoices):
        FITTED = "fitted"
        TOO_FEW = "too_few"
        COLLAPSED = "collapsed"
        GOLD_FOR = "gold_for"
        GOLD_AGAINST = "gold_against"

    queue = models.ForeignKey("annotation.Queue", on_delete=models.CASCADE, db_index=False)
    signal_kind = models.CharField(max_length=60)
    fitted_at = models.DateTimeField()
    is_used = models.BooleanField()
    why = models.CharField(max_length=12, choices=Why.choices)
    reasons = ArrayField(models.TextField())
    log_prior = ArrayField(models.FloatField(), default=list)
    pooled = ArrayField(models.FloatField(), default=list)
    labels = models.PositiveBigIntegerField()
    people = models.PositiveIntegerField()
    known = models.PositiveIntegerField()
    missing = models.PositiveBigIntegerField(default=0)
    shift = models.FloatField(null=True)
    below_chance = models.FloatField(null=True)
    gold_items = models.PositiveIntegerField(default=0)
    gold_fitted = models.FloatField(null=True)
    gold_majority = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "signal_kind"], name="consensus_fit_once")]

    def __str__(self) -> str:
        return f"fit of {self.signal_kind} in queue {self.queue_id}"


class ConsensusReliability(models.Model):
    """What one person says where a reason is true: `told` holds log P(said | true), all of one `said` together.

    `labels`: on items that somebody else labeled too. Under 30 of them the reliability counts as unknown.
    """

    fit = models.ForeignKey(ConsensusFit, on_delete=models.CASCADE, db_index=False)
    rater = models.ForeignKey("annotation.Rater", on_delete=models.CASCADE, db_index=False)
    labels = models.PositiveBigIntegerField()
    is_known = models.BooleanField()
    told = ArrayField(models.FloatField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "rater"], name="consensus_reliability_once")]

    def __str__(self) -> str:
        return f"reliability of rater {self.rater_id} by fit {self.fit_id}"
