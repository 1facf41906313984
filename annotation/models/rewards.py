"""Which later results of a feature are its delayed outcomes, and what early signals were found to tell of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DelayedOutcome(models.Model):
    """A `later_result` of this name tells how a conversation ended, once `days` have passed since it began.

    `good_when`: the value that is good. `absent_is_false`: where nothing came in time it counts as false, since senders
    tell of it only where it happened; else as unknown. `margin`: less of a difference doesn't matter. `figures` is what
    `annotation.rewards.measuring` found: counts and codes. Whoever changes what it means begins with none.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.CASCADE, db_index=False)
    name = models.CharField(max_length=200)
    days = models.PositiveSmallIntegerField()
    good_when = models.BooleanField()
    absent_is_false = models.BooleanField()
    margin = models.FloatField()
    named_at = models.DateTimeField()
    figures = models.JSONField(null=True)
    computed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["feature", "name"], name="delayed_outcome_once"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=365), name="delayed_outcome_days_in_a_year"),
            models.CheckConstraint(condition=Q(margin__gt=0, margin__lt=1), name="delayed_outcome_margin_in_0_1"),
        ]

    def __str__(self) -> str:
        return self.name
