"""Has a share risen? Noise is seldom taken for it, however often one looks; a rise is seen soon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import fisher_exact

from annotation.lib import rising
from annotation.lib.rising import Period

FloatArray = npt.NDArray[np.float64]

LEAST = 0.02


def counted(hits: int, n: int, *, weight: float = 1.0) -> Period:
    """All of one weight."""
    squares = weight * weight
    return Period(
        labels=n,
        weight=n * weight,
        squares=n * squares,
        hits=hits * weight,
        hit_squares=hits * squares,
        heaviest=weight,
    )


@pytest.mark.parametrize("weight", [1.0, 7.3])
def test_of_equal_weights_it_is_fisher_s_exact_test(weight: float) -> None:
    for hits, n, others, m in ((30, 150, 12, 140), (5, 100, 0, 100), (0, 100, 0, 100), (100, 100, 3, 120)):
        table = [[hits, n - hits], [others, m - others]]
        found = rising.chance(before=counted(others, m, weight=weight), after=counted(hits, n, weight=weight))
        assert found == pytest.approx(fisher_exact(table, alternative="greater").pvalue)


def test_a_rise_must_be_large_and_beyond_chance() -> None:
    before = counted(1_000, 10_000)
    assert rising.has_risen(before=before, after=counted(1_300, 10_000), least=0.02)
    assert not rising.has_risen(before=before, after=counted(1_300, 10_000), least=0.05)
    assert not rising.has_risen(before=counted(10, 100), after=counted(16, 100), least=0.05)
    assert not rising.has_risen(before=before, after=before, least=0)


def test_weights_make_it_less_sure() -> None:
    even = counted(40, 200)
    heavy = Period(labels=200, weight=400, squares=2_000, hits=80, hit_squares=400, heaviest=20)
    assert even.effective_n == pytest.approx(200)
    assert heavy.effective_n < 100
    low, high = even.interval
    assert heavy.interval[0] < low < 0.2 < high < heavy.interval[1]
    assert (Period().effective_n, Period().lack) == (0, "labels")
    assert (counted(20, 99).lack, counted(20, 100).lack) == ("labels", "")
    # Of few hits that weigh much, the variance itself is unsure: the other period's counts for both.
    before = Period(labels=200, weight=400, squares=2_000, hits=20, hit_squares=25, heaviest=20)
    assert rising.chance(before=before, after=heavy) > rising.chance(before=counted(10, 200), after=counted(40, 200))


def test_what_a_period_lacks_is_said() -> None:
    lacks = {
        "undecided": Period(labels=200, weight=200, squares=200, hits=20, hit_squares=20, heaviest=1, undecided=51),
        "effective": Period(labels=200, weight=400, squares=4_000, hits=20, hit_squares=20, heaviest=20),
        "heavy": Period(labels=200, weight=400, squares=1_000, hits=20, hit_squares=20, heaviest=41),
    }
    assert {name: period.lack for name, period in lacks.items()} == {name: name for name in lacks}


FIELDS = ("labels", "weight", "squares", "hits", "hit_squares", "heaviest")


def days(rng: np.random.Generator, *, shares: FloatArray, weight: float) -> FloatArray:
    """(days, fields): a day for each of the shares, 500 items, about 40 of them labeled by smallest key; those that
    a judge suspects weigh more, and it errs at 15 %. The chances are those of priority sampling."""
    hit = rng.random((len(shares), 500)) < shares[:, None]
    suspected = hit ^ (rng.random(hit.shape) < 0.15)
    weights = np.where(suspected, weight, 1.0)
    keys = rng.random(hit.shape) / weights
    places = rng.uniform(20, 60, len(shares)).astype(int)
    threshold = np.take_along_axis(np.sort(keys, axis=1), places[:, None], axis=1)
    inverse = np.where(keys < threshold, 1 / np.minimum(1, threshold * weights), 0.0)
    hits = inverse * hit
    sums = [(inverse > 0).sum(1), inverse.sum(1), (inverse**2).sum(1), hits.sum(1), (hits**2).sum(1), inverse.max(1)]
    return np.stack(sums, axis=1)


def looks(days: FloatArray) -> Iterator[bool]:
    """Each day the last seven beside the seven before; where the share rose by less than asked for, none is made."""
    weeks = sliding_window_view(days, 7, axis=0)
    sums = np.concatenate([weeks[:, :-1].sum(axis=2), weeks[:, -1:].max(axis=2)], axis=1)
    shares = sums[:, 3] / sums[:, 1]
    for place in np.flatnonzero(shares[7:] - shares[:-7] >= LEAST).tolist():
        before, after = (_period(sums[at]) for at in (place, place + 7))
        yield not (before.lack or after.lack) and rising.has_risen(before=before, after=after, least=LEAST)


def _period(sums: FloatArray) -> Period:
    told = dict(zip(FIELDS, sums.tolist(), strict=True))
    return Period(**told | {"labels": int(told["labels"])})


@pytest.mark.parametrize("weight", [1.0, 5.0, 0.25])
@pytest.mark.parametrize("years", [40, pytest.param(400, marks=pytest.mark.long)])
def test_a_year_of_noise_fires_in_one_of_twenty_at_most(years: int, weight: float) -> None:
    """Looked at daily, under no change; three standard errors more of so many years."""
    rng = np.random.default_rng(8)
    fired = sum(any(looks(days(rng, shares=np.full(365, 0.1), weight=weight))) for _ in range(years))
    assert fired <= years * 0.05 + 3 * (years * 0.05 * 0.95) ** 0.5


@pytest.mark.parametrize(("weight", "share"), [(1.0, 0.35), (5.0, 0.4)])
def test_a_rise_is_seen_within_a_period(weight: float, share: float) -> None:
    """From 10 %, of some 40 labels a day."""
    rng = np.random.default_rng(5)
    shares = np.where(np.arange(21) < 14, 0.1, share)
    seen = sum(any(looks(days(rng, shares=shares, weight=weight))) for _ in range(40))
    assert seen >= 34


@pytest.mark.parametrize(("share", "is_seen"), [(0.1, False), (0.35, True)])
def test_the_sums_of_a_week_are_those_of_its_days_added_up(share: float, is_seen: bool) -> None:
    """As the simulations above have them."""
    found = days(np.random.default_rng(2), shares=np.repeat([0.1, share], 7), weight=5.0)
    before, after = (sum((_period(day) for day in week), Period()) for week in (found[:7], found[7:]))
    assert rising.has_risen(before=before, after=after, least=LEAST) == is_seen
    assert any(looks(found)) == is_seen
