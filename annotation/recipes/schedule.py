"""When a recipe is due: pure, in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

Every: TypeAlias = Literal["", "daily", "weekly", "monthly"]

LAST_DAY = 28
"""The last day that every month has."""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """`every` is empty where there is none. `weekday` 0 is Monday; it counts weekly, `day` (1 to 28) monthly."""

    every: Every = ""
    hour: int = 0
    weekday: int = 0
    day: int = 1

    def after(self, now: datetime) -> datetime | None:
        """The first time after this moment, or None without a schedule."""
        if not self.every:
            return None
        here = now.astimezone(UTC)
        at = here.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        if self.every == "weekly":
            at += timedelta(days=self.weekday - at.weekday())
        elif self.every == "monthly":
            at = at.replace(day=self.day)
        while at <= here:
            at = self._next(at)
        return at

    def _next(self, at: datetime) -> datetime:
        if self.every == "monthly":
            return (at.replace(day=1) + timedelta(days=32)).replace(day=self.day)
        return at + timedelta(days=7 if self.every == "weekly" else 1)
