"""Conditions that are watched: each starts a recipe and tells a webhook when it comes true."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q


class Trigger(models.Model):
    """One condition on what people decide of a feature, and what is started when it comes true.

    `condition` is what `triggers.conditions` reads; it stays, and so does the recipe. What has been seen of the past
    (`triggers.marks`): facts up to `seen_until` are taken in, those since `since` count for the next firing, `counted`
    of them; a share is compared with no day before `first_day`. `seen_until` only grows, and whoever moves it on has
    the claim.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="triggers")
    name = models.CharField(max_length=60)
    recipe = models.ForeignKey("annotation.Recipe", on_delete=models.PROTECT, null=True, related_name="triggers")
    condition = models.JSONField()
    cooldown_hours = models.PositiveSmallIntegerField()
    is_enabled = models.BooleanField(default=True)
    since = models.DateTimeField()
    seen_until = models.DateTimeField()
    counted = models.PositiveBigIntegerField(default=0)
    first_day = models.DateField(null=True)
    fired = models.PositiveIntegerField(default=0)
    fired_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)

    class Meta:
        ordering = ["feature", "name"]
        constraints = [
            models.UniqueConstraint(fields=["feature", "name"], name="trigger_name_once"),
            models.CheckConstraint(condition=Q(seen_until__gte=F("since")), name="trigger_seen_since"),
            models.CheckConstraint(condition=Q(fired=0) | Q(fired_at__isnull=False), name="trigger_fired_at_a_time"),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="condition_stays", fields=["feature", "name", "recipe", "condition"]),
        ]

    def __str__(self) -> str:
        return self.name


class TriggerFiring(models.Model):
    """One time that a trigger's condition came true, the `number`th, and what it started. Append-only.

    `about` is the cause in codes, counts and shares. `firing` is the recipe's, null where there is none, or where its
    recipe was switched off.
    """

    trigger = models.ForeignKey(Trigger, on_delete=models.PROTECT, db_index=False, related_name="firings")
    number = models.PositiveIntegerField()
    about = models.JSONField()
    recipe = models.ForeignKey("annotation.Recipe", on_delete=models.PROTECT, null=True, related_name="+")
    firing = models.OneToOneField(
        "annotation.Firing", on_delete=models.PROTECT, null=True, related_name="trigger_firing"
    )
    fired_at = models.DateTimeField()

    class Meta:
        constraints = [
            # However many beats and workers there are, a cause fires once: each firing takes the next number.
            models.UniqueConstraint(fields=["trigger", "number"], name="trigger_firing_once"),
            models.CheckConstraint(
                condition=Q(firing__isnull=True) | Q(recipe__isnull=False), name="trigger_firing_of_its_recipe"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"firing {self.number} of trigger {self.trigger_id}"
