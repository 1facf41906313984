"""Verdicts from the difference of two arms: which come, how soon, and how many labels more are said to be needed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from annotation.lib.validity import estimate, sequence
from annotation.lib.validity.estimate import FloatArray, Lambda, Sums
from annotation.lib.validity.sequence import DIFFERENCES, Interval
from annotation.lib.validity.verdict import labels_needed, verdict
from tests.lib.validity import cohorts

DAYS, ITEMS, LABELS, RIGHT, SUSPECT_WEIGHT, ALPHA = 60, 500, 50, 0.85, 6.0, 0.05
T_STAR = DAYS * ITEMS / 2


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (0.10, 0.3, "valid"),
        (-0.3, -0.10, "inverted"),
        (-0.09, 0.09, "noise"),
        (0.05, 0.09, "noise"),
        (-0.10, 0.05, "not_enough"),
        (0.05, 0.10, "not_enough"),
        (-0.2, 0.2, "not_enough"),
        (0.3, 0.2, "not_enough"),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side_of_the_margin(low: float, high: float, says: str) -> None:
    assert verdict(interval=Interval(low, high)) == says


@dataclass(kw_only=True)
class Arm:
    truth: float
    sums: Sums = field(default_factory=Sums)
    lam: Lambda = field(default_factory=Lambda)
    labels: int = 0

    def add(self, y: FloatArray, says_good: cohorts.Bools, pi: FloatArray) -> None:
        """f is the judge's share of good answers, known from the past."""
        true, false = self.truth * RIGHT, (1 - self.truth) * (1 - RIGHT)
        missed, bad = self.truth * (1 - RIGHT), (1 - self.truth) * RIGHT
        f = np.where(says_good, true / (true + false), missed / (missed + bad))
        self.sums += estimate.sums(estimate.contributions(y=y, f=f, probability=pi, lam=self.lam.value()))
        self.lam += estimate.lambda_of(y=y, f=f, probability=pi)
        self.labels += int((pi > 0).sum())


def arm_days(rng: np.random.Generator, with_: Arm, without: Arm) -> int:
    """Let both arms have one day more, half of the items each. Returns how many were labeled."""
    has = rng.random(ITEMS) < 0.5
    truth = np.where(has, with_.truth, without.truth)
    day = cohorts.day(rng, truth=truth, right=RIGHT, suspect_weight=SUSPECT_WEIGHT)
    taken = int(rng.integers(LABELS // 2, LABELS + LABELS // 2 + 1))
    pi = day.probability(taken)
    for arm, these in ((with_, has), (without, ~has)):
        arm.add(day.y[these], day.says_good[these], pi[these])
    return taken


def settled(rng: np.random.Generator, rates: tuple[float, float]) -> tuple[str, int]:
    """Look every day until there is a verdict. Returns it with the labels so far."""
    with_, without = Arm(truth=rates[0]), Arm(truth=rates[1])
    shown, labels, says = DIFFERENCES, 0, "not_enough"
    for _ in range(DAYS):
        labels += arm_days(rng, with_, without)
        if min(with_.labels, without.labels) < 100:
            continue
        found = sequence.difference(with_=with_.sums, without=without.sums, t_star=T_STAR, alpha=ALPHA)
        shown = shown.intersect(found)
        says = verdict(interval=shown)
        if says != "not_enough":
            break
    return says, labels


SETTINGS: dict[tuple[float, float], tuple[dict[str, float], int | None]] = {
    (0.90, 0.60): ({"valid": 1.0}, 281),
    (0.85, 0.70): ({"valid": 0.82}, 1712),
    (0.75, 0.75): ({"noise": 1.0}, 723),
    (0.60, 0.80): ({"inverted": 1.0}, 623),
    (0.80, 0.70): ({"not_enough": 0.983}, None),
    (0.80, 0.75): ({"noise": 0.848}, None),
}


@pytest.mark.parametrize("rates", SETTINGS)
@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.long)])
def test_signals_of_known_truth_get_their_verdicts_and_in_time(rates: tuple[float, float], runs: int) -> None:
    rng = np.random.default_rng(11)
    done = [settled(rng, rates) for _ in range(runs)]
    shares, median = SETTINGS[rates]
    counts = Counter(says for says, _ in done)
    for says, share in shares.items():
        assert comes_out(counts[says] / runs, share, cohorts.of_share(share, runs), runs), counts
    if rates == (0.80, 0.70):
        # The truth is on the margin: no verdict can be right there.
        assert comes_out(1 - counts["not_enough"] / runs, 0.018, cohorts.of_share(0.018, runs), runs), counts
    if median is not None:
        # What is open at the end takes more labels than any other.
        labels = np.array([labels if says != "not_enough" else 2 * DAYS * LABELS for says, labels in done])
        assert comes_out(float(np.median(labels)), median, spread_of_median(labels), runs)


def comes_out(found: float, figure: float, spread: float, runs: int) -> bool:
    return cohorts.near(found, figure, spread=spread, runs=runs, figure_runs=400)


def spread_of_median(values: npt.NDArray[np.int64]) -> float:
    """By resampling: the standard error of the median, for one value."""
    drawn = np.random.default_rng(6).choice(values, size=(500, len(values)))
    return float(np.median(drawn, axis=1).std() * len(values) ** 0.5)


def test_as_many_labels_more_as_were_said_settle_it() -> None:
    """Said after five days, when little is settled: the median of many runs comes out at about what was said."""
    rng = np.random.default_rng(7)
    ratios = [ratio for _ in range(60) if (ratio := said_and_true(rng)) is not None]
    assert len(ratios) > 30
    assert 0.5 < np.median(ratios) < 1.5, np.median(ratios)


def said_and_true(rng: np.random.Generator) -> float | None:
    with_, without = Arm(truth=0.85), Arm(truth=0.65)
    labels = sum(arm_days(rng, with_, without) for _ in range(5))
    needed = needs(with_, without, labels)
    if not needed:
        return None
    more = 0
    while needs(with_, without, labels + more) != 0 and more < 20 * needed:
        more += arm_days(rng, with_, without)
    return more / needed


def needs(with_: Arm, without: Arm, labels: int) -> int | None:
    return labels_needed(with_=with_.sums, without=without.sums, labels=labels, t_star=T_STAR, alpha=ALPHA)


def test_what_is_settled_needs_nothing_and_what_stands_on_the_margin_is_never_settled() -> None:
    far, near_margin, base = (Sums(1000, 1000 * mean, 1000 * (mean**2 + 0.2)) for mean in (0.9, 0.6, 0.5))
    assert labels_needed(with_=far, without=base, labels=100, t_star=1000, alpha=ALPHA) == 0
    assert labels_needed(with_=near_margin, without=base, labels=100, t_star=1000, alpha=ALPHA) is None


@pytest.mark.parametrize("mean", [0.70, 0.5, 0.55, 0.3])
def test_with_the_labels_that_are_needed_the_interval_settles_and_with_fewer_not(mean: float) -> None:
    def arm(times: float, at: float) -> Sums:
        n = 500 * times
        return Sums(n, n * at, n * at * at + (n - 1) * 0.5)

    with_, without = arm(1, mean), arm(1, 0.5)
    needed = labels_needed(with_=with_, without=without, labels=200, t_star=2000, alpha=ALPHA)
    assert needed is not None

    def says(labels: float) -> str:
        times = 1 + labels / 200
        found = sequence.difference(with_=arm(times, mean), without=arm(times, 0.5), t_star=2000, alpha=ALPHA)
        return verdict(interval=found)

    assert says(needed - 1) == "not_enough"
    assert says(needed + 1) != "not_enough"
