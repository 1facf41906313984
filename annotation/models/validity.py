"""What signals are worth: what each item contributes to the estimates, and the figures that are kept up from it."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from annotation.models.taxonomy import Reason

MAX_PART = 100
"""Characters of a value by which a feature is audited; longer ones are cut."""


class Audit(models.Model):
    """How far the audit of a feature is. `seen_revision`: consensus revisions up to this id were compared with terms.

    `seconds_a_label`: what people there take for one, in the middle; null: too few are known.
    """

    feature = models.OneToOneField("annotation.Feature", on_delete=models.CASCADE, primary_key=True)
    computed_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    seen_revision = models.PositiveBigIntegerField(default=0)
    seconds_a_label = models.FloatField(null=True)

    def __str__(self) -> str:
        return f"audit of feature {self.feature_id}"


class Part(models.Model):
    """A value of the metadata key by which a feature is audited: the sender's word, gone when the key is changed.

    `is_rest`: all other values together.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.CASCADE, db_index=False)
    key = models.CharField(max_length=100)
    value = models.CharField(max_length=MAX_PART)
    is_rest = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feature", "key", "value", "is_rest"], name="part_once"),
            models.UniqueConstraint(fields=["feature", "key"], condition=Q(is_rest=True), name="part_one_rest"),
        ]

    def __str__(self) -> str:
        return self.value


class TermSheet(models.Model):
    """The terms of one cohort are written: none where it has no sample. In the order of their ids they were counted.

    `suggestions_seen`: somebody who labeled the sample saw what a rule or judge suggests.
    """

    cohort = models.OneToOneField("annotation.Cohort", on_delete=models.PROTECT)
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_index=False)
    day = models.DateField()
    suggestions_seen = models.BooleanField(default=False)
    written_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["feature", "id"], name="term_sheet_order")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"terms of cohort {self.cohort_id}"


class Term(models.Model):
    """What one sample item of a closed cohort contributes to the estimates: numbers and codes, written once.

    It stays when its item is let go or its interaction erased. `kinds` are those of all of the interaction's sample
    items, of which this one `is_first` or not. `counts_with`: in the arm with its kind; `counts_without`: in the arms
    without these kinds. `probability` is null beyond the sample, and `outcome` and `reason` with it (a taken one that
    nobody resolved has an outcome and no reason). `f_good` and `f_bad` are null without a prediction; each λ is the
    one that it counts with.
    """

    item = models.OneToOneField("annotation.Item", on_delete=models.PROTECT, primary_key=True, db_constraint=False)
    sheet = models.ForeignKey(TermSheet, on_delete=models.PROTECT, db_constraint=False)
    cohort = models.ForeignKey("annotation.Cohort", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_constraint=False, db_index=False)
    interaction = models.ForeignKey("annotation.Interaction", on_delete=models.PROTECT, db_constraint=False)
    signal_kind = models.CharField(max_length=60)
    model_version = models.TextField()
    part = models.ForeignKey(Part, on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False)
    is_first = models.BooleanField()
    kinds = ArrayField(models.TextField())
    counts_with = models.BooleanField()
    counts_without = ArrayField(models.TextField())
    probability = models.FloatField(null=True)
    outcome = models.CharField(max_length=16, choices=Reason.Outcome.choices, null=True)  # noqa: DJ001 - not sampled
    reason = models.ForeignKey(Reason, on_delete=models.PROTECT, null=True, db_constraint=False, db_index=False)
    f_good = models.FloatField(null=True)
    f_bad = models.FloatField(null=True)
    lam_good = models.FloatField()
    lam_bad = models.FloatField()
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__isnull=True, outcome__isnull=True)
                | Q(probability__gt=0, probability__lte=1, outcome__isnull=False),
                name="term_of_the_sample_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(reason__isnull=True) | Q(outcome__isnull=False), name="term_reason_has_an_outcome"
            ),
            models.CheckConstraint(
                condition=Q(lam_good__gte=0, lam_good__lte=1, lam_bad__gte=0, lam_bad__lte=1),
                name="term_lambda_in_0_1",
            ),
        ]
        indexes = [models.Index(fields=["feature", "model_version", "signal_kind", "item"], name="term_version")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"term of item {self.item_id}"


class Correction(models.Model):
    """What became of a sampled item after its term was written: the last one counts. `outcome` is the new one."""

    term = models.ForeignKey(Term, on_delete=models.PROTECT, db_constraint=False, related_name="corrections")
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_index=False)
    outcome = models.CharField(max_length=16, choices=Reason.Outcome.choices)
    reason = models.ForeignKey(Reason, on_delete=models.PROTECT, null=True, db_index=False)
    noted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["feature", "noted_at"], name="correction_recent")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"correction of term {self.term_id}"


class Calibration(models.Model):
    """What items of a kind turned out to be where a rater gave this answer: weighted sums over sampled items.

    `answer` is the outcome of the reason that it gave; "": it gave none. `items` counts, unweighted.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.CASCADE, db_index=False)
    signal_kind = models.CharField(max_length=60)
    rater = models.ForeignKey("annotation.Rater", on_delete=models.CASCADE, db_index=False)
    answer = models.CharField(max_length=16)
    items = models.PositiveBigIntegerField(default=0)
    weight = models.FloatField(default=0)
    good = models.FloatField(default=0)
    bad = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feature", "signal_kind", "rater", "answer"], name="calibration_once")
        ]

    def __str__(self) -> str:
        return f"{self.answer or 'no answer'} of rater {self.rater_id} on {self.signal_kind}"


class Cell(models.Model):
    """One signal of one model version, and where the feature is audited by a key, of one of its values.

    `figures` is what `annotation.validity.figures.Figures` reads: sums, counts and intervals so far. `family`: how
    many cells share the error of 5 % with it; it never falls. A verdict stays until `restarted_at` moves on.
    `corrections`: of its sampled terms since then. `helper`: whose predictions the last cohort used; `helper_why` says
    why none were. What is provisional is of cohorts that are still open, and takes part in nothing.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_index=False)
    signal_kind = models.CharField(max_length=60)
    model_version = models.TextField()
    part = models.ForeignKey(Part, on_delete=models.CASCADE, null=True, db_index=False)
    polarity = models.CharField(max_length=8)
    family = models.PositiveIntegerField(default=1)
    verdict = models.CharField(max_length=10, default="not_enough")
    verdict_at = models.DateTimeField(null=True)
    restarted_at = models.DateTimeField(null=True)
    corrections = models.PositiveBigIntegerField(default=0)
    suggestions_seen = models.BooleanField(default=False)
    helper = models.ForeignKey("annotation.Rater", on_delete=models.SET_NULL, null=True, db_index=False)
    helper_why = models.CharField(max_length=12, default="none")
    figures = models.JSONField(default=dict)
    provisional_labels = models.PositiveBigIntegerField(default=0)
    provisional_rate = models.FloatField(null=True)
    provisional_days = models.PositiveIntegerField(default=0)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["feature", "model_version", "signal_kind", "part"], name="cell_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(family__gte=1), name="cell_family_of_one_at_least"),
            models.CheckConstraint(
                condition=Q(verdict="not_enough") | Q(verdict_at__isnull=False), name="cell_verdict_has_its_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.signal_kind} of {self.model_version}"


class Look(models.Model):
    """The figures of a cell as they stood after a day's cohorts: shares and their difference, each with its bounds."""

    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, db_index=False, related_name="looks")
    day = models.DateField()
    rate = models.FloatField()
    rate_low = models.FloatField()
    rate_high = models.FloatField()
    difference = models.FloatField()
    difference_low = models.FloatField()
    difference_high = models.FloatField()
    labels = models.PositiveBigIntegerField()
    verdict = models.CharField(max_length=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cell", "day"], name="look_once"),
            models.CheckConstraint(
                condition=Q(rate_low__lte=F("rate_high"), difference_low__lte=F("difference_high")),
                name="look_bounds_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"look at cell {self.cell_id} on {self.day}"
