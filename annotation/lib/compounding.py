"""Whether a new version is better than the old one on the same mix of work, however the traffic has shifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Protocol

from annotation.lib.validity.estimate import Sums
from annotation.lib.validity.sequence import Interval, half_width

ENOUGH_LABELS = 30
HEAVY = 0.2
"""A cell with fewer labels than that may not carry a larger share of the mix than this."""

SUCCESSIVE = 3
"""So many versions in a row, each better than the one before, are called compounding."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One kind of work, such as a feature and a group of prompts, under two versions.

    `share` is its share of the fixed mix. `old` and `new` add up the contributions to the rate of good ones (see
    `validity.estimate`), from so many labels.
    """

    name: str
    share: float
    old: Sums
    new: Sums
    old_labels: int
    new_labels: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """How much better the new version is on the fixed mix, in shares, and where that lies however often one looks."""

    value: float
    interval: Interval

    @property
    def is_better(self) -> bool:
        return self.interval.low > 0


def crude(
    *, old: Mapping[str, float], new: Mapping[str, float], old_mix: Mapping[str, float], new_mix: Mapping[str, float]
) -> float:
    """The change of the overall rate as it meets the eye: better work and other work in one figure. Shares by cell."""
    return fsum(new_mix[name] * rate for name, rate in new.items()) - fsum(
        old_mix[name] * rate for name, rate in old.items()
    )


def standardized(cells: Sequence[Cell], *, t_star: float, alpha: float) -> Change:
    """The change on the fixed mix: Σ share · (new rate - old rate), direct standardization.

    Two contributions or more in each cell and version. One sequence over the difference, whose clock is what is known
    of it (`clock`): an old version that is gone counts no more time, however many came before. The weighted sum has
    the variance Σ share² (s²/t of the old + s²/t of the new), which is that of the mean of t values of t times it.
    """
    value = fsum(cell.share * (cell.new.mean - cell.old.mean) for cell in cells)
    t = clock(old=fsum(cell.old.n for cell in cells), new=fsum(cell.new.n for cell in cells))
    variance = fsum(cell.share**2 * sums.variance / sums.n for cell in cells for sums in (cell.old, cell.new))
    half = sqrt(t * variance) * half_width(t=t, t_star=t_star, alpha=alpha)
    return Change(value=value, interval=Interval(value - half, value + half))


def clock(*, old: float, new: float) -> float:
    """How far a comparison of so many contributions has come: 1 / (1/old + 1/new), as its variance falls."""
    return old * new / (old + new) if old and new else 0.0


def too_thin(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells that carry much of the mix on few labels: while there is one, nothing is said of the change."""
    return tuple(cell for cell in cells if cell.share > HEAVY and min(cell.old_labels, cell.new_labels) < ENOUGH_LABELS)


class Compared(Protocol):
    """A version beside the one before it."""

    @property
    def is_better(self) -> bool:
        """Surely so; what can't be told is not."""


def compounds(changes: Sequence[Compared]) -> bool:
    """Whether the latest versions were each better than the one before, oldest change first."""
    return len(changes) >= SUCCESSIVE and all(change.is_better for change in changes[-SUCCESSIVE:])
