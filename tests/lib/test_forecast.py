"""When a backlog ends, from the days before: what is known of a simple one, and when nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.lib import forecast


def _days(arrived: float, completed: float, days: int = 28) -> forecast.FloatArray:
    return np.tile([arrived, completed], (days, 1)).astype(float)


def test_without_chance_a_backlog_ends_when_the_difference_has_used_it_up() -> None:
    found = forecast.drain(stock=1200, days=_days(100, 140))
    assert found is not None
    assert (found.days(), found.days(forecast.HIGH)) == (30, 30)
    assert (found.arrived, found.completed, found.is_never) == (100, 140, False)


def test_days_that_vary_make_the_end_uncertain_and_a_little_later() -> None:
    """1,200 open, 100 in and 140 out a day, each varying by a quarter of itself: half of the paths within 31 days,
    nine of ten within 37. Four weeks differ much from four others, so this is so in the middle of many."""
    rng = np.random.default_rng(1)
    ends = []
    for seed in range(120):
        days = np.column_stack((rng.normal(100, 25, 28), rng.normal(140, 35, 28)))
        found = forecast.drain(stock=1200, days=days, seed=seed)
        assert found is not None
        ends.append([found.days(share) for share in (forecast.MIDDLE, forecast.HIGH)])
    middle = np.median(ends, axis=0)
    spread = np.subtract(*np.quantile(ends, [0.75, 0.25], axis=0)) / 1.349
    assert np.all(np.abs(middle - [31, 37]) <= 3 * 1.253 * spread / np.sqrt(len(ends)))


@pytest.mark.parametrize(("days", "is_told"), [(13, False), (14, True), (20, True)])
def test_under_fourteen_days_there_is_no_forecast(days: int, is_told: bool) -> None:
    assert (forecast.drain(stock=10, days=_days(1, 2, days)) is not None) == is_told


def test_more_coming_than_going_is_never_at_this_pace() -> None:
    found = forecast.drain(stock=1200, days=_days(140, 100))
    assert found is not None
    assert found.is_never
    assert np.isinf(found.days())


def test_it_is_never_where_under_four_of_five_resamples_work_it_off() -> None:
    """Weeks with net -30, -30, -30 and +100: the sum of four drawn ones is below 0 where the last is drawn no more
    than once in most draws, but 26 in 100 draw it twice or more."""
    weeks = [np.tile([[100, 130]], (7, 1))] * 3 + [np.tile([[200, 100]], (7, 1))]
    found = forecast.drain(stock=500, days=np.concatenate(weeks).astype(float))
    assert found is not None
    assert found.completed < found.arrived
    assert found.is_never


def test_nothing_open_is_done_at_once_and_never_is_not_said_of_it() -> None:
    found = forecast.drain(stock=0, days=_days(140, 100))
    assert found is not None
    assert (found.days(), found.is_never) == (0, False)


def test_weekends_stay_weekends() -> None:
    """40 go on each of five weekdays, and what is left after the last week is gone on its Wednesday, as it would be."""
    week = np.array([[0, 40]] * 5 + [[0, 0]] * 2, dtype=float)
    found = forecast.drain(stock=320, days=np.tile(week, (4, 1)))
    assert found is not None
    assert set(found.paths) == {7 + 3}


def test_the_wait_for_the_next_event_is_longer_than_half_of_the_mean_gap() -> None:
    """Gaps of 1 and 9 days: one comes upon the long one nine times in ten, and waits 4.1 days in the mean, not 2.5."""
    waits = forecast.wait(gaps=np.array([1.0, 9.0]), rng=np.random.default_rng(3))
    assert waits.mean() == pytest.approx(4.1, abs=3 * waits.std() / np.sqrt(len(waits)))
