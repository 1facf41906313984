"""What a trigger sees when it looks at its condition, now or at a time of the past. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from annotation.models import Feature
from annotation.triggers import counts, shares, verdicts
from annotation.triggers.conditions import Condition, Count, Share, Verdict
from annotation.triggers.marks import Marks, Seen
from annotation.triggers.verdicts import Course

Look: TypeAlias = Callable[[Marks, datetime], Seen]
"""What is seen at a time by who has these marks."""


def now(feature: Feature, condition: Condition, until: datetime) -> Look:
    """Looks at how things stand at this time, which read no more of the past than they need."""
    if isinstance(condition, Count):
        return _counting(condition, counts.now(feature, condition))
    if isinstance(condition, Share):
        return _comparing(feature, condition, until)
    return _following(condition, verdicts.now(feature, condition))


def past(feature: Feature, condition: Condition, since: datetime) -> Look:
    """Looks at any time from this one on, as things stood then."""
    if isinstance(condition, Count):
        return _counting(condition, counts.past(feature, condition, since))
    if isinstance(condition, Share):
        return _comparing(feature, condition, since)
    return _following(condition, verdicts.past(feature, condition))


def _counting(condition: Count, new: counts.New) -> Look:
    return lambda marks, at: counts.look(new, condition, marks, at)


def _comparing(feature: Feature, condition: Share, since: datetime) -> Look:
    newest = shares.newest(feature, condition, since) or since.astimezone(UTC).date()
    days = shares.read(feature, condition, newest - timedelta(days=2 * condition.days - 1))
    return lambda marks, at: shares.look(days, condition, marks, at)


def _following(condition: Verdict, courses: Sequence[Course]) -> Look:
    return lambda marks, at: verdicts.look(courses, condition, marks, at)
