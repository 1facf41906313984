"""What Flywheel knows about itself."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Installation(models.Model):
    """The one row that says whose data this is. `backed_up_at`: when `manage.py backup` last made a whole one."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    hash_key_check = models.CharField(max_length=64)
    sample_loaded_at = models.DateTimeField(null=True)
    backed_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="installation_only_one")]

    def __str__(self) -> str:
        return "installation"


class Worker(models.Model):
    """A Celery worker that runs or ran. `ended_at` is set at a clean stop; after a kill the row goes stale."""

    name = models.CharField(max_length=255, primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
