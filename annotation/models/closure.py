"""What came of a dataset: the model that was trained on it, and since when that model answers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class TrainingRun(models.Model):
    """A run that used exports and, if it succeeded, made a model version."""

    class Status(models.TextChoices):
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="training_runs")
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=9, choices=Status.choices)
    exports = models.ManyToManyField("annotation.Export", related_name="training_runs")
    base_model = models.CharField(max_length=200, default="")
    model_version = models.CharField(max_length=200)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField()
    validation = models.JSONField(null=True)
    reported_at = models.DateTimeField()
    retracted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-finished_at"]
        constraints = [
            models.UniqueConstraint(fields=["feature", "name"], name="training_run_once"),
            models.CheckConstraint(
                condition=Q(retracted_at__isnull=True) | Q(status="failed"), name="training_run_retracted_is_failed"
            ),
        ]
        indexes = [models.Index(fields=["feature", "model_version"], name="training_run_version")]

    def __str__(self) -> str:
        return self.name


class Deployment(models.Model):
    """A model version serving a feature since `deployed_at`, for a share of its traffic."""

    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="deployments")
    model_version = models.CharField(max_length=200)
    deployed_at = models.DateTimeField()
    share = models.FloatField(default=1)
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ["-deployed_at"]
        constraints = [
            models.UniqueConstraint(fields=["feature", "model_version", "deployed_at"], name="deployment_once"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="deployment_share_in_0_1"),
        ]

    def __str__(self) -> str:
        return f"{self.model_version} since {self.deployed_at:%Y-%m-%d %H:%M}"
