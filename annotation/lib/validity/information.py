"""How much a signal tells about an answer, apart from how many answers are good: two figures of one table.

A table is ((a, b), (c, d)): with the signal what it claims and what it doesn't claim, then the same without it. Counts
may hold fractions. Weighted ones are scaled to the labels that they count as, or the figures look surer than they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np

from annotation.lib.intervals import Z_95
from annotation.lib.validity.estimate import FloatArray

Table = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The positive likelihood ratio with its 95 % interval, of one look."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Information:
    """Bits: as the table has them, and corrected for how many a table of chance would show."""

    plug_in: float
    corrected: float


def scaled(*, table: Table, effective_n: float) -> Table:
    """The same shares, as counts that add up to `effective_n`."""
    (a, b), (c, d) = table
    factor = effective_n / (a + b + c + d)
    return (a * factor, b * factor), (c * factor, d * factor)


def likelihood_ratio(*, table: Table) -> Ratio | None:
    """How many times as often the signal comes where its claim is true as where it isn't: (a/(a + c)) / (b/(b + d)).

    The interval is that of its logarithm (Simel, Samsa & Matchar 1991). None where a or b is 0: there is none.
    """
    (a, b), (c, d) = table
    if not a or not b:
        return None
    value = a / (a + c) / (b / (b + d))
    # The difference of 1/a and 1/(a + c), and alike; below 0 only by rounding.
    spread = sqrt(max(1 / a - 1 / (a + c) + 1 / b - 1 / (b + d), 0.0))
    away = exp(Z_95 * spread)
    return Ratio(value=value, low=value / away, high=value * away)


def mutual_information(*, table: Table) -> Information | None:
    """What knowing of the signal tells about the claim, in bits. None for an empty table.

    Miller & Madow's correction (1955) adds (cells in use - 1)/2n nats to each entropy.
    """
    counts = np.asarray(table, dtype=np.float64)
    n = float(counts.sum())
    if not n:
        return None
    parts = (counts.sum(axis=1), counts.sum(axis=0), counts.ravel())
    rows, columns, both = (_bits(part / n) for part in parts)
    used = [int(np.count_nonzero(part)) for part in parts]
    plug_in = rows + columns - both
    return Information(plug_in=plug_in, corrected=plug_in + (used[0] + used[1] - used[2] - 1) / (2 * n * log(2)))


def _bits(shares: FloatArray) -> float:
    present = shares[shares > 0]
    return float(-(present * np.log2(present)).sum())
