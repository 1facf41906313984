"""Curves of what reaches an event in time: known data, another implementation, plain counting, and coverage."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from annotation.lib.survival.incidence import End, Incidence, incidence

# Weeks of remission under 6-mercaptopurine (Freireich et al. 1963): relapsed, and still in remission when last seen.
RELAPSED = [6, 6, 6, 7, 10, 13, 16, 22, 23]
IN_REMISSION = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]


@pytest.fixture(scope="module")
def remission() -> Incidence:
    durations = np.array(RELAPSED + IN_REMISSION, dtype=float)
    ends = np.array([End.REACHED] * len(RELAPSED) + [End.OPEN] * len(IN_REMISSION))
    return incidence(durations=durations, ends=ends)


@pytest.mark.parametrize(("weeks", "still"), [(6, 0.8571), (10, 0.7529), (23, 0.4482)])
def test_the_curve_of_the_leukemia_data(remission: Incidence, weeks: int, still: float) -> None:
    assert 1 - remission.share(weeks).value == pytest.approx(still, abs=5e-5)


def test_the_median_of_the_leukemia_data(remission: Incidence) -> None:
    median = remission.quantile(0.5)
    assert (median.value, median.low, median.high) == (23, 13, None)


def test_without_other_ends_the_log_log_band_is_that_of_another_implementation(remission: Incidence) -> None:
    theirs = ecdf(CensoredData(uncensored=RELAPSED, right=IN_REMISSION)).sf
    band = theirs.confidence_interval(method="log-log")
    for week, low, high in zip(theirs.quantiles, band.low.probabilities, band.high.probabilities, strict=True):
        share = remission.share(week)
        assert (1 - share.high, 1 - share.low) == pytest.approx((low, high))


def test_with_nothing_open_the_share_and_its_error_are_those_of_counting() -> None:
    rng = np.random.default_rng(3)
    durations, ends = rng.exponential(1, 400), rng.choice([End.REACHED, End.ELSEWHERE], 400)
    curve = incidence(durations=durations, ends=ends)
    counted = np.mean((durations <= 1) & (ends == End.REACHED))
    se = curve.se[np.searchsorted(curve.times, 1, side="right") - 1]
    assert curve.share(1).value == pytest.approx(counted)
    assert se == pytest.approx(np.sqrt(counted * (1 - counted) / 400))


def test_the_closed_ones_alone_say_half_of_the_truth() -> None:
    """A product of 60 days whose loop takes 30 days in the mean: a median of 20.8. The mean of those that closed is
    30 (1 - 3e⁻² - (2 - 10e⁻²)/2) / (1 - e⁻² - (1 - 3e⁻²)/2)."""
    rng = np.random.default_rng(11)
    needs, age = rng.exponential(30, 400_000), rng.uniform(0, 60, 400_000)
    closed = needs <= age
    median = incidence(durations=np.minimum(needs, age), ends=closed.astype(int)).quantile(0.5)
    assert needs[closed].mean() == pytest.approx(14.304, abs=0.1)
    assert median.value == pytest.approx(30 * log(2), abs=0.15)


def test_what_can_never_close_is_not_still_on_its_way() -> None:
    """Half can never close and it shows after a day. Were they censored, everything would seem to close in the end."""
    durations = np.concatenate((np.full(50, 1.0), np.full(50, 10.0)))
    ends = np.array([End.ELSEWHERE] * 50 + [End.REACHED] * 50)
    curve = incidence(durations=durations, ends=ends)
    assert curve.share(10).value == pytest.approx(0.5)
    assert curve.quantile(0.75).value is None


def test_a_weight_of_two_counts_twice_and_is_not_two_witnesses() -> None:
    durations, ends = np.array([1.0, 2, 3, 4]), np.array([End.REACHED, End.OPEN, End.REACHED, End.OPEN])
    once = incidence(durations=np.repeat(durations, 2), ends=np.repeat(ends, 2))
    weighted = incidence(durations=durations, ends=ends, weights=np.full(4, 2.0))
    assert weighted.reached == pytest.approx(once.reached)
    assert weighted.se == pytest.approx(once.se * np.sqrt(2))


def test_how_long_something_is_under_way_in_the_mean_counts_what_is_still_open() -> None:
    durations, ends = np.array([2.0, 4, 6, 8]), np.array([End.REACHED, End.ELSEWHERE, End.REACHED, End.OPEN])
    curve = incidence(durations=durations, ends=ends)
    assert curve.mean_under_way(8) == pytest.approx((2 + 4 + 6 + 8) / 4)
    assert curve.mean_under_way(3) == pytest.approx((2 + 3 + 3 + 3) / 4)


def test_of_nothing_nothing_is_known() -> None:
    curve = incidence(durations=np.array([]), ends=np.array([], dtype=int))
    assert (curve.share(3).low, curve.share(3).high) == (0, 1)
    assert curve.quantile(0.5).value is None


@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.long)])
def test_the_band_holds_the_truth_where_items_were_drawn_by_weight(runs: int) -> None:
    """Slow ones are drawn four times as often, weighted 1/π: 95 % coverage, less three standard errors."""
    rng = np.random.default_rng(29)
    missed = sum(not _covers(rng) for _ in range(runs))
    assert missed <= runs * 0.05 + 3 * np.sqrt(runs * 0.05 * 0.95)


def _covers(rng: np.random.Generator) -> bool:
    is_slow = rng.random(4000) < 0.3
    needs, age = rng.exponential(np.where(is_slow, 60.0, 10.0)), rng.uniform(0, 60, 4000)
    gives_up = rng.exponential(40, 4000)
    probability = np.where(is_slow, 0.4, 0.1)
    drawn = rng.random(4000) < probability
    ended = np.minimum(needs, gives_up)
    ends = np.where(ended > age, End.OPEN, np.where(needs <= gives_up, End.REACHED, End.ELSEWHERE))
    curve = incidence(durations=np.minimum(ended, age)[drawn], ends=ends[drawn], weights=1 / probability[drawn])
    share = curve.share(20)
    return share.low <= _truth(20) <= share.high


def _truth(at: float) -> float:
    def one(mean: float) -> float:
        rate = 1 / mean + 1 / 40
        return float((1 - np.exp(-rate * at)) / (mean * rate))

    return 0.3 * one(60) + 0.7 * one(10)


def test_one_line_may_stand_for_several() -> None:
    """Lines of equal durations and ends added up give the curve of each by itself, and the error with it."""
    rng = np.random.default_rng(5)
    durations, ends = rng.integers(1, 12, 300).astype(float), rng.choice([End.OPEN, End.REACHED, End.ELSEWHERE], 300)
    weights = rng.uniform(1, 4, 300)
    each = incidence(durations=durations, ends=ends, weights=weights)
    pairs = sorted({(duration, end) for duration, end in zip(durations, ends, strict=True)})
    here = [(durations == duration) & (ends == end) for duration, end in pairs]
    lines = incidence(
        durations=np.array([duration for duration, _ in pairs]),
        ends=np.array([end for _, end in pairs]),
        weights=np.array([weights[chosen].sum() for chosen in here]),
        squares=np.array([(weights[chosen] ** 2).sum() for chosen in here]),
        counts=np.array([chosen.sum() for chosen in here]),
    )
    assert lines.reached == pytest.approx(each.reached)
    assert lines.se == pytest.approx(each.se)
    assert (lines.number, lines.events) == (each.number, each.events)


def test_when_the_last_one_leaves_the_error_stays_that_of_counting() -> None:
    """Weights whose sums don't come out even: what is left of all is then not 0 but nearly."""
    rng = np.random.default_rng(8)
    ends = rng.choice([End.REACHED, End.ELSEWHERE], 150)
    curve = incidence(durations=rng.integers(1, 9, 150) / 24, ends=ends, weights=np.full(150, 1 / 0.7))
    share = np.mean(ends == End.REACHED)
    assert curve.se[-1] == pytest.approx(np.sqrt(share * (1 - share) / 150))
    assert curve.is_known(1000)
    assert curve.elsewhere(1000) == pytest.approx(1 - share)
