"""What the product says of 100 simulated products whose truth is known: its intervals hold it, and it seldom alarms.

So many may lie outside as chance makes of 5 in 100, and three standard errors more; what is not told counts as outside.
"""

from __future__ import annotations

from functools import cache
from math import floor, sqrt
from typing import NamedTuple

import numpy as np
import pytest

from annotation import closure
from annotation.lib.survival.incidence import Quantile
from annotation.validity.contest import Contest
from tests.simulated import figures
from tests.simulated.product import NEW, OLD, USABLE, product, times_to_close

RUNS = [40, pytest.param(100, marks=pytest.mark.long)]

LITTLE, MUCH = 0.05, 0.30
"""Shares of answers that a rule let into a dataset, in a product that is well and in one that is not."""


class Truth(NamedTuple):
    within: float
    median: float
    improvement: dict[str, float]


def allowed(runs: int, share: float = 0.05) -> int:
    """So often may happen what happens in this share of cases."""
    return floor(runs * share + 3 * sqrt(runs * share * (1 - share)))


def at_least(runs: int, share: float = 0.95) -> int:
    """So often must happen what happens in this share of cases: of 100 runs 88 times."""
    return floor(runs * share - 3 * sqrt(runs * share * (1 - share)))


@pytest.fixture(scope="module")
def truth() -> Truth:
    took = times_to_close(np.random.default_rng(1), 2_000_000)
    return Truth(
        within=USABLE * float(np.mean(took <= figures.CLOSURE_DAYS)),
        median=float(np.quantile(took, 0.5 / USABLE)),
        improvement={name: USABLE * (NEW[hard] - OLD[hard]) for name, hard in (("easy", False), ("hard", True))},
    )


class Seen(NamedTuple):
    """What is said of a product that is well; of its first trained model beside the one before; of the second, which is
    as good as the first; and of a product whose training stopped."""

    speed: closure.Speed
    better: Contest
    alike: Contest
    stopped: closure.Speed


@cache
def seen(seed: int) -> Seen:
    rng = np.random.default_rng(seed)
    well, stopped = product(rng), product(rng, stops=35)
    base, first, second = figures.versions(well)[:3]
    return Seen(
        speed=figures.pace_and_waits(well),
        better=figures.contest(well, old=base, new=first),
        alike=figures.contest(well, old=first, new=second),
        stopped=figures.pace_and_waits(stopped),
    )


@pytest.mark.parametrize("runs", RUNS)
def test_the_time_to_close_lies_where_the_product_says(runs: int, truth: Truth) -> None:
    paces = [seen(seed).speed.pace for seed in range(runs)]
    within = [one.within for one in paces if one.within is not None]
    medians = [one.quantile() for one in paces]
    assert sum(one.low <= truth.within <= one.high for one in within) >= at_least(runs)
    assert sum(_holds(one, truth.median) for one in medians) >= at_least(runs)
    # They are also narrow enough to be of use, and lean to no side.
    assert np.mean([one.high - one.low for one in within]) < 0.25
    values = np.array([one.value for one in within])
    assert abs(values.mean() - truth.within) < 3 * values.std() / sqrt(runs)


def _holds(median: Quantile | None, truth: float) -> bool:
    """Kept figures have whole hours."""
    assert median is not None
    low, high = (bound if bound is not None else other for bound, other in ((median.low, 0.0), (median.high, np.inf)))
    return low - 1 / 24 <= truth <= high + 1 / 24


@pytest.mark.parametrize("runs", RUNS)
def test_where_training_stopped_it_stalls_and_where_it_goes_on_nothing_does(runs: int) -> None:
    stalls = [seen(seed).stopped.stall for seed in range(runs)]
    assert sum(one is None or one.stage != "exported" for one in stalls) <= allowed(runs)
    found = [seen(seed).speed for seed in range(runs)]
    assert sum(one.stall is not None for one in found) <= allowed(runs)
    assert sum(closure.is_fast(one).answer == "slow" for one in found) <= allowed(runs)
    longest = [max(one.waits, key=lambda wait: wait.mean or 0).stage for one in found]
    assert set(longest) == {"exported"}


@pytest.mark.parametrize("runs", RUNS)
def test_a_better_model_is_as_much_better_as_it_says_and_one_that_is_as_good_seldom_alarms(
    runs: int, truth: Truth
) -> None:
    better = [one for one in (seen(seed).better for seed in range(runs)) if one.look and not one.lack]
    assert sum(_lies(one, _improvement(one, truth)) for one in better) >= at_least(runs)
    assert sum(one.look.change.low > 0 for one in better if one.look) >= at_least(runs)
    alike = [one for one in (seen(seed).alike for seed in range(runs)) if one.look and not one.lack]
    assert sum(_lies(one, 0.0) for one in alike) >= at_least(runs)
    assert sum(not _lies(one, 0.0) for one in alike) <= allowed(runs)
    # What is not told has a model that answered for a few days alone, before the next one took its place.
    assert {one.lack for one in (seen(seed).alike for seed in range(runs))} <= {"", "labels"}


def _improvement(of: Contest, truth: Truth) -> float:
    """On the mix that the contest fixed."""
    return sum(share * truth.improvement[group] for group, share in of.mix.items())


def _lies(of: Contest, change: float) -> bool:
    return of.look is not None and of.look.change.low <= change <= of.look.change.high


@pytest.mark.parametrize("runs", RUNS)
def test_what_the_model_taught_itself_is_counted_and_alarms_where_it_is_much(runs: int) -> None:
    """The share of a dataset has no interval: every word of it is counted. Over datasets it is what a rule lets in."""
    rng = np.random.default_rng(3)
    for share, alarm in ((LITTLE, "none"), (MUCH, "amber")):
        told = []
        for _ in range(runs):
            words = rng.integers(20, 200, 1_000)
            is_checked = rng.random(1_000) >= share
            told.append(figures.dataset(words, is_checked))
            assert told[-1].share == pytest.approx(words[~is_checked].sum() / words.sum(), abs=5e-5)
        assert sum(one.alarm != alarm for one in told) <= allowed(runs)
        shares = np.array([one.share for one in told])
        assert abs(shares.mean() - share) < 3 * shares.std() / sqrt(runs)
