"""Files that were uploaded to be imported: the job, and what it refused. The texts in a file stand in no row here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from annotation.models.jobs import Job


class Import(Job):
    """One uploaded file. The row is the job, twice: first the file is checked, then, once somebody has seen what will
    become of it, it is taken.

    `wishes` is what `annotation.ingest.files.wishes` reads. `values_done` of the file's values have been dealt with in
    this stage, up to the byte `bytes_done`; the counts are of these.
    """

    class Stage(models.TextChoices):
        CHECK = "check"
        TAKE = "take"

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        CHECKED = "checked"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    public_id = models.CharField(max_length=24, unique=True)
    feature = models.ForeignKey("annotation.Feature", on_delete=models.PROTECT, related_name="imports")
    requested_by = models.ForeignKey("annotation.User", on_delete=models.PROTECT, null=True)
    file_name = models.CharField(max_length=200)
    bytes_total = models.PositiveBigIntegerField()
    format = models.CharField(max_length=20, default="")
    container = models.CharField(max_length=10, default="")
    wishes = models.JSONField(default=dict)
    stage = models.CharField(max_length=5, choices=Stage.choices, default=Stage.CHECK)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    file_removed_at = models.DateTimeField(null=True)
    values_done = models.PositiveBigIntegerField(default=0)
    bytes_done = models.PositiveBigIntegerField(default=0)
    accepted = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    waiting = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    left_out = models.JSONField(default=dict)
    scores = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(bytes_done__lte=F("bytes_total")), name="import_reads_no_more_than_all"),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "failed", "cancelled"]) | Q(finished_at__isnull=False),
                name="import_ended_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["feature", "-created_at"], name="import_recent"),
            models.Index(
                fields=["heartbeat_at"], name="import_unfinished", condition=Q(status__in=["pending", "running"])
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def stands(self) -> int:
        return self.bytes_done


class ImportRefusal(models.Model):
    """A record that is not, or would not be, taken: where it stands in the file, and the sentence about it.

    The first thousand of an import. Sentences name fields and ids, and quote no text of anybody.
    """

    source = models.ForeignKey(Import, on_delete=models.CASCADE, db_column="import_id", related_name="refusals")
    place = models.PositiveBigIntegerField()
    external_id = models.TextField(default="")
    code = models.CharField(max_length=60)
    message = models.TextField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.code} at {self.place} of import {self.source_id}"
