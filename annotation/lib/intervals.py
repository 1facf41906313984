"""How sure a share is, from how many it was counted."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy.special import betaincinv

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the normal distribution: two sides of 95 %."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """`hits` of `n`. `hits` may hold fractions, where one of the n agrees in part. Of nothing there is no share."""

    hits: float
    n: int

    @property
    def value(self) -> float:
        return self.hits / self.n

    @property
    def percent(self) -> int:
        return round(100 * self.value)

    @property
    def low(self) -> float:
        return wilson(self.hits, self.n)[0]

    @property
    def high(self) -> float:
        return wilson(self.hits, self.n)[1]

    @property
    def low_percent(self) -> int:
        return round(100 * self.low)

    @property
    def high_percent(self) -> int:
        return round(100 * self.high)


def wilson(hits: float, n: int, *, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval for a share `hits / n` of independent trials (Wilson 1927), within [0, 1].

    It holds its level for few trials and for shares near 0 and 1, where p ± z·se does not. Of no trials: (0, 1).
    """
    if not n:
        return 0.0, 1.0
    share = hits / n
    middle = share + z * z / (2 * n)
    half = z * sqrt(max(share * (1 - share), 0) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def jeffreys(hits: int, n: int) -> tuple[float, float]:
    """Jeffreys' interval of 95 % for a share of independent trials: the middle of Beta(hits + ½, n - hits + ½), closed
    at 0 and 1 where none or all hit (Brown, Cai & DasGupta 2001). Of no trials: (0, 1)."""
    low, high = (float(betaincinv(hits + 0.5, n - hits + 0.5, tail)) for tail in (0.025, 0.975))
    return (low if hits else 0.0), (high if hits < n else 1.0)
