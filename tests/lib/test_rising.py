"""Has a share risen? Noise is seldom taken for it, however often one looks; a rise is seen soon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import fisher_exact

from annotation.lib import rising
from annotation.lib.rising import Period


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


def day(rng: np.random.Generator, *, share: float, weight: float) -> Period:
    """500 items, about 40 of them labeled by smallest key; those that a judge suspects weigh more, and it errs at 15 %.
    The chances are those of priority sampling."""
    hit = rng.random(500) < share
    suspected = hit ^ (rng.random(500) < 0.15)
    weights = np.where(suspected, weight, 1.0)
    keys = rng.random(500) / weights
    threshold = np.sort(keys)[int(rng.uniform(20, 60))]
    taken = keys < threshold
    inverse = 1 / np.minimum(1, threshold * weights[taken])
    hits = hit[taken]
    return Period(
        labels=int(taken.sum()),
        weight=float(inverse.sum()),
        squares=float(inverse @ inverse),
        hits=float(inverse[hits].sum()),
        hit_squares=float(inverse[hits] @ inverse[hits]),
        heaviest=float(inverse.max()),
    )


def looks(days: list[Period]) -> Iterator[bool]:
    for last in range(14, len(days) + 1):
        before, after = (sum(days[at : at + 7], Period()) for at in (last - 14, last - 7))
        yield not (before.lack or after.lack) and rising.has_risen(before=before, after=after, least=0.02)


@pytest.mark.parametrize("weight", [1.0, 5.0, 0.25])
@pytest.mark.parametrize("years", [40, pytest.param(400, marks=pytest.mark.long)])
def test_a_year_of_noise_fires_in_one_of_twenty_at_most(years: int, weight: float) -> None:
    """Looked at daily, under no change; three standard errors more of so many years."""
    rng = np.random.default_rng(8)
    fired = sum(any(looks([day(rng, share=0.1, weight=weight) for _ in range(365)])) for _ in range(years))
    assert fired <= years * 0.05 + 3 * (years * 0.05 * 0.95) ** 0.5


@pytest.mark.parametrize(("weight", "share"), [(1.0, 0.35), (5.0, 0.4)])
def test_a_rise_is_seen_within_a_period(weight: float, share: float) -> None:
    """From 10 %, of some 40 labels a day."""
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(40):
        days = [day(rng, share=0.1 if number < 14 else share, weight=weight) for number in range(21)]
        seen += any(looks(days))
    assert seen >= 34
