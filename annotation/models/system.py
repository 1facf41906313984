"""What Flywheel knows about itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Installation(models.Model):
    """The one row that says whose data this is."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    hash_key_check = models.CharField(max_length=64)
    sample_loaded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="installation_only_one")]

    def __str__(self) -> str:
        return "installation"


class Worker(models.Model):
    """A running Celery worker. The row is removed at a clean stop and goes stale after a kill."""

    name = models.CharField(max_length=255, primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
