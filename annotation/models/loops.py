"""What is measured of the wheel at night and kept until the next night: numbers and codes, nothing that users wrote."""

from __future__ import annotations

from django.db import models


class VersionFigures(models.Model):
    """How the model versions of a feature compare, as `annotation.compounding` has it.

    `stamp` says what it was computed from: nothing is computed anew while that is the same.
    """

    feature = models.OneToOneField("annotation.Feature", on_delete=models.CASCADE, primary_key=True)
    figures = models.JSONField()
    stamp = models.JSONField()
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"versions of feature {self.feature_id}"


class LoopFigures(models.Model):
    """What one detector of `annotation.loops` found in a feature."""

    feature = models.ForeignKey("annotation.Feature", on_delete=models.CASCADE, db_index=False)
    detector = models.CharField(max_length=20)
    figures = models.JSONField()
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "detector"], name="loop_figures_once")]

    def __str__(self) -> str:
        return f"{self.detector} of feature {self.feature_id}"
