"""When a recipe is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.recipes.schedule import Schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "now", "due"),
    [
        ({"every": "daily", "hour": 3}, "2026-03-02T02:59", "2026-03-02T03:00"),
        ({"every": "daily", "hour": 3}, "2026-03-02T03:00", "2026-03-03T03:00"),
        # 2026-03-02 is a Monday.
        ({"every": "weekly", "hour": 3, "weekday": 0}, "2026-03-02T02:00", "2026-03-02T03:00"),
        ({"every": "weekly", "hour": 3, "weekday": 0}, "2026-03-02T04:00", "2026-03-09T03:00"),
        ({"every": "weekly", "hour": 3, "weekday": 6}, "2026-03-02T04:00", "2026-03-08T03:00"),
        ({"every": "monthly", "hour": 3, "day": 28}, "2026-01-31T00:00", "2026-02-28T03:00"),
        ({"every": "monthly", "hour": 3, "day": 1}, "2026-12-01T03:00", "2027-01-01T03:00"),
    ],
)
def test_the_next_time_comes_after_now(every: dict[str, Any], now: str, due: str) -> None:
    assert Schedule(**every).after(at(now)) == at(due)


def test_without_a_schedule_there_is_no_time_and_hours_are_utc() -> None:
    assert Schedule().after(at("2026-03-02T00:00")) is None
    east = at("2026-03-02T00:00").astimezone(timezone(timedelta(hours=9)))
    assert Schedule(every="daily", hour=3).after(east) == at("2026-03-02T03:00")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 6 * 365 * 24 * 3600).map(lambda seconds: at("2024-01-01T00:00") + timedelta(seconds=seconds)),
    st.sampled_from([("daily", 1), ("weekly", 7), ("monthly", 31)]),
    st.integers(0, 23),
    st.integers(0, 6),
    st.integers(1, 28),
)
def test_it_is_never_more_than_one_turn_away_and_keeps_its_hour(
    now: datetime, every: tuple[Any, int], hour: int, weekday: int, day: int
) -> None:
    name, days = every
    due = Schedule(every=name, hour=hour, weekday=weekday, day=day).after(now)
    assert due is not None
    assert now < due <= now + timedelta(days=days)
    assert (due.hour, due.minute, due.second) == (hour, 0, 0)
    assert name != "weekly" or due.weekday() == weekday
    assert name != "monthly" or due.day == day
