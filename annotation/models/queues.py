"""Where signals wait for people. A queue is a sampling design: each item's chance to be labeled is known."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Case, F, Func, IntegerField, Q, Value, When

from annotation.models import marks, tallies


class Cardinality(Func):
    """SQL's `cardinality`: 0 for an empty array, where `array_length` gives null."""

    function = "cardinality"
    output_field = IntegerField()


class Queue(models.Model):
    """Some kinds of signals of one feature, and how they are labeled. Empty `signal_kinds`: every queued kind.

    `paused_at`: since when nothing new is given out of it; null while it is. What arrives still comes into it.
    `second_looks_until`: what was resolved up to then had its draw for a second look; null while the queue gives none.
    `mean_u`: how uncertain its feature's rules were about its items of the past week, on average; null where none was
    about any, or all weigh alike (`mix` 1).
    """

    class Consensus(models.TextChoices):
        MAJORITY = "majority"
        DAWID_SKENE = "dawid_skene"

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="queues")
    name = models.SlugField(max_length=100)
    rank = models.IntegerField(default=100)
    signal_kinds = ArrayField(models.CharField(max_length=60), default=list)
    overlap = models.PositiveSmallIntegerField(default=1)
    overlap_max = models.PositiveSmallIntegerField(default=5)
    stop_at = models.FloatField(default=0.95)
    full_overlap_share = models.FloatField(default=0.05)
    mix = models.FloatField(default=1)
    mean_u = models.FloatField(null=True)
    delay_hours = models.PositiveIntegerField(default=0)
    lease_minutes = models.PositiveIntegerField(default=15)
    limit_hours = models.PositiveIntegerField(default=168)
    gold_share = models.FloatField(default=0)
    second_look_share = models.FloatField(default=0)
    second_looks_until = models.DateTimeField(null=True)
    guideline = models.TextField(default="")
    show_suggestions = models.BooleanField(default=False)
    taxonomy_version = models.ForeignKey("annotation.TaxonomyVersion", on_delete=models.PROTECT, null=True)
    consensus = models.CharField(max_length=12, choices=Consensus.choices, default=Consensus.MAJORITY)
    members = models.ManyToManyField("annotation.User", related_name="queues")
    paused_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["feature", "rank", "id"]
        constraints = [
            models.UniqueConstraint(fields=["feature", "name"], name="queue_once"),
            models.CheckConstraint(
                condition=Q(overlap__gte=1, overlap_max__gte=F("overlap")), name="queue_overlap_within_max"
            ),
            models.CheckConstraint(condition=Q(lease_minutes__gte=1), name="queue_lease_at_least_a_minute"),
            models.CheckConstraint(condition=Q(mix__gte=0, mix__lte=1), name="queue_mix_in_0_1"),
        ]

    def __str__(self) -> str:
        return f"{self.feature}: {self.name}"


class SamplingDesign(models.Model):
    """How a queue weighs the items that arrive while it is current. Immutable: a change ends one, starts the next."""

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="designs")
    mix = models.FloatField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue"], condition=Q(ended_at__isnull=True), name="sampling_design_current"
            )
        ]
        triggers = [
            pgtrigger.ReadOnly(name="immutable", exclude=["ended_at"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"design of {self.queue} since {self.started_at:%Y-%m-%d}"


class Cohort(models.Model):
    """The sample items of one queue made on one UTC day. Closed, it has a threshold: the sample is what lies below.

    `items` (those withdrawn left out), `reached` and `sampled` of them: as counted at closing.
    """

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="cohorts")
    day = models.DateField()
    closed_at = models.DateTimeField(null=True)
    threshold = models.FloatField(null=True)
    items = models.PositiveIntegerField(null=True)
    reached = models.PositiveIntegerField(null=True)
    sampled = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "day"], name="cohort_once"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, threshold__isnull=True)
                | Q(closed_at__isnull=False, threshold__isnull=False),
                name="cohort_closed_has_threshold",
            ),
        ]
        indexes = [models.Index(fields=["day"], name="cohort_open", condition=Q(closed_at__isnull=True))]
        triggers = [
            pgtrigger.Protect(
                name="closed_is_final",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__closed_at__isnull=False),
            ),
            *marks.of_cohorts(),
        ]

    def __str__(self) -> str:
        return f"{self.queue} of {self.day}"


class Item(models.Model):
    """One signal placed in one queue.

    What a taker changes stands on this row: `needed` and `taken`, the raters who hold or have labeled it, since
    `FOR UPDATE SKIP LOCKED` checks conditions again only on the row that it locks.

    Of `needed`, `extra` are there because of who labeled it: one for each label that doesn't count, one for each that
    asks for another beside it, and what was taken meanwhile. `full_overlap`: drawn to be labeled by as many as may,
    whatever is known before.
    """

    class Purpose(models.TextChoices):
        SAMPLE = "sample"
        GOLD = "gold"
        BACKFILL = "backfill"
        SECOND_LOOK = "second_look"

    class Status(models.TextChoices):
        OPEN = "open"
        RESERVE = "reserve"
        DISPUTED = "disputed"
        RESOLVED = "resolved"
        FLAGGED = "flagged"
        WITHDRAWN = "withdrawn"

    public_id = models.CharField(max_length=24)
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, db_constraint=False, db_index=False)
    interaction = models.ForeignKey(
        "annotation.Interaction", on_delete=models.PROTECT, db_constraint=False, related_name="items"
    )
    signal = models.ForeignKey(
        "annotation.Signal", on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="items"
    )
    signal_kind = models.CharField(max_length=60)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    weight = models.FloatField(null=True)
    key = models.FloatField(null=True)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, null=True, db_constraint=False, db_index=False)
    design = models.ForeignKey(SamplingDesign, on_delete=models.PROTECT, null=True, db_constraint=False, db_index=False)
    evidence_version = models.PositiveIntegerField(default=1)
    needed = models.PositiveSmallIntegerField(default=1)
    extra = models.PositiveSmallIntegerField(default=0, db_default=0)
    full_overlap = models.BooleanField(default=False, db_default=False)
    taken = ArrayField(models.BigIntegerField(), default=list)
    queued_at = models.DateTimeField()
    first_shown_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)

    comes_alone = False
    """Of an item just handed out: its taker has written nothing about it, and nothing else of the queue belongs to it.
    """

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(purpose="sample", weight__gt=0, key__gt=0, cohort__isnull=False)
                    | (~Q(purpose="sample") & Q(weight__isnull=True, key__isnull=True, cohort__isnull=True))
                ),
                name="item_sample_has_weight_and_key",
            ),
            models.CheckConstraint(
                condition=Q(needed__gte=1) & Q(needed__gte=Cardinality("taken")), name="item_taken_at_most_as_needed"
            ),
            # As a constraint and not on the field, which would bring a second index for LIKE.
            models.UniqueConstraint(fields=["public_id"], name="item_public_id_once"),
            # At most one sample or backfill item a signal, any number of the others. One index for all of them serves
            # both the promise and whoever looks for the items of a signal.
            models.UniqueConstraint(
                "signal",
                Case(
                    When(purpose__in=["sample", "backfill"], then=Value(0)),
                    default=F("id"),
                    output_field=models.BigIntegerField(),
                ),
                name="item_once_a_signal",
            ),
        ]
        indexes = [
            models.Index(
                "queue",
                "key",
                "id",
                name="item_open",
                condition=Q(status="open") & Q(needed__gt=Cardinality("taken")),
            ),
            models.Index(
                "queue",
                "signal_kind",
                "key",
                "id",
                name="item_open_kind",
                condition=Q(status="open") & Q(needed__gt=Cardinality("taken")),
            ),
            # A day's items lie together. Sorted by key they would cost every new one a place at random.
            BrinIndex(fields=["cohort"], name="item_cohort", autosummarize=True, pages_per_range=32),
            models.Index(fields=["feature", "status", "id"], name="item_status"),
            models.Index(fields=["feature", "queued_at"], name="item_queued"),
            models.Index(fields=["feature", "signal"], name="item_second_look", condition=Q(purpose="second_look")),
            models.Index(fields=["queue", "signal"], name="item_gold", condition=Q(purpose="gold")),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="weight_and_key_stay", fields=["purpose", "weight", "key", "cohort"]),
            *marks.of_items(),
            *tallies.of_items(),
        ]

    def __str__(self) -> str:
        return self.public_id


class Lease(models.Model):
    """One rater holds one item until `expires_at`. `shown_at` is null while the item is only held ready.

    `lease_group`: taken for one sitting. `is_ahead`: held ready as the one that comes next; one for each person.
    """

    item = models.ForeignKey(Item, on_delete=models.CASCADE, db_index=False, related_name="leases")
    rater = models.ForeignKey("annotation.Rater", on_delete=models.PROTECT, db_index=False)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, db_index=False)
    lease_group = models.CharField(max_length=24)
    leased_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    is_ahead = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "rater"], name="lease_once"),
            models.UniqueConstraint(fields=["rater", "queue"], condition=Q(is_ahead=True), name="lease_one_ahead"),
            models.CheckConstraint(
                condition=Q(is_ahead=False) | Q(shown_at__isnull=True), name="lease_ahead_not_shown"
            ),
        ]
        indexes = [
            models.Index(fields=["rater", "queue"], name="lease_mine"),
            models.Index(fields=["expires_at"], name="lease_expiry"),
        ]

    def __str__(self) -> str:
        return f"lease of {self.item_id} until {self.expires_at}"


class DelayedSignal(models.Model):
    """A signal that becomes an item at `due_at`, when its queue's delay has passed."""

    signal = models.OneToOneField("annotation.Signal", on_delete=models.CASCADE, primary_key=True)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="delayed_signal_due")]

    def __str__(self) -> str:
        return f"signal {self.signal_id} due at {self.due_at}"
