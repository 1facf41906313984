"""Has a share risen from one period to the next? Asked every day, and answered so that noise is seldom taken for it.

Both periods are samples with known chances π: shares are weighted by 1/π (Hájek's ratio). How sure they are is told by
the number of equally weighted answers that would be as sure, the effective n: the smaller of Kish's (Σw)²/Σw² and of
p(1 - p)/V with the linearized variance V = Σw²(y - p)²/(Σw)² (Korn & Graubard 1998). Where few hits weigh much, V is
itself unsure, so the worse of the two periods' ratios of effective n to answers counts for both. On counts of that
size, rounded against an alarm, Fisher's exact test says how often chance alone would bring such a rise.

One who looks at a new day once a day makes 365 looks a year. Each may err with probability 0.05/365, so that all looks
of a year together err with 0.05 at most, however much the periods overlap (Bonferroni).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Final, Literal

from annotation.lib.intervals import wilson

ALPHA: Final = 0.05
LOOKS: Final = 365
"""In a year. The error is shared among them."""

ENOUGH: Final = 100
EFFECTIVE: Final = 50.0
HEAVIEST_SHARE: Final = 0.10
MOST_UNDECIDED: Final = 0.20

ROUNDING: Final = 1e-6
"""What is this near to a whole number is one: sums of weights are not exact."""

Lack = Literal["", "labels", "effective", "heavy", "undecided"]
"""What a period lacks to be compared; "": nothing."""


@dataclass(frozen=True, kw_only=True)
class Period:
    """Sums over the sample of a period, w = 1/π. Two add up to those of both.

    `labels`: decided ones; `weight` and `squares`: Σw and Σw² of these; `hits` and `hit_squares`: of those of them that
    were decided so; `heaviest`: the largest w; `undecided`: Σw of those that were asked about and not decided.
    """

    labels: int = 0
    weight: float = 0.0
    squares: float = 0.0
    hits: float = 0.0
    hit_squares: float = 0.0
    heaviest: float = 0.0
    undecided: float = 0.0

    def __add__(self, other: Period) -> Period:
        return Period(
            labels=self.labels + other.labels,
            weight=self.weight + other.weight,
            squares=self.squares + other.squares,
            hits=self.hits + other.hits,
            hit_squares=self.hit_squares + other.hit_squares,
            heaviest=max(self.heaviest, other.heaviest),
            undecided=self.undecided + other.undecided,
        )

    @property
    def share(self) -> float:
        """Of one decided or more."""
        return self.hits / self.weight

    @property
    def effective_n(self) -> float:
        """Of nothing: 0."""
        if not self.weight:
            return 0.0
        kish = self.weight * self.weight / self.squares
        share = self.share
        spread = self.hit_squares * (1 - 2 * share) + share * share * self.squares
        if spread <= 0:
            return kish
        return min(kish, share * (1 - share) * self.weight * self.weight / spread)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, 95 %, on the effective n."""
        n = floor(self.effective_n + ROUNDING)
        return wilson(self.share * n, n)

    @property
    def undecided_share(self) -> float:
        whole = self.weight + self.undecided
        return self.undecided / whole if whole else 0.0

    @property
    def lack(self) -> Lack:
        """The first thing that is missing."""
        if self.labels < ENOUGH:
            return "labels"
        if self.undecided_share > MOST_UNDECIDED:
            return "undecided"
        if self.effective_n < EFFECTIVE:
            return "effective"
        return "heavy" if self.heaviest > HEAVIEST_SHARE * self.weight else ""


def chance(*, before: Period, after: Period) -> float:
    """How often chance alone would bring a rise like this one, or a larger: Fisher's exact test, one-sided.

    Two periods that lack nothing. Numbers of answers and hits are rounded so that the rise looks no larger than it is.
    """
    worth = min(one.effective_n / one.labels for one in (before, after))
    n, m = floor(after.labels * worth + ROUNDING), floor(before.labels * worth + ROUNDING)
    hits, others = floor(after.share * n + ROUNDING), ceil(before.share * m - ROUNDING)
    # scipy.stats takes half a second to load, in each process that starts; one night's job asks this.
    from scipy.stats import hypergeom

    return float(hypergeom.sf(hits - 1, n + m, hits + others, n))


def has_risen(*, before: Period, after: Period, least: float) -> bool:
    """Whether the share rose by `least` (0 to 1) at least, and by more than chance brings at the looks of a year."""
    is_more = after.share - before.share >= max(least, 1e-9)
    return is_more and chance(before=before, after=after) <= ALPHA / LOOKS
