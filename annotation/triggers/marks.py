"""How far a trigger has looked, and what it makes of a look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from annotation.models import Trigger

LAG: Final = timedelta(minutes=5)
"""A decision bears the time at which its writing began. What is this old has been written, so nothing comes in behind
a mark."""


@dataclass(frozen=True, kw_only=True)
class Marks:
    """Facts up to `until` are taken in. Those after `since` count for the next firing, `counted` of them. A share is
    compared with no day before `first_day`."""

    since: datetime
    until: datetime
    counted: int = 0
    first_day: date | None = None

    @classmethod
    def of(cls, trigger: Trigger) -> Marks:
        return cls(since=trigger.since, until=trigger.seen_until, counted=trigger.counted, first_day=trigger.first_day)

    def columns(self) -> dict[str, Any]:
        """As a trigger keeps them."""
        return {
            "since": self.since,
            "seen_until": self.until,
            "counted": self.counted,
            "first_day": self.first_day,
        }


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a look found: whether the condition came true, the marks after it (of the firing, if so), and `about` in
    codes, counts and shares: the cause, or how far it is from one."""

    fires: bool
    marks: Marks
    about: Mapping[str, Any]


def begun(at: datetime) -> Marks:
    """Nothing that was known at this time counts."""
    seen = at - LAG
    return Marks(since=seen, until=seen)
