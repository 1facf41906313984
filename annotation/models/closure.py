"""What came of a dataset: the model that was trained on it, and since when that model answers."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
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


class ClosureMark(models.Model):
    """What changed that closure figures tell of: a day of a feature, or what `ids` name. Gone once it was answered.

    Written by triggers (`annotation.models.marks`), by every transaction that changes anything of the kind: it has no
    constraint on which one would wait for another.
    """

    class About(models.TextChoices):
        DAY = "day"
        INTERACTION = "interaction"
        ITEM = "item"
        COHORT = "cohort"
        EXPORT = "export"

    about = models.CharField(max_length=11, choices=About.choices)
    ids = ArrayField(models.BigIntegerField(), default=list)
    feature_id = models.BigIntegerField(null=True)
    day = models.DateField(null=True)

    def __str__(self) -> str:
        return f"{self.about} {self.day or self.ids}"


class ExportSet(models.Model):
    """The finished exports that hold an interaction: in the split that is trained on, and in others only.

    Its key is a digest of both, so that whoever counts can write it without asking.
    """

    id = models.UUIDField(primary_key=True)
    train = ArrayField(models.BigIntegerField())
    held_out = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"exports {self.train} and {self.held_out}"


class ClosureTally(models.Model):
    """Interactions of one UTC day that are alike in what stands here, as cells: those that went the same way at the
    same hours are one.

    With an empty `signal_kind` each interaction is counted once, by model version and reason; with one it is counted
    again for each kind of its items. `cells`: one record after another (`annotation.closure.kept.records`), since a
    page reads all of them, and each in a row of its own would take ten times as long.
    """

    class Population(models.TextChoices):
        """Cells have its place in this list: what is new comes last."""

        SAMPLE = "sample"
        OPEN = "open"
        BEYOND = "beyond"
        APART = "apart"
        IMPORTED = "imported"
        LET_GO = "let_go"

    feature = models.ForeignKey("annotation.Feature", on_delete=models.CASCADE, db_constraint=False, db_index=False)
    day = models.DateField()
    signal_kind = models.CharField(max_length=60)
    model_version = models.TextField()
    reason = models.ForeignKey(
        "annotation.Reason", on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False
    )
    exports = models.ForeignKey(ExportSet, on_delete=models.DO_NOTHING, null=True, db_constraint=False, db_index=False)
    cells = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["feature", "day"], name="closure_tally_day")]

    def __str__(self) -> str:
        return f"{self.signal_kind or self.model_version} of {self.day}"


class Ledger(models.Model):
    """How far a feature's closure figures are counted, and when all of them were counted anew."""

    feature = models.OneToOneField("annotation.Feature", on_delete=models.CASCADE, primary_key=True)
    counted_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"closure figures of feature {self.feature_id}"
