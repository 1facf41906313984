"""What waits for people, counted as it comes and goes; and the alarms that watch it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from annotation.models.jobs import Job


class BacklogCount(models.Model):
    """So many items more of a queue and kind, or fewer: the sum over all rows is what there is.

    Unfinished items (`open`, `disputed`, `flagged`) stand at the hour in which they were queued, and so do those that
    `came`, which is never taken back; those `done` stand at the hour in which they were resolved. Hours are whole ones
    since 1970, UTC.

    Written by triggers (`annotation.models.tallies`) in every transaction that changes an item, without a constraint on
    which one would wait for another; folded into one row of each (`is_sum`) by `annotation.backlog`.
    """

    class What(models.TextChoices):
        OPEN = "open"
        DISPUTED = "disputed"
        FLAGGED = "flagged"
        CAME = "came"
        DONE = "done"

    feature = models.ForeignKey("annotation.Feature", on_delete=models.CASCADE, db_constraint=False, db_index=False)
    queue = models.ForeignKey("annotation.Queue", on_delete=models.CASCADE, db_constraint=False, db_index=False)
    signal_kind = models.CharField(max_length=60)
    what = models.CharField(max_length=8, choices=What.choices)
    hour = models.IntegerField()
    number = models.BigIntegerField()
    is_sum = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "signal_kind", "what", "hour"], condition=Q(is_sum=True), name="backlog_count_one_sum"
            )
        ]
        indexes = [models.Index(fields=["feature", "what", "hour"], name="backlog_count_feature")]

    def __str__(self) -> str:
        return f"{self.number} {self.what} in queue {self.queue_id}"


class ItemMove(Job):
    """Open items that nobody holds or has labeled go from one queue to another. The row is the job.

    Of which kind (empty: every kind), queued until when: as asked. Up to the item `last_item` everything is done.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey("annotation.Queue", on_delete=models.PROTECT, related_name="moves_out")
    target = models.ForeignKey("annotation.Queue", on_delete=models.PROTECT, related_name="moves_in")
    signal_kind = models.CharField(max_length=60, default="", blank=True)
    queued_until = models.DateTimeField()
    items_moved = models.PositiveBigIntegerField(default=0)
    last_item = models.PositiveBigIntegerField(default=0)
    asked_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(source=F("target")), name="item_move_elsewhere"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running"]) | Q(finished_at__isnull=False),
                name="item_move_ended_has_its_time",
            ),
            models.UniqueConstraint(
                fields=["source"], condition=Q(status__in=["pending", "running"]), name="item_move_one_a_queue"
            ),
        ]

    def __str__(self) -> str:
        return f"move {self.pk} from queue {self.source_id} to {self.target_id}"

    @property
    def stands(self) -> int:
        return self.last_item


class Alarm(models.Model):
    """What an admin wants to be told of a feature's backlog, or of one queue's, and who is told.

    `most`: the figure that may not be passed. Raised while `raised_at` is set; `number` counts how often it was.
    """

    class Kind(models.TextChoices):
        OPEN = "open", _("open items")
        PAST_LIMIT = "past_limit", _("items past their limit")
        DRAIN = "drain", _("days until nothing is open")
        QUIET = "quiet", _("hours in which nothing was resolved")

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="alarms")
    queue = models.ForeignKey("annotation.Queue", on_delete=models.PROTECT, null=True, related_name="alarms")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    most = models.PositiveIntegerField()
    people = models.ManyToManyField("annotation.User", related_name="alarms")
    is_enabled = models.BooleanField(default=True)
    number = models.PositiveIntegerField(default=0)
    raised_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["feature", "queue", "kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["feature", "queue", "kind"],
                nulls_distinct=False,
                name="alarm_once",
                condition=Q(is_enabled=True),
            ),
            models.CheckConstraint(condition=Q(most__gte=1), name="alarm_most_positive"),
            models.CheckConstraint(condition=Q(raised_at__isnull=True) | Q(number__gte=1), name="alarm_raised_counted"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="watches_the_same", fields=["feature", "queue", "kind", "most"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} over {self.most} in {self.queue or self.feature}"


class Alert(models.Model):
    """One time that an alarm was raised, the `number`th, or that it was over again. Append-only.

    `value`: the figure as it was; null where it has none, such as the end of a backlog that never comes.
    """

    alarm = models.ForeignKey(Alarm, on_delete=models.PROTECT, db_index=False, related_name="alerts")
    number = models.PositiveIntegerField()
    is_over = models.BooleanField()
    value = models.FloatField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # However many beats and workers there are, a cause is told once, and its end once.
            models.UniqueConstraint(fields=["alarm", "number", "is_over"], name="alert_once"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"alert {self.number} of alarm {self.alarm_id}"
