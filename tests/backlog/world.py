"""Backlogs in one line each: alarms, and what comes and goes on days that are gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from annotation import audit
from annotation.backlog import alarms
from annotation.models import Alarm, BacklogCount, Feature, Queue
from tests.cast import NOW

HOOK = "https://hooks.example.com/flywheel"


def alarm(of: Feature, kind: str = Alarm.Kind.OPEN, most: int = 2, *, now: datetime = NOW, **plan: Any) -> Alarm:
    wanted = {"webhook": HOOK} | plan
    made, _ = alarms.create(plan=alarms.Plan(feature=of, kind=kind, most=most, **wanted), actor=audit.FLYWHEEL, now=now)
    return made


def flows(of: Queue, *, came: int, done: int, days: int, now: datetime, kind: str = "accepted") -> None:
    """So many came and were resolved on each of the last whole days."""
    today = now.replace(hour=12, minute=0, second=0, microsecond=0)
    BacklogCount.objects.bulk_create(
        BacklogCount(
            feature_id=of.feature_id,
            queue=of,
            signal_kind=kind,
            what=what,
            hour=int((today - timedelta(days=back)).timestamp() // 3600),
            number=number,
        )
        for back in range(1, days + 1)
        for what, number in (("came", came), ("done", done))
    )
