"""How much more often the first place is taken than a later one, whatever stands there."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
import numpy.typing as npt

from annotation.lib.intervals import Z_95

ALARM = 0.9
"""A second place whose interval lies below counts as biased."""

LARGEST_WEIGHT = 10.0


@dataclass(frozen=True)
class Propensity:
    """How often a place is looked at, as a multiple of the first one's, with its interval of 95 %."""

    place: int
    value: float
    low: float
    high: float

    @property
    def is_biased(self) -> bool:
        return self.high < ALARM

    @property
    def weight(self) -> float:
        """By how much a click there counts more, so that places come out even; at most `LARGEST_WEIGHT`."""
        return min(1 / self.value, LARGEST_WEIGHT) if self.value > 0 else LARGEST_WEIGHT


def propensity(
    *, place: int, swapped: npt.NDArray[np.bool_], first: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]
) -> Propensity | None:
    """From showings in which the first answer and the one at `place` were swapped at random, or not (`swapped`).

    `first` and `other` tell whether the first place and that place were clicked. Each answer was at both places by
    chance, so the ratio of the clicks that a pair got at the one and at the other place is the ratio of how often the
    places are looked at (Joachims, Swaminathan & Schnabel 2017); the two orders are weighted alike, so that which of
    them came up more often says nothing. None where a place was never clicked, or one order never shown.

    The interval is the delta method's on the logarithm of the ratio.
    """
    at_first, at_other = _mean(first, swapped), _mean(other, swapped)
    if at_first is None or at_other is None:
        return None
    middle = log(at_other[0] / at_first[0])
    shared = _covariance(first, other, swapped)
    variance = at_other[1] / at_other[0] ** 2 + at_first[1] / at_first[0] ** 2
    spread = Z_95 * sqrt(max(variance - 2 * shared / (at_other[0] * at_first[0]), 0.0))
    return Propensity(place, exp(middle), exp(middle - spread), exp(middle + spread))


def _mean(clicked: npt.NDArray[np.bool_], swapped: npt.NDArray[np.bool_]) -> tuple[float, float] | None:
    """The share of clicks, both orders weighted alike, and its variance; None where it is 0 or unknown."""
    parts = [clicked[swapped], clicked[~swapped]]
    if not all(part.size for part in parts):
        return None
    share = sum(float(part.mean()) for part in parts) / 2
    variance = sum(float(part.var()) / part.size for part in parts) / 4
    return (share, variance) if share else None


def _covariance(first: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_], swapped: npt.NDArray[np.bool_]) -> float:
    """Who clicks the one place may click the other less: of the two shares, as `_mean` weighs them."""
    parts = [(first[order], other[order]) for order in (swapped, ~swapped)]
    return sum(float((a * b).mean() - a.mean() * b.mean()) / a.size for a, b in parts) / 4
