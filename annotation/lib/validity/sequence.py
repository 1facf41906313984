"""Intervals that hold at every look at once: an admin may look daily, and stop whenever the answer is there.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2021, arXiv 2103.06476). All looks
being right together, what lies in all intervals so far is an interval too.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

from annotation.lib.validity.estimate import Sums


@dataclass(frozen=True)
class Interval:
    low: float
    high: float

    def intersect(self, other: Interval) -> Interval:
        """What lies in both. Where nothing does, the result is empty: `low` is above `high`."""
        return Interval(max(self.low, other.low), min(self.high, other.high))

    @property
    def is_empty(self) -> bool:
        """Whether two looks contradict each other: what is estimated has changed since, and looking begins anew."""
        return self.low > self.high


SHARES = Interval(0.0, 1.0)
DIFFERENCES = Interval(-1.0, 1.0)
"""Where a share, or the difference of two, lies before anything is known: running intersections begin here."""


def half_width(*, t: float, t_star: float, alpha: float) -> float:
    """Half the width of the sequence after `t` values of standard deviation 1, narrowest near `t_star` of them.

    √( 2(tr² + 1)/(t²r²) · log(√(tr² + 1)/alpha) ) with r² = (-2 log alpha + log(1 - 2 log alpha)) / t*. `t_star` has to
    be set before the first look.
    """
    rho2 = (-2 * log(alpha) + log(1 - 2 * log(alpha))) / t_star
    grown = t * rho2 + 1
    return sqrt(2 * grown / (t * t * rho2) * log(sqrt(grown) / alpha))


def mean(*, sums: Sums, t_star: float, alpha: float) -> Interval:
    """Where the mean of the values lies, of which `sums` holds two or more."""
    half = sqrt(sums.variance) * half_width(t=sums.n, t_star=t_star, alpha=alpha)
    return Interval(sums.mean - half, sums.mean + half)


def difference(*, with_: Sums, without: Sums, t_star: float, alpha: float) -> Interval:
    """Where the mean of the first lies above that of the second: one sequence over the values of both.

    Two values or more in each. The difference of two means has the variance s1²/t1 + s0²/t0, which is that of the mean
    of n = t1 + t0 values of variance n·(s1²/t1 + s0²/t0).
    """
    middle = with_.mean - without.mean
    half = difference_half_width(with_=with_, without=without, t_star=t_star, alpha=alpha)
    return Interval(middle - half, middle + half)


def difference_half_width(*, with_: Sums, without: Sums, t_star: float, alpha: float, times: float = 1.0) -> float:
    """Half the width of `difference`; with `times` as many values of the same variances."""
    n = with_.n + without.n
    spread = sqrt(n * (with_.variance / with_.n + without.variance / without.n))
    return spread * half_width(t=times * n, t_star=t_star, alpha=alpha)
