"""Every Celery task: ids in, load, one call. Running one twice is harmless."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from annotation.ingest import settle
from annotation.queues import cohorts, fill, lease


@shared_task
def expire_leases() -> None:
    """Give back what is held past its time."""
    while lease.expire(now=timezone.now()):
        pass


@shared_task
def fill_due_signals() -> None:
    """Make items of the signals whose queue's delay has passed."""
    while fill.due(now=timezone.now()):
        pass


@shared_task
def settle_interactions() -> None:
    """Make `no_signal` items of the interactions whose settle time has ended."""
    while settle.settle(now=timezone.now()):
        pass


@shared_task
def close_cohorts() -> None:
    """Close the cohorts that are done or past their limit, and fix their samples."""
    cohorts.close_due(now=timezone.now())
