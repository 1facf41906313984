"""What all jobs have: the row is the job, Celery is only the doorbell."""

from __future__ import annotations

from django.db import models


class Held(models.Model):
    """A row that one worker at a time works on, a job or a part of one.

    Whoever works on it writes a sign of life at `heartbeat_at`; each taking up counts `attempt` up, and only the latest
    one may write (`annotation.jobs`).
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    started_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=255, default="")
    heartbeat_at = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


class Job(Held):
    """Long work that goes on where it stopped.

    `base_attempt`: the attempts that don't count any more, since after them something was done that stays (`base_done`
    says how much of it stood then) or somebody let it go on.
    """

    base_attempt = models.PositiveIntegerField(default=0, db_default=0)
    base_done = models.BigIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        abstract = True

    @property
    def stands(self) -> int:
        """How much of it stays done if its worker dies now, by any measure; 0 where all of it is begun anew."""
        return 0
