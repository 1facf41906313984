"""Weights by uncertainty, and what they and predictions save of people's labels."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.lib.validity import estimate, ppi, weights
from annotation.lib.validity.estimate import FloatArray
from tests.lib.validity import cohorts

ITEMS, LABELS = 10_000, 500


@pytest.mark.parametrize(
    ("probability", "mix", "weight"),
    [
        (0.5, 1, 1.0),
        (0.5, 0, 2.0),
        (0.5, 0.5, 1.5),
        (0.1, 0.5, 0.5 * 0.3 / 0.25 + 0.5),
        (1.0, 0.5, 0.5),
        (1.0, 0, 0.2),
    ],
)
def test_a_weight_is_by_uncertainty_mixed_with_all_alike(probability: float, mix: float, weight: float) -> None:
    assert weights.weight(probability=probability, mix=mix, mean_u=0.25) == pytest.approx(weight)


def test_no_weight_is_over_five_and_none_changes_where_nothing_was_uncertain() -> None:
    assert weights.weight(probability=0.5, mix=0, mean_u=0.01) == 5
    assert weights.weight(probability=0.5, mix=0, mean_u=0) == 1


def test_weights_are_one_on_average() -> None:
    probabilities = np.random.default_rng(1).beta(2, 2, size=1000)
    mean_u = float(np.mean([weights.uncertainty(float(one)) for one in probabilities]))
    drawn = [weights.unclipped(probability=float(one), mix=0.5, mean_u=mean_u) for one in probabilities]
    assert np.mean(drawn) == pytest.approx(1)


SAVINGS = {0.1: (0.79, 0.90, 0.88), 0.3: (0.59, 0.71, 0.68), 1.0: (0.32, 0.37, 0.35)}
"""By a of x ~ Beta(a, a), f = x, Y ~ Bernoulli(x): labels saved at equal width by predictions alone, with items chosen
by uncertainty, and by half of it."""


@pytest.mark.parametrize("a", SAVINGS)
@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.long)])
def test_predictions_and_choosing_by_uncertainty_save_as_many_labels_as_the_table_says(a: float, runs: int) -> None:
    rng = np.random.default_rng(21)
    done = np.array([savings(rng, a) for _ in range(runs)])
    for found, figure, name in zip(done.T, SAVINGS[a], ("predictions", "uncertainty", "mixed"), strict=True):
        # The table has whole percents.
        allowed = 0.005 + 3 * float(found.std(ddof=1)) * (1 / runs) ** 0.5
        assert abs(float(found.mean()) - figure) <= allowed, (name, found.mean())


def savings(rng: np.random.Generator, a: float) -> tuple[float, float, float]:
    x = np.clip(rng.beta(a, a, size=ITEMS), 1e-12, 1 - 1e-12)
    y = (rng.random(ITEMS) < x).astype(np.float64)
    powered = ppi.prediction_powered(y=y[:LABELS], f_labeled=x[:LABELS], f_unlabeled=x[LABELS:], alpha=0.1)
    return powered.saving, saved_by_choosing(rng, x, y, mix=0.0), saved_by_choosing(rng, x, y, mix=0.5)


def saved_by_choosing(rng: np.random.Generator, x: FloatArray, y: FloatArray, *, mix: float) -> float:
    """How many of the labels chosen at random would have been spared: widths are as roots of variances are."""
    mean_u = float(np.sqrt(x * (1 - x)).mean())
    weight = np.array([weights.unclipped(probability=float(one), mix=mix, mean_u=mean_u) for one in x])
    pi = cohorts.probability(key=rng.random(ITEMS) / weight, weight=weight, taken=LABELS)
    found = estimate.sums(estimate.contributions(y=y, f=x, probability=pi, lam=1.0))
    return 1 - LABELS * found.variance / found.n / float(y.var())
