"""Signals whose interaction has not arrived: kept for 7 days, and listed until they attach."""

from __future__ import annotations

from datetime import datetime, timedelta

from annotation.models import WaitingSignal

KEPT = timedelta(days=7)


def drop_old(*, now: datetime) -> int:
    """Delete what has waited for longer than 7 days, and return how many."""
    deleted, _ = WaitingSignal.objects.filter(received_at__lt=now - KEPT).delete()
    return deleted
