"""Where a rate lies when a few items weigh very much: an interval from bets, which asks nothing of the variance.

For each candidate m for the rate, somebody who holds that it is at most m is bet against: every item multiplies the
capital by 1 + λ(φ - m), φ = ξY/π, whose mean is the rate. If they are right the capital seldom grows, and by Ville's
inequality it ever reaches 2/alpha with probability alpha/2 at most: an m whose capital did is ruled out for good, at
whatever look. From above the same with ξ(1 - Y)/π. (Waudby-Smith & Ramdas 2020, arXiv 2010.09686; with weights
Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro 2022, arXiv 2210.10768.)

Bets are set before each cohort from the earlier ones and are the same for all its items. That is what makes them hold
for items chosen by smallest key, where one item's π depends on the others: the capital is then a sum of products of
distinct φ with factors above 0, and such products lean nowhere in priority sampling, or toward 0 beyond its size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

import numpy as np
import numpy.typing as npt

from annotation.lib.validity.estimate import FloatArray, Sums
from annotation.lib.validity.sequence import Interval

GRID = 400
CANDIDATES: FloatArray = np.arange(1, GRID + 1) / GRID

BOLDEST = 0.5
"""The largest part of the capital that one item may cost."""

State = dict[str, list[float]]
"""Plain numbers, to be kept as JSON."""


class Bets:
    """The capital held against each candidate for a rate, from below and from above."""

    def __init__(self) -> None:
        self._below, self._above = _Side(), _Side()

    @classmethod
    def of(cls, state: Mapping[str, Sequence[float]]) -> Bets:
        """As they stood when `state` was taken; new ones of an empty state."""
        bets = cls()
        if state:
            bets._below = _Side.of(state, "below")
            bets._above = _Side.of(state, "above")
        return bets

    def state(self) -> State:
        return self._below.state("below") | self._above.state("above")

    def add(self, *, y: npt.ArrayLike, probability: npt.ArrayLike, n: float) -> None:
        """Take in a cohort: of its `n` items the answers and π in (0, 1] of those in the sample, in any order."""
        answers, inverse = np.asarray(y, dtype=np.float64), 1 / np.asarray(probability, dtype=np.float64)
        self._below.add(answers * inverse, n)
        self._above.add((1 - answers) * inverse, n)

    def interval(self, alpha: float) -> Interval:
        """Where the rate lies, wrong at any look with probability `alpha` at most. Never wider than before."""
        return Interval(self._below.bound(alpha / 2), 1 - self._above.bound(alpha / 2))


def difference(*, with_: Bets, without: Bets, alpha: float) -> Interval:
    """Where the first rate lies above the second: alpha/2 for each of the two intervals."""
    one, other = with_.interval(alpha / 2), without.interval(alpha / 2)
    return Interval(one.low - other.high, one.high - other.low)


class _Side:
    """Bets that the mean of values of 0 or more lies above each candidate. Capitals are logarithms."""

    def __init__(self) -> None:
        self.seen = Sums()
        self.capital: FloatArray = np.zeros(GRID)
        self.highest: FloatArray = np.zeros(GRID)

    @classmethod
    def of(cls, state: Mapping[str, Sequence[float]], name: str) -> _Side:
        side = cls()
        side.seen = Sums(*state[f"{name}_seen"])
        side.capital = np.array(state[f"{name}_capital"], dtype=np.float64)
        side.highest = np.array(state[f"{name}_highest"], dtype=np.float64)
        return side

    def state(self, name: str) -> State:
        return {
            f"{name}_seen": [self.seen.n, self.seen.total, self.seen.squares],
            f"{name}_capital": self.capital.tolist(),
            f"{name}_highest": self.highest.tolist(),
        }

    def add(self, values: FloatArray, n: float) -> None:
        """`values`: those of the items in the sample; the others of `n` are 0."""
        bets = self._bets()
        hits = values[values > 0]
        won = np.log1p(bets * (hits[:, None] - CANDIDATES)).sum(axis=0)
        self.capital = self.capital + won + (n - len(hits)) * np.log1p(-bets * CANDIDATES)
        self.highest = np.maximum(self.highest, self.capital)
        self.seen = self.seen + Sums(n, float(values.sum()), float(values @ values))

    def bound(self, alpha: float) -> float:
        """The largest candidate up to which all are ruled out. The first that is not stops it: those beyond it would
        have to be ruled out together."""
        held = self.highest < log(1 / alpha)
        first = int(held.argmax()) if held.any() else GRID
        return float(CANDIDATES[first - 1]) if first else 0.0

    def _bets(self) -> FloatArray:
        """What grows the capital most if the past goes on, to second order: (μ - m) / (σ² + (μ - m)²), not below 0."""
        if self.seen.n < 2:
            return np.zeros(GRID)
        away = np.maximum(self.seen.mean - CANDIDATES, 0.0)
        bets: FloatArray = away / np.maximum(self.seen.variance + away * away, 1e-12)
        return np.minimum(bets, BOLDEST / CANDIDATES)
