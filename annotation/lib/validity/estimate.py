"""A rate from items that were chosen with known chances, with the help of predictions that needn't be right.

The doubly robust estimate: the mean of a = λ·f + (ξ/π)·(Y - λ·f) over all items, sampled or not. It leans nowhere,
whatever the predictions f are, as long as π is each item's chance; good predictions make it narrower. λ says how far
to trust them, and comes from earlier items (Angelopoulos, Duchi & Zrnic 2023, arXiv 2311.01453; with chances that
differ Zrnic & Candès 2024, arXiv 2403.03208).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """How many values, their sum, and the sum of their squares. Two add up to those of all values."""

    n: float = 0.0
    total: float = 0.0
    squares: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        """Of one value or more."""
        return self.total / self.n

    @property
    def variance(self) -> float:
        """Of two values or more, over n - 1."""
        return max(self.squares - self.total * self.total / self.n, 0.0) / (self.n - 1)


@dataclass(frozen=True)
class Lambda:
    """How far to trust the predictions: two sums over sampled items, which add up over cohorts."""

    numerator: float = 0.0
    denominator: float = 0.0

    def __add__(self, other: Lambda) -> Lambda:
        return Lambda(self.numerator + other.numerator, self.denominator + other.denominator)

    def value(self, start: float = 1.0) -> float:
        """λ in [0, 1], to be used on later items; `start` while nothing tells.

        The bounds matter: a λ above 1 can make the few terms of the first days nearly equal, and the interval then
        says that all is known.
        """
        if self.denominator <= 0:
            return start
        return min(max(self.numerator / self.denominator, 0.0), 1.0)


def contributions(*, y: npt.ArrayLike, f: npt.ArrayLike, probability: npt.ArrayLike, lam: npt.ArrayLike) -> FloatArray:
    """What each item contributes to a rate: a, one for each item, of which the mean is the estimate.

    `probability`: π in (0, 1] of the items in the sample, 0 of the others, whose `y` is ignored. `f`: predictions in
    [0, 1]; without any, 0 with λ = 0. `lam`: one for all, or one for each.
    """
    pi = _floats(probability)
    predicted = _floats(lam) * _floats(f)
    found: FloatArray = predicted + _over(_floats(y) - predicted, pi)
    return found


def lambda_of(*, y: npt.ArrayLike, f: npt.ArrayLike, probability: npt.ArrayLike) -> Lambda:
    """The two sums of λ: Σ (1/π)(1/π - 1)·Y·f over Σ (1/π)(1/π - 1)·f², over the items in the sample.

    Their quotient estimates the λ of the least variance, E[(1/π - 1)·Y·f] / E[(1/π - 1)·f²]. Arrays as in
    `contributions`. Where all items are in the sample, both are 0: predictions are then of no use.
    """
    pi, predicted = _floats(probability), _floats(f)
    spread = _over(_over(1 - pi, pi), pi)
    known = np.where(pi > 0, _floats(y), 0.0)
    return Lambda(float((spread * known * predicted).sum()), float((spread * predicted * predicted).sum()))


def sums(a: npt.ArrayLike) -> Sums:
    values = _floats(a)
    return Sums(float(len(values)), float(values.sum()), float(values @ values))


def effective_n(*, inverse: float, inverse_squares: float) -> float:
    """As how many labels of equal weight these count: (Σ 1/π)² / Σ 1/π² (Kish 1965). Of none: 0."""
    return inverse * inverse / inverse_squares if inverse_squares else 0.0


def _floats(values: npt.ArrayLike) -> FloatArray:
    return np.asarray(values, dtype=np.float64)


def _over(values: FloatArray, probability: FloatArray) -> FloatArray:
    """0 where the item is not in the sample, whatever stands there, a missing value included."""
    values, probability = np.broadcast_arrays(values, probability)
    found: FloatArray = np.divide(values, probability, out=np.zeros(values.shape), where=probability > 0)
    return found
