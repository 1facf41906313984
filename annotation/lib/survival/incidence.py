"""The share that reached an event by a time, from durations of which some are still running.

Aalen & Johansen (1978): what ended another way can never reach the event, and counts as such instead of as "still on
its way". Where nothing ends another way this is one minus the curve of Kaplan & Meier (1958).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from math import exp, inf, log

import numpy as np
import numpy.typing as npt

from annotation.lib.intervals import Z_95

ALL = 1e-9
"""Shares that are sums of fractions are as large as all, or as small as nothing, up to this."""

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class End(IntEnum):
    """How a duration ended: not yet, with the event, or so that the event can't come any more."""

    OPEN = 0
    REACHED = 1
    ELSEWHERE = 2


@dataclass(frozen=True)
class Estimate:
    """A share in 0..1 and its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Quantile:
    """When a share had reached the event, in the unit of the durations, and the interval of 95 % of that time.

    None where the curve, or its band, doesn't come so far: then it is later than the last time seen.
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class Incidence:
    """The curve: a step at each of `times` (ascending), to the share `reached`, with its standard error `se`.

    `under_way` is the share that has neither reached the event nor ended otherwise. `last` is the longest duration
    seen, and nothing is known beyond it. `events` counts what reached the event, unweighted; `number` all durations.
    `critical`: how many standard errors an interval of 95 % has to each side, at each of `times`.
    """

    times: FloatArray
    reached: FloatArray
    se: FloatArray
    under_way: FloatArray
    last: float
    events: int
    number: int
    critical: FloatArray

    @cached_property
    def shares(self) -> list[Estimate]:
        """The share at each of `times`, with its log-log interval."""
        halves = self.critical * self.se
        return [_log_log(float(value), float(half)) for value, half in zip(self.reached, halves, strict=True)]

    def share(self, at: float) -> Estimate:
        """The share that had reached the event by `at`, with its log-log interval."""
        place = int(np.searchsorted(self.times, at, side="right")) - 1
        if place < 0:
            return Estimate(0.0, 0.0, 1.0 if self.number == 0 else 0.0)
        return _log_log(float(self.reached[place]), float(self.critical[place] * self.se[place]))

    def quantile(self, share: float) -> Quantile:
        """When `share` of all had reached the event: the curve's first step there, and those of its band (Brookmeyer &
        Crowley 1982)."""
        low = np.asarray([one.low for one in self.shares], dtype=float)
        high = np.asarray([one.high for one in self.shares], dtype=float)
        return Quantile(self._first(self.reached, share), self._first(high, share), self._first(low, share))

    def is_known(self, at: float) -> bool:
        """Whether anything was seen for so long, or nothing is under way any more."""
        return at <= self.last or bool(len(self.under_way) and self.under_way[-1] < ALL)

    def elsewhere(self, at: float) -> float:
        """The share that had ended so that the event can't come any more."""
        place = int(np.searchsorted(self.times, at, side="right")) - 1
        return max(0.0, 1 - float(self.reached[place]) - float(self.under_way[place])) if place >= 0 else 0.0

    def mean_under_way(self, until: float) -> float:
        """How long something is under way in the mean, where `until` at most is counted: the area under that curve."""
        inner = self.times < until
        edges = np.concatenate(([0.0], self.times[inner], [until]))
        heights = np.concatenate(([1.0], self.under_way[inner]))
        return float(np.sum(np.diff(edges) * heights))

    def _first(self, curve: FloatArray, share: float) -> float | None:
        # Shares are sums of fractions: a half may come out as .49999999999999994.
        reached = np.flatnonzero(curve >= share - 1e-12)
        return float(self.times[reached[0]]) if reached.size else None


def incidence(
    *,
    durations: FloatArray,
    ends: IntArray,
    weights: FloatArray | None = None,
    squares: FloatArray | None = None,
    counts: IntArray | None = None,
) -> Incidence:
    """The curve from `durations` (n, none negative), each with its `End` and weight (1 where none is given).

    One duration may stand for several: `weights` is then the sum of theirs, `squares` that of the squares, and `counts`
    how many they are.

    What ends at the same time as another is still under way there. The variance is the delta method's (Marubini &
    Valsecchi 1995, formula 10.12), with the numbers that weighted counts are worth, (Σw)²/Σw² (Xie & Liu 2005).
    """
    if weights is None:
        weights = np.ones_like(durations)
    squares = weights**2 if squares is None else squares
    counts = np.ones_like(ends) if counts is None else counts
    order = np.argsort(durations, kind="stable")
    durations, ends, counts = durations[order], ends[order], counts[order]
    weights, squares = weights[order], squares[order]
    times = np.unique(durations[ends != End.OPEN])
    first = np.searchsorted(durations, times)
    left, left_squares = (np.cumsum(values[::-1])[::-1][first] for values in (weights, squares))
    here = np.searchsorted(times, durations).clip(max=max(len(times) - 1, 0))
    reached, elsewhere = (_at(here, ends == end, weights, len(times)) / left for end in (End.REACHED, End.ELSEWHERE))
    under_way = np.cumprod(1 - reached - elsewhere, dtype=np.float64)
    before = np.concatenate(([1.0], under_way[:-1]))[: len(times)]
    shares = np.cumsum(before * reached)
    worth = left**2 / left_squares
    return Incidence(
        times=times,
        reached=shares,
        se=np.sqrt(_variance(shares, before, reached, reached + elsewhere, worth)),
        under_way=under_way,
        last=float(durations[-1]) if len(durations) else 0.0,
        events=int(np.sum(counts[ends == End.REACHED])),
        number=int(np.sum(counts)),
        critical=np.full(len(times), Z_95),
    )


def _log_log(value: float, half: float) -> Estimate:
    """A cumulative share with its interval, `half` of it on each side, on the scale log(-log(1 - share)), which stays
    within (0, 1)."""
    left = 1 - value
    if half == 0 or not 0 < left < 1:
        return Estimate(value, value, value)
    spread = half / (left * abs(log(left)))
    wide, narrow = (exp(log(left) * exp(one) if one < 700 else -inf) for one in (-spread, spread))
    return Estimate(value, 1 - wide, 1 - narrow)


def _at(here: IntArray, chosen: npt.NDArray[np.bool_], weights: FloatArray, steps: int) -> FloatArray:
    return np.bincount(here[chosen], weights=weights[chosen], minlength=steps).astype(float)


def _variance(
    shares: FloatArray, before: FloatArray, reached: FloatArray, left: FloatArray, worth: FloatArray
) -> FloatArray:
    """The variance of each of `shares`.

    Σ (F(t)-F(j))² a_j + Σ b_j - 2 Σ (F(t)-F(j)) c_j over the steps j up to t; the squares are multiplied out, so that
    each sum is a running one.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        # When the last one leaves, nothing is under way that could still vary.
        a = np.where(left < 1 - ALL, left / (worth * (1 - left)), 0.0)
    b = before**2 * reached * (1 - reached) / worth
    c = before * reached / worth
    sums = (np.cumsum(part) for part in (a, a * shares, a * shares**2, b, c, c * shares))
    a0, a1, a2, b0, c0, c1 = sums
    variance = shares**2 * a0 - 2 * shares * a1 + a2 + b0 - 2 * (shares * c0 - c1)
    found: FloatArray = np.maximum(variance, 0.0)
    return found
