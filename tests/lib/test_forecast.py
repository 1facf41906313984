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
    """1,200 open, 100 in and 140 out a day, each varying by an eighth of itself: half of the paths within 31 days, nine
    of ten within 37. Four weeks differ much from four others, so this is so in the middle of many."""
    rng = np.random.default_rng(1)
    ends = []
    for seed in range(120):
        days = np.column_stack((rng.normal(100, 100 / 8, 28), rng.normal(140, 140 / 8, 28)))
        found = forecast.drain(stock=1200, days=days, seed=seed)
        assert found is not None
        ends.append([found.days(share) for share in (forecast.MIDDLE, forecast.HIGH)])
    middle = np.median(ends, axis=0)
    spread = np.subtract(*np.quantile(ends, [0.75, 0.25], axis=0)) / 1.349
    assert np.all(np.abs(middle - [31, 37]) <= 3 * 1.253 * spread / np.sqrt(len(ends)))


FLOWS = {
    # stock, in and out a weekday, how much weeks differ (the sd of their logarithm)
    "a month": (1200, 100, 140, 0.0),
    "a fortnight, weeks that differ": (400, 100, 140, 0.1),
    "thrice as much as a week brings, weeks that differ much": (2000, 100, 200, 0.2),
    "a small team": (300, 20, 40, 0.1),
    "hardly faster than it comes": (600, 100, 120, 0.1),
}


@pytest.mark.parametrize("flow", ["a month", "a fortnight, weeks that differ", "a small team"])
def test_the_interval_is_as_often_right_as_it_says(flow: str) -> None:
    """In 40 runs an interval that holds 80 of 100 holds 24 to 40 (at 3 standard errors)."""
    held = _held(flow, runs=40, seed=7)
    assert 24 <= 40 * held <= 39


@pytest.mark.long
@pytest.mark.parametrize("flow", FLOWS)
def test_the_interval_is_as_often_right_as_it_says_in_many_runs(flow: str) -> None:
    assert 0.7 <= _held(flow, runs=1000, seed=8) <= 0.9


def _held(flow: str, *, runs: int, seed: int) -> float:
    """In which share of the back-tests that told an end the true one lay in the interval."""
    stock, arrived, completed, apart = FLOWS[flow]
    rng = np.random.default_rng(seed)
    told: list[bool] = []
    while len(told) < runs:
        days = _quiet_weekends(rng, arrived, completed, apart, days=28 + 600)
        found = forecast.drain(stock=stock, days=days[:28], seed=len(told))
        assert found is not None
        if not found.is_never:
            gone = stock + np.cumsum(days[28:, 0] - days[28:, 1]) <= 0
            end = gone.argmax() + 1 if gone.any() else np.inf
            told.append(bool(found.days(forecast.LOW) <= end <= found.days(forecast.HIGH)))
    return float(np.mean(told))


def _quiet_weekends(
    rng: np.random.Generator, arrived: float, completed: float, apart: float, *, days: int
) -> forecast.FloatArray:
    """Flows that vary more than chance alone has it, from any day of the week on."""
    place = rng.integers(forecast.WEEK) + np.arange(days)
    busy = np.where(place % forecast.WEEK < 5, 1.0, 0.15)
    weeks = np.exp(rng.normal(0, apart, (place[-1] // forecast.WEEK + 1, 2)))[place // forecast.WEEK]
    rates = [arrived, completed] * busy[:, None] * weeks * rng.gamma(20, 1 / 20, (days, 2))
    return np.asarray(rng.poisson(rates), dtype=float)


def test_what_goes_in_some_days_is_told_with_its_weekends() -> None:
    week = np.array([40, 40, 40, 40, 40, 0, 0], dtype=float)
    for ahead, gone in ((1, 40), (6, 200), (7, 200), (9, 280)):
        found = forecast.within(days=np.tile(week, 4), ahead=ahead)
        assert found is not None
        assert set(found.round(6)) == {gone}
    assert forecast.within(days=week, ahead=1) is None


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
