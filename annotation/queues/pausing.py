"""A queue that is paused gives out nothing new. What people hold they may finish; what arrives still comes into it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from annotation import audit
from annotation.models import Queue


@transaction.atomic
def pause(*, queue: Queue, actor: audit.Actor, now: datetime) -> None:
    """Harmless where it is paused."""
    if Queue.objects.filter(pk=queue.pk, paused_at=None).update(paused_at=now):
        _record(queue, "queue.paused", actor, now)


@transaction.atomic
def resume(*, queue: Queue, actor: audit.Actor, now: datetime) -> None:
    """Harmless where it isn't paused."""
    if Queue.objects.filter(pk=queue.pk, paused_at__isnull=False).update(paused_at=None):
        _record(queue, "queue.resumed", actor, now)


def _record(queue: Queue, verb: str, actor: audit.Actor, now: datetime) -> None:
    audit.record(actor=actor, verb=verb, target=("queue", queue.pk), feature=queue.feature, now=now)
