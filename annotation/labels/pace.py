"""How much one person labels and how fast, for that person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import LiteralString

from annotation import loading
from annotation.models import Rater

DAYS = 28
MIN_TIMED = 5
"""Fewer have no middle worth saying."""

LONGEST = timedelta(minutes=10)
"""What counts of one item at most: a page that was left open is no work."""

BY_DAY: LiteralString = """
    SELECT (received_at AT TIME ZONE 'UTC')::date, count(*),
        coalesce(sum(least(duration_ms, %(longest)s)) FILTER (WHERE duration_ms IS NOT NULL), 0)
    FROM annotation_label
    WHERE rater_id = %(rater)s AND received_at >= %(since)s AND role = 'annotator' AND superseded_at IS NULL
    GROUP BY 1
"""
MEDIAN: LiteralString = """
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_ms), count(*)
    FROM annotation_label
    WHERE rater_id = %(rater)s AND received_at >= %(since)s AND role = 'annotator' AND superseded_at IS NULL
      AND duration_ms IS NOT NULL
"""


@dataclass(frozen=True, kw_only=True)
class Day:
    """One UTC day: current labels, and the time on their items, of each `LONGEST` at most."""

    day: date
    labels: int
    active: timedelta

    @property
    def active_seconds(self) -> float:
        return self.active.total_seconds()


@dataclass(frozen=True, kw_only=True)
class Pace:
    """`days`: the last 28 and today, oldest first. `seconds`: the median time on an item; None of too few (`timed`)."""

    days: tuple[Day, ...]
    seconds: float | None
    timed: int

    @property
    def today(self) -> Day:
        return self.days[-1]

    @property
    def week(self) -> Day:
        """The last seven days with today, as one."""
        return self._sum(self.days[-7:])

    @property
    def total(self) -> Day:
        return self._sum(self.days)

    def _sum(self, days: tuple[Day, ...]) -> Day:
        active = sum((one.active for one in days), timedelta())
        return Day(day=days[0].day, labels=sum(one.labels for one in days), active=active)


def of(*, rater: Rater, now: datetime) -> Pace:
    """The last 28 days of one person. A label that was changed counts once, on the day of the change."""
    first = now.astimezone(UTC).date() - timedelta(days=DAYS)
    since = datetime.combine(first, time.min, UTC)
    longest = int(LONGEST / timedelta(milliseconds=1))
    parameters = {"rater": rater.pk, "since": since, "longest": longest}
    counted = {day: (labels, int(ms)) for day, labels, ms in loading.fetched(BY_DAY, parameters)}
    ((middle, timed),) = loading.fetched(MEDIAN, {"rater": rater.pk, "since": since})
    return Pace(
        days=tuple(_day(first + timedelta(days=number), counted) for number in range(DAYS + 1)),
        seconds=middle / 1000 if timed >= MIN_TIMED else None,
        timed=timed,
    )


def _day(day: date, counted: dict[date, tuple[int, int]]) -> Day:
    labels, ms = counted.get(day, (0, 0))
    return Day(day=day, labels=labels, active=timedelta(milliseconds=ms))
