"""What a trigger sees when it looks at its condition, now or at a time of the past. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from annotation.models import Feature
from annotation.triggers import counts, shares, verdicts
from annotation.triggers.conditions import Condition, Count, Share
from annotation.triggers.marks import Marks, Seen

Look: TypeAlias = Callable[[Marks, datetime], Seen]
"""What is seen at a time by who has these marks."""


def now(feature: Feature, condition: Condition, until: datetime) -> Look:
    """Looks at how things stand at this time, which read no more of the past than they need."""
    if isinstance(condition, Count | Share):
        return _of(feature, condition, until)
    courses = verdicts.now(feature, condition)
    return lambda marks, at: verdicts.look(courses, condition, marks, at)


def past(feature: Feature, condition: Condition, since: datetime) -> Look:
    """Looks at any time from this one on, as things stood then."""
    if isinstance(condition, Count | Share):
        return _of(feature, condition, since)
    courses = verdicts.past(feature, condition)
    return lambda marks, at: verdicts.look(courses, condition, marks, at)


def _of(feature: Feature, condition: Count | Share, since: datetime) -> Look:
    if isinstance(condition, Count):
        return lambda marks, at: counts.look(feature, condition, marks, at)
    newest = shares.newest(feature, condition, since) or since.astimezone(UTC).date()
    days = shares.read(feature, condition, newest - timedelta(days=2 * condition.days - 1))
    return lambda marks, at: shares.look(days, condition, marks, at)
