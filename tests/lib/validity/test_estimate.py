"""A rate from labels that a queue chose: what it comes to, and whether its interval holds however often one looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from annotation.lib.validity import estimate, sequence
from annotation.lib.validity.estimate import Lambda, Sums
from tests.lib.validity import cohorts

ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Days of `items`, about `labels` labeled, by a judge who is right with probability .85; and what has to come out:
    the estimate, the plain mean of the labeled, how often the sequence is ever wrong, and Wald's interval."""

    days: int
    items: int
    labels: int
    truth: float
    suspect_weight: float
    estimate: float
    unweighted: float
    ever_wrong: float
    wald_wrong: float


FEW = Setting(
    days=40, items=500, labels=40, truth=0.80, suspect_weight=6,
    estimate=0.7997, unweighted=0.5715, ever_wrong=0.032, wald_wrong=0.283,
)  # fmt: skip
MANY = Setting(
    days=20, items=2000, labels=60, truth=0.70, suspect_weight=10,
    estimate=0.7006, unweighted=0.389, ever_wrong=0.043, wald_wrong=0.287,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Run:
    estimate: float
    unweighted: float
    ever_wrong: bool
    wald_wrong: bool


def run(setting: Setting, rng: np.random.Generator) -> Run:
    sums, lam = Sums(), Lambda()
    labels = inverse = squares = 0.0
    wrong = wald = False
    answers = []
    t_star = setting.days * setting.items / 2
    for _ in range(setting.days):
        truth = np.full(setting.items, setting.truth)
        day = cohorts.day(rng, truth=truth, right=0.85, suspect_weight=setting.suspect_weight)
        f = np.where(day.says_good, 0.9, 0.1)
        taken = max(2, int(rng.poisson(setting.labels)))
        pi = day.probability(taken)
        sums += estimate.sums(estimate.contributions(y=day.y, f=f, probability=pi, lam=lam.value()))
        lam += estimate.lambda_of(y=day.y, f=f, probability=pi)
        labels += taken
        inverse += (1 / pi[pi > 0]).sum()
        squares += (1 / pi[pi > 0] ** 2).sum()
        answers.append(day.y[np.argsort(day.key)[:taken]])
        if labels >= 100 and estimate.effective_n(inverse=inverse, inverse_squares=squares) >= 50:
            found = sequence.mean(sums=sums, t_star=t_star, alpha=ALPHA)
            wrong |= not found.low <= setting.truth <= found.high
            wald |= abs(sums.mean - setting.truth) > 1.96 * np.sqrt(sums.variance / sums.n)
    return Run(
        estimate=sums.mean,
        unweighted=float(np.concatenate(answers).mean()),
        ever_wrong=bool(wrong),
        wald_wrong=bool(wald),
    )


@pytest.mark.parametrize("setting", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize("runs", [40, pytest.param(600, marks=pytest.mark.long)])
def test_the_estimate_is_right_where_the_mean_of_the_labeled_is_not_and_looking_daily_costs_nothing(
    setting: Setting, runs: int
) -> None:
    rng = np.random.default_rng(11)
    done = [run(setting, rng) for _ in range(runs)]
    for name in ("estimate", "unweighted"):
        values = np.array([getattr(one, name) for one in done])
        assert comes_out(float(values.mean()), getattr(setting, name), float(values.std(ddof=1)), runs), name
    for name in ("ever_wrong", "wald_wrong"):
        share = getattr(setting, name)
        found = float(np.mean([getattr(one, name) for one in done]))
        assert comes_out(found, share, cohorts.of_share(share, runs), runs), name


def comes_out(found: float, figure: float, spread: float, runs: int) -> bool:
    return cohorts.near(found, figure, spread=spread, runs=runs, figure_runs=600)


def test_an_item_outside_the_sample_contributes_its_prediction_whatever_stands_as_its_answer() -> None:
    found = estimate.contributions(
        y=[1, 0, np.nan, 1], f=[0.9, 0.4, 0.6, 0.5], probability=[0.5, 1, 0, 0], lam=[1, 0.5, 0.5, 0]
    )
    assert found == pytest.approx([0.9 + 2 * 0.1, 0, 0.3, 0])


def test_lambda_is_the_quotient_of_two_sums_over_the_sample() -> None:
    """(1/π)(1/π - 1) is 2 at π = ½ and 12 at ¼; whoever is certain to be labeled, or was not, adds nothing."""
    found = estimate.lambda_of(y=[1, 0, 1, np.nan], f=[0.5, 0.5, 1, 1], probability=[0.5, 0.25, 1, 0])
    assert (found.numerator, found.denominator) == (1, 0.5 + 3)
    assert found.value() == pytest.approx(2 / 7)


def test_lambda_adds_up_over_cohorts_and_stays_within_bounds() -> None:
    assert (Lambda(2, 4) + Lambda(1, 2)).value() == 0.5
    assert (Lambda(5, 4).value(), Lambda(-1, 4).value()) == (1, 0)
    assert (Lambda().value(), Lambda().value(start=0.0)) == (1, 0)


def test_sums_add_up_to_those_of_all_values() -> None:
    values = np.random.default_rng(1).normal(size=50)
    together = estimate.sums(values[:20]) + estimate.sums(values[20:])
    assert together.n == 50
    assert together.mean == pytest.approx(values.mean())
    assert together.variance == pytest.approx(values.var(ddof=1))


def test_labels_of_equal_weight_count_fully_and_one_heavy_one_makes_the_rest_count_little() -> None:
    assert estimate.effective_n(inverse=100 * 3, inverse_squares=100 * 9) == 100
    assert estimate.effective_n(inverse=100 + 100, inverse_squares=100 + 100**2) < 4
    assert estimate.effective_n(inverse=0, inverse_squares=0) == 0
