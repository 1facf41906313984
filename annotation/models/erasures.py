"""What was forgotten, in keyed hashes and counts, and what retention took, in counts alone."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Erasure(models.Model):
    """One user or interaction that was erased. Asked for again, it is the same row, and what came since is erased too.

    The row is the job: `finished_at` is null until nothing is left to forget and no file holds it. `subject_hash` is
    the user's hash (`Interaction.user_hash`), or the tombstone's of the interaction. What a user did before `asked_at`
    is refused at the door. `exports` are the finished ones that held it; `mates` are interactions that stay and may
    repeat what was said, the first thousand.
    """

    class Subject(models.TextChoices):
        USER = "user"
        INTERACTION = "interaction"

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_index=False)
    subject = models.CharField(max_length=11, choices=Subject.choices)
    subject_hash = models.BinaryField(max_length=16)
    first_asked_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True, db_index=False)
    token = models.ForeignKey("annotation.ApiToken", on_delete=models.PROTECT, null=True, db_index=False)
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    interactions = models.PositiveBigIntegerField(default=0)
    signals = models.PositiveBigIntegerField(default=0)
    waiting_signals = models.PositiveBigIntegerField(default=0)
    items_withdrawn = models.PositiveBigIntegerField(default=0)
    labels_kept = models.PositiveBigIntegerField(default=0)
    label_texts = models.PositiveBigIntegerField(default=0)
    mates = ArrayField(models.BigIntegerField(), default=list)
    exports = models.ManyToManyField("annotation.Export", related_name="erasures")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feature", "subject", "subject_hash"], name="erasure_once"),
        ]
        indexes = [
            models.Index(fields=["touched_at"], name="erasure_unfinished", condition=Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class RetentionCount(models.Model):
    """How much retention took, so that totals and rates stay as they were: counted in the transaction that deletes.

    A row without `signal_kind` counts interactions: `interactions` of them, `queued` of which had an item. A row with
    one counts what they had of that kind: `signals`, the `items` made of them on the UTC day `queued_on` (null: none),
    and in how many `interactions` the kind occurred. `cohort` is that of sample items; other items have none.

    `day` is the UTC day of `occurred_at`. `is_first`: first of its conversation, or without one, and so the unit of
    rates. Nothing of a sample is ever taken: only items beyond their closed cohort's threshold, whose share in every
    estimate is that they are counted. So later rooms read here:
    - the size N of a cell (signal kind, model version, arm) that weighted sums over the sample are divided by, and of
      the arm without the signal (the interactions less those with it);
    - of a cohort, how many items there were beside those that were reached;
    - the funnel's totals, and those never reached that stand beside the curves as a count.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_index=False)
    day = models.DateField()
    model_version = models.TextField()
    is_first = models.BooleanField()
    signal_kind = models.CharField(max_length=60, null=True)  # noqa: DJ001 - null: of all kinds and of none
    queue = models.ForeignKey("annotation.Queue", on_delete=models.PROTECT, null=True, db_index=False)
    cohort = models.ForeignKey("annotation.Cohort", on_delete=models.PROTECT, null=True, db_index=False)
    queued_on = models.DateField(null=True)
    interactions = models.PositiveBigIntegerField(default=0)
    queued = models.PositiveBigIntegerField(default=0)
    signals = models.PositiveBigIntegerField(default=0)
    items = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feature", "day", "model_version", "is_first", "signal_kind", "queue", "cohort", "queued_on"],
                name="retention_count_once",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(
                fields=["feature", "queued_on"], name="retention_count_queued", condition=Q(queued_on__isnull=False)
            ),
            models.Index(fields=["cohort"], name="retention_count_cohort", condition=Q(cohort__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"what retention took of {self.day}"
