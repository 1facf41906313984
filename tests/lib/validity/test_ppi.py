"""What a judge's predictions of everything save of people's labels, and when they are left aside."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.lib.validity import ppi
from annotation.lib.validity.estimate import FloatArray
from annotation.lib.validity.ppi import Powered

LABELS, OTHERS = 200, 5000
RHO_SQUARED = (1 - 0.6967**2) * (LABELS + OTHERS) / OTHERS
"""Of the judge whose intervals theory makes .6967 times as wide."""


def powered(
    rng: np.random.Generator, *, labels: int = LABELS, rho_squared: float = RHO_SQUARED
) -> tuple[Powered, float]:
    """One estimate of a mean of 0, and how wide it is against the one from the labels alone."""
    f = rng.normal(size=labels + OTHERS)
    y = f[:labels] * rho_squared**0.5 + rng.normal(size=labels) * (1 - rho_squared) ** 0.5
    found = ppi.prediction_powered(y=y, f_labeled=f[:labels], f_unlabeled=f[labels:])
    return found, found.se / (float(y.std(ddof=1)) / labels**0.5)


@pytest.mark.parametrize("runs", [40, pytest.param(600, marks=pytest.mark.long)])
def test_the_interval_is_narrower_by_as_much_as_theory_says_and_right_as_often(runs: int) -> None:
    rng = np.random.default_rng(31)
    done = [powered(rng) for _ in range(runs)]
    ratios: FloatArray = np.array([ratio for _, ratio in done])
    error = 3 * float(ratios.std(ddof=1)) * (1 / runs) ** 0.5
    assert abs(float(ratios.mean()) - 0.6974) <= error + 0.0005
    assert np.mean([found.saving for found, _ in done]) == pytest.approx(1 - 0.6967**2, abs=0.03)
    missed = np.mean([not found.low <= 0 <= found.high for found, _ in done])
    assert missed <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5


def test_the_estimate_is_right_with_predictions_that_are_far_off() -> None:
    rng = np.random.default_rng(32)
    y = (rng.random(400) < 0.7).astype(np.float64)
    f = np.where(rng.random(400) < 0.9, y, 1 - y) / 10
    found = ppi.prediction_powered(y=y, f_labeled=f, f_unlabeled=rng.choice(f, size=4000))
    assert found.lam == 1
    assert found.low < 0.7 < found.high


def test_labels_do_the_work_of_more_where_predictions_help() -> None:
    found, _ = powered(np.random.default_rng(33))
    assert found.fallback == ""
    assert found.does_the_work_of == pytest.approx(LABELS / (1 - found.saving))
    assert found.does_the_work_of > 1.7 * LABELS


@pytest.mark.parametrize(
    ("labels", "rho_squared", "fallback"),
    [(49, 0.8, "few_labels"), (50, 0.8, ""), (200, 0.0, "no_help")],
)
def test_peoples_labels_stand_alone_where_predictions_do_not_help(
    labels: int, rho_squared: float, fallback: str
) -> None:
    found, ratio = powered(np.random.default_rng(36), labels=labels, rho_squared=rho_squared)
    assert found.fallback == fallback
    if fallback:
        assert (found.lam, found.saving, found.does_the_work_of) == (0, 0, labels)
        assert ratio == pytest.approx(1)


def test_predictions_that_say_the_opposite_or_always_the_same_are_left_aside() -> None:
    y = np.array([0.0, 1.0] * 50)
    for f in (1 - y, np.full(100, 0.5)):
        assert ppi.prediction_powered(y=y, f_labeled=f, f_unlabeled=np.tile(f, 20)).fallback == "no_help"
