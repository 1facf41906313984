"""What a judge or rule that predicts everything saves of the labels of people, who label a part.

Prediction-powered inference (PPI++: Angelopoulos, Duchi & Zrnic 2023, arXiv 2311.01453): people's labels say how wrong
the predictions are, so the answer is right whatever these are. For a mean from labels that were chosen at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from annotation.lib.validity.estimate import FloatArray

LEAST = 50
"""With fewer labels of people it can't be told whether the predictions help."""

Fallback = Literal["", "few_labels", "no_help"]
"""Why people's labels stand alone: too few of them, or predictions that go with them no more than chance would."""


@dataclass(frozen=True, kw_only=True)
class Powered:
    """A mean with its standard error and interval. `lam`: how far the predictions were trusted. `saving`: the share of
    labels that the predictions save at equal width, 0 where they aren't used; `fallback` then says why."""

    value: float
    se: float
    low: float
    high: float
    labels: int
    lam: float
    saving: float
    fallback: Fallback

    @property
    def does_the_work_of(self) -> float:
        """How many labels of people alone would give as narrow an interval."""
        return self.labels / (1 - self.saving)


def prediction_powered(
    *, y: npt.ArrayLike, f_labeled: npt.ArrayLike, f_unlabeled: npt.ArrayLike, alpha: float = 0.05
) -> Powered:
    """The mean of Y from labels `y` (two or more), predictions for the same items, and predictions for the others.

    λ = clip(Cov(Y, f) / ((1 + n/N)·Var f), 0, 1); θ = λ·mean(f of the others) + mean(Y - λf); se² = λ²·Var(f of the
    others)/N + Var(Y - λf)/n. The saving is rho²·N/(n + N). People's labels stand alone where there are under 50 of
    them, or where |rho| < 1/√(n - 2), where predictions cost more than they bring (arXiv 2505.20178).
    """
    known, given, others = (np.asarray(one, dtype=np.float64) for one in (y, f_labeled, f_unlabeled))
    rho = _correlation(known, given)
    fallback = _fallback(labels=len(known), others=len(others), rho=rho)
    lam = 0.0 if fallback else _lambda(known, given, others)
    rest = known - lam * given
    value, variance = float(rest.mean()), float(rest.var(ddof=1)) / len(known)
    if lam:
        value += lam * float(others.mean())
        variance += lam * lam * float(others.var(ddof=1)) / len(others)
    half = float(ndtri(1 - alpha / 2)) * sqrt(variance)
    return Powered(
        value=value,
        se=sqrt(variance),
        low=value - half,
        high=value + half,
        labels=len(known),
        lam=lam,
        saving=rho * rho * len(others) / (len(known) + len(others)) if lam else 0.0,
        fallback=fallback,
    )


def _fallback(*, labels: int, others: int, rho: float) -> Fallback:
    if labels < LEAST or others < 2:
        return "few_labels"
    # Predictions that say the opposite would get a λ below 0: they aren't used either.
    return "no_help" if rho < 1 / sqrt(labels - 2) else ""


def _lambda(y: FloatArray, given: FloatArray, others: FloatArray) -> float:
    spread = float(np.concatenate([given, others]).var(ddof=1))
    both = float(np.cov(y, given)[0, 1])
    return min(max(both / ((1 + len(y) / len(others)) * spread), 0.0), 1.0)


def _correlation(y: FloatArray, f: FloatArray) -> float:
    """0 where either never changes."""
    spread = sqrt(float(y.var()) * float(f.var()))
    return float(((y - y.mean()) * (f - f.mean())).mean()) / spread if spread else 0.0
