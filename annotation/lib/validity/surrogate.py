"""Whether an early signal predicts what became of it much later: a surrogate is audited before it is trusted.

Whoever trains on an early signal in place of a late outcome supposes that the one tells of the other (Prentice 1989).
Outcomes are seen of everybody, so no chances weigh here. Conversations are compared within their model version, and
the versions' differences weighted by n₁n₀/(n₁ + n₀), as Mantel & Haenszel (1959) have it for differences (Greenland &
Robins 1985). The interval is the sequence of `validity.sequence` over that difference, so it holds at every look.

What is missing is not guessed: the interval reaches from where the difference would lie if all missing outcomes spoke
against the signal to where it would lie if all spoke for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil, fsum, sqrt
from typing import Final

from annotation.lib import compounding
from annotation.lib.validity.estimate import Sums
from annotation.lib.validity.sequence import DIFFERENCES, SHARES, Interval, half_width
from annotation.lib.validity.verdict import times_until_narrow

MOST_MISSING: Final = 0.20
"""Where more than this share is missing nothing is said: the interval would reach over any margin."""


@dataclass(frozen=True)
class Counts:
    """Conversations: those whose outcome is what the signal claims, those whose is not, and those that have none."""

    yes: float = 0
    no: float = 0
    missing: float = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.yes + other.yes, self.no + other.no, self.missing + other.missing)

    def times(self, factor: float) -> Counts:
        return Counts(self.yes * factor, self.no * factor, self.missing * factor)

    @property
    def known(self) -> float:
        return self.yes + self.no

    @property
    def missing_share(self) -> float:
        whole = self.known + self.missing
        return self.missing / whole if whole else 0.0


@dataclass(frozen=True)
class Stratum:
    """The conversations of one model version, with the signal and without it."""

    with_: Counts
    without: Counts

    def times(self, factor: float) -> Stratum:
        return Stratum(self.with_.times(factor), self.without.times(factor))

    @property
    def weight(self) -> float:
        return compounding.clock(old=self.without.known, new=self.with_.known)


@dataclass(frozen=True)
class Rate:
    value: float
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How often the outcome is what the signal claims, with it and without it, on one mix of versions."""

    with_: Rate
    without: Rate
    difference: Rate


def usable(strata: Sequence[Stratum]) -> list[Stratum]:
    """Those in which there is something to compare: two known outcomes or more on either side."""
    return [one for one in strata if min(one.with_.known, one.without.known) >= 2]


def clock(strata: Sequence[Stratum]) -> float:
    """How far the comparison has come: Σ n₁n₀/(n₁ + n₀). The sequence's t, and what t* is set from."""
    return fsum(one.weight for one in strata)


def compared(strata: Sequence[Stratum], *, t_star: float, alpha: float) -> Compared:
    """Of usable strata, one or more. `t_star` has to be set before the first look."""
    t = clock(strata)
    shares = [one.weight / t for one in strata]
    width = half_width(t=t, t_star=t_star, alpha=alpha) * sqrt(t)

    def rate(side: Callable[[Stratum], Counts], *, claimed: Callable[[Counts], Sums]) -> tuple[float, float]:
        """A rate on the mix, and its variance."""
        found = [claimed(side(one)) for one in strata]
        value = fsum(share * sums.mean for share, sums in zip(shares, found, strict=True))
        return value, fsum(share**2 * sums.variance / sums.n for share, sums in zip(shares, found, strict=True))

    def side(of: Callable[[Stratum], Counts]) -> tuple[Rate, list[tuple[float, float]]]:
        told = [rate(of, claimed=claimed) for claimed in (_known, _lowest, _highest)]
        (value, _), (low, low_variance), (high, high_variance) = told
        interval = Interval(low - width * sqrt(low_variance), high + width * sqrt(high_variance))
        return Rate(value, interval.intersect(SHARES)), told

    with_, with_told = side(lambda one: one.with_)
    without, without_told = side(lambda one: one.without)
    (_, lowest, highest), (_, other_lowest, other_highest) = with_told, without_told
    low = lowest[0] - other_highest[0] - width * sqrt(lowest[1] + other_highest[1])
    high = highest[0] - other_lowest[0] + width * sqrt(highest[1] + other_lowest[1])
    difference = Rate(with_.value - without.value, Interval(low, high).intersect(DIFFERENCES))
    return Compared(with_=with_, without=without, difference=difference)


def needed(strata: Sequence[Stratum], *, t_star: float, alpha: float, margin: float) -> int | None:
    """How many conversations more would settle the verdict, if the estimate stays where it is and they come as so far.

    None where no number would: the estimate lies too near to the margin for what is missing. 0 where it is settled.
    """
    gap = abs(abs(compared(strata, t_star=t_star, alpha=alpha).difference.value) - margin)

    def too_wide(times: float) -> float:
        interval = compared([one.times(times) for one in strata], t_star=t_star, alpha=alpha).difference.interval
        return (interval.high - interval.low) / 2 - gap

    times = times_until_narrow(too_wide)
    return None if times is None else ceil(fsum(one.with_.known + one.without.known for one in strata) * (times - 1))


def _known(counts: Counts) -> Sums:
    return _sums(counts.known, counts.yes)


def _lowest(counts: Counts) -> Sums:
    """As if all that are missing were not what is claimed."""
    return _sums(counts.known + counts.missing, counts.yes)


def _highest(counts: Counts) -> Sums:
    return _sums(counts.known + counts.missing, counts.yes + counts.missing)


def _sums(n: float, yes: float) -> Sums:
    """With as much variance, at least, as if one more were otherwise than all: those that all agree vary not at all,
    and the sequence would say that nothing is left to learn."""
    plain = Sums(n, yes, yes)
    other = 1 / (n + 2)
    return replace(plain, squares=max(plain.squares, yes * yes / n + other * (1 - other) * (n - 1)))
