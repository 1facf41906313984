"""A surrogate's audit: versions compared each by itself, what is missing counted both ways, and right at every look."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from annotation.lib.validity import surrogate
from annotation.lib.validity.sequence import half_width
from annotation.lib.validity.surrogate import Counts, Stratum
from annotation.lib.validity.verdict import verdict
from tests.lib.validity.cohorts import of_share

ALPHA, T_STAR = 0.05, 500.0


def test_one_version_is_the_difference_of_two_shares_and_its_sequence() -> None:
    strata = [Stratum(Counts(yes=160, no=40), Counts(yes=300, no=300))]
    found = surrogate.compared(strata, t_star=T_STAR, alpha=ALPHA)
    assert (found.with_.value, found.without.value) == pytest.approx((0.8, 0.5))
    variance = 160 * 40 / 200**2 / 199 + 300 * 300 / 600**2 / 599
    t = 200 * 600 / 800
    half = sqrt(t * variance) * half_width(t=t, t_star=T_STAR, alpha=ALPHA)
    assert surrogate.clock(strata) == t
    interval = found.difference.interval
    assert (interval.low, interval.high) == pytest.approx((0.3 - half, 0.3 + half))


def test_versions_that_differ_in_both_do_not_make_a_signal_of_nothing() -> None:
    """Where each version by itself shows no difference, all together would show 24 points: the better one has more of
    the signal."""
    better = Stratum(Counts(yes=720, no=80), Counts(yes=180, no=20))
    worse = Stratum(Counts(yes=100, no=100), Counts(yes=400, no=400))
    crude = (720 + 100) / 1000 - (180 + 400) / 1000
    assert crude == pytest.approx(0.24)
    found = surrogate.compared([better, worse], t_star=T_STAR, alpha=ALPHA)
    assert found.difference.value == pytest.approx(0.0)


def test_what_is_missing_widens_the_interval_by_what_it_could_be() -> None:
    none = surrogate.compared([Stratum(Counts(800, 200), Counts(500, 500))], t_star=T_STAR, alpha=ALPHA).difference
    some = surrogate.compared(
        [Stratum(Counts(720, 180, 100), Counts(450, 450, 100))], t_star=T_STAR, alpha=ALPHA
    ).difference
    assert some.value == pytest.approx(none.value)
    # With the signal .72 to .82, without it .45 to .55.
    assert some.interval.low == pytest.approx(none.interval.low - 0.13, abs=0.01)
    assert some.interval.high == pytest.approx(none.interval.high + 0.07, abs=0.01)
    assert verdict(interval=none.interval) == "valid"
    many = surrogate.compared(
        [Stratum(Counts(600, 200, 200), Counts(400, 400, 200))], t_star=T_STAR, alpha=ALPHA
    ).difference
    assert verdict(interval=many.interval) == "not_enough"


def test_outcomes_that_all_agree_are_not_taken_for_certainty() -> None:
    found = surrogate.compared([Stratum(Counts(yes=120), Counts(no=120))], t_star=T_STAR, alpha=ALPHA).difference
    assert found.value == 1
    assert 0.5 < found.interval.low < 0.99


def test_as_many_more_as_are_said_to_be_needed_settle_it_and_not_many_fewer() -> None:
    few = [Stratum(Counts(80, 40), Counts(110, 130))]
    more = surrogate.needed(few, t_star=T_STAR, alpha=ALPHA, margin=0.10)
    assert more
    for share, says in ((1.01, "valid"), (0.8, "not_enough")):
        grown = [few[0].times(1 + share * more / 360)]
        found = surrogate.compared(grown, t_star=T_STAR, alpha=ALPHA).difference
        assert verdict(interval=found.interval) == says
    on_the_margin = [Stratum(Counts(600, 400), Counts(500, 500))]
    assert surrogate.needed(on_the_margin, t_star=T_STAR, alpha=ALPHA, margin=0.10) is None


@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("with_", "without", "says", "share"),
    [
        (0.85, 0.60, "valid", 1.0),
        (0.75, 0.75, "noise", 1.0),
        (0.55, 0.80, "inverted", 1.0),
        (0.80, 0.70, "valid", 0.05),
    ],
)
def test_a_simulated_product_looked_at_each_night(
    runs: int, with_: float, without: float, says: str, share: float
) -> None:
    """90 days of 60 conversations, a third with the signal; two versions, of which the second ends 5 points better."""
    ever_wrong, right = 0, 0
    for run in range(runs):
        found = _nights(np.random.default_rng([run, int(100 * with_)]), with_, without)
        ever_wrong += any(not low <= with_ - without <= high for low, high, _ in found)
        right += says in {verdict for *_, verdict in found}
    assert ever_wrong / runs <= ALPHA + 3 * of_share(ALPHA, runs) / sqrt(runs)
    spread = 3 * of_share(share, runs) / sqrt(runs)
    assert right / runs <= share + spread if share < 1 else right / runs >= share - spread


def _nights(rng: np.random.Generator, with_: float, without: float) -> list[tuple[float, float, str]]:
    strata = [Stratum(Counts(), Counts()), Stratum(Counts(), Counts())]
    found: list[tuple[float, float, str]] = []
    t_star = 0.0
    for night in range(90):
        version = night >= 45
        hits = rng.binomial(20, with_ + 0.05 * version), rng.binomial(40, without + 0.05 * version)
        one = strata[version]
        strata[version] = Stratum(
            one.with_ + Counts(hits[0], 20 - hits[0]), one.without + Counts(hits[1], 40 - hits[1])
        )
        if sum(one.with_.known for one in strata) < 100:
            continue
        usable = surrogate.usable(strata)
        t_star = t_star or surrogate.clock(usable) * 15 / (night + 1)
        interval = surrogate.compared(usable, t_star=t_star, alpha=ALPHA).difference.interval
        found.append((interval.low, interval.high, verdict(interval=interval)))
    return found
