"""Bad answers, and what a model that was trained on them answered later to similar prompts, judged blind.

Keys, times and codes alone: the texts stand with the interactions and go with them.
"""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from annotation.models.queues import Cardinality


class MendedSearch(models.Model):
    """What a model version of a feature is compared by.

    `population`: [signal kind, reason's code, how many] of the bad interactions that it was trained on, as counted at
    `counted_at`. Its answers are looked through in order, `read` of them so far, up to the one named by `read_until_at`
    and `read_until_id`.
    """

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_index=False, related_name="+")
    model_version = models.CharField(max_length=200)
    population = models.JSONField(default=list)
    counted_at = models.DateTimeField(null=True)
    read = models.PositiveBigIntegerField(default=0)
    read_until_at = models.DateTimeField(null=True)
    read_until_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "model_version"], name="mended_search_once")]

    def __str__(self) -> str:
        return f"what {self.model_version} mended"


class MendedCase(models.Model):
    """A bad interaction, drawn from those that the model version was trained on. `item`: the one that says it is bad.

    `draw`: a uniform number of its own; the smallest are drawn, and served first.
    """

    search = models.ForeignKey(MendedSearch, on_delete=models.PROTECT, db_index=False, related_name="cases")
    item = models.ForeignKey("annotation.Item", on_delete=models.PROTECT, db_index=False, related_name="+")
    interaction = models.ForeignKey(
        "annotation.Interaction", on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    draw = models.FloatField()
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["search", "interaction"], name="mended_case_once"),
            models.CheckConstraint(condition=Q(draw__gt=0, draw__lt=1), name="mended_case_draw_in_0_1"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="drawn_is_final"),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class MendedPair(models.Model):
    """A case, and a later interaction with a similar prompt that the model answered. It stands in no other pair.

    `rank`: 1 for the case's nearest. `later_first`: whether the later answer is shown first; told to nobody who judges.
    `needed` and `taken` as an item's: raters who hold or have judged it. `draw` is the case's.
    """

    public_id = models.CharField(max_length=24, unique=True)
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, db_index=False, related_name="+")
    case = models.ForeignKey(MendedCase, on_delete=models.PROTECT, db_index=False, related_name="pairs")
    later = models.OneToOneField(
        "annotation.Interaction", on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    similarity = models.FloatField()
    rank = models.PositiveSmallIntegerField()
    draw = models.FloatField()
    later_first = models.BooleanField()
    needed = models.PositiveSmallIntegerField(default=1)
    taken = ArrayField(models.BigIntegerField(), default=list)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "rank"], name="mended_pair_rank_once"),
            models.CheckConstraint(
                condition=Q(needed__gte=1) & Q(needed__gte=Cardinality("taken")),
                name="mended_pair_taken_at_most_as_needed",
            ),
            models.CheckConstraint(
                condition=Q(similarity__gte=0, similarity__lte=1), name="mended_pair_similarity_in_0_1"
            ),
        ]
        indexes = [
            models.Index(
                F("feature"),
                F("rank"),
                F("draw"),
                F("id"),
                name="mended_pair_open",
                condition=Q(needed__gt=Cardinality("taken")),
            )
        ]
        triggers = [pgtrigger.ReadOnly(name="made_is_final", exclude=["taken"])]

    def __str__(self) -> str:
        return self.public_id


class MendedLease(models.Model):
    """One rater has a pair before them until `expires_at`."""

    pair = models.ForeignKey(MendedPair, on_delete=models.CASCADE, db_index=False, related_name="leases")
    rater = models.ForeignKey("annotation.Rater", on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pair", "rater"], name="mended_lease_once")]
        indexes = [models.Index(fields=["expires_at"], name="mended_lease_expiry")]

    def __str__(self) -> str:
        return f"lease of {self.pair_id} until {self.expires_at}"


class MendedJudgement(models.Model):
    """What one rater said of a pair, blind to which answer is which. It stands while `undone_at` is null.

    `apart`: the two were asked different things, so they tell nothing about each other.
    """

    class Verdict(models.TextChoices):
        MENDED = "mended"
        SAME = "same"
        WORSE = "worse"
        APART = "apart"

    pair = models.ForeignKey(MendedPair, on_delete=models.PROTECT, db_index=False, related_name="judgements")
    rater = models.ForeignKey("annotation.Rater", on_delete=models.PROTECT, db_index=False, related_name="+")
    verdict = models.CharField(max_length=6, choices=Verdict.choices)
    judged_at = models.DateTimeField()
    submission_id = models.UUIDField(unique=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pair", "rater"], condition=Q(undone_at__isnull=True), name="mended_judgement_one_current"
            )
        ]
        indexes = [models.Index(fields=["rater", "-judged_at"], name="mended_judgement_rater")]
        triggers = [
            pgtrigger.ReadOnly(name="append_only", exclude=["undone_at"]),
            pgtrigger.Protect(
                name="undone_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__undone_at__isnull=False),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"judgement {self.pk} of {self.pair_id}"
