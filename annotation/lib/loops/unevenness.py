"""Whether what came of the wheel is concentrated on fewer than its traffic is: Gini beside Gini, with an interval.

Few closures are uneven by chance alone: of a hundred users, thirty closures leave seventy with none. So they are held
against as many drawn from the traffic at random, and not against the traffic itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

ENOUGH_CLOSURES: Final = 200
ENOUGH_CELLS: Final = 10
ALARM: Final = 0.10
DRAWS: Final = 400

MOST_CELLS: Final = 10_000
"""Of more cells so many are drawn: the interval hardly narrows any more, and time goes on."""

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Excess:
    """`value`: Gini of the closures less `expected`, that of as many drawn from the traffic; with its 95 % interval."""

    gini: float
    expected: float
    value: float
    low: float
    high: float

    @property
    def alarms(self) -> bool:
        return self.low > 0 and self.value > ALARM


def excess(*, closures: Sequence[int], traffic: Sequence[int], rng: np.random.Generator, draws: int = DRAWS) -> Excess:
    """By cell, in the same places: how many closed of how many. Bootstrap over cells, percentile interval."""
    closed, all_ = np.asarray(closures, dtype=np.int64), np.asarray(traffic, dtype=np.int64)
    if len(all_) > MOST_CELLS:
        chosen = rng.choice(len(all_), MOST_CELLS, replace=False)
        closed, all_ = closed[chosen], all_[chosen]
    expected = float(np.mean([gini(_drawn(all_, int(closed.sum()), rng)) for _ in range(draws // 8)]))
    found = gini(closed)
    differences = [_difference(closed, all_, rng) for _ in range(draws)]
    low, high = np.percentile(differences, [2.5, 97.5])
    return Excess(gini=found, expected=expected, value=found - expected, low=float(low), high=float(high))


def gini(counts: Counts) -> float:
    """As `concentration.gini`, of arrays; 0 of nothing at all."""
    ordered = np.sort(counts)
    n, total = len(ordered), int(ordered.sum())
    return float(2 * (np.arange(1, n + 1) * ordered).sum() / (n * total) - (n + 1) / n) if total else 0.0


def _difference(closed: Counts, traffic: Counts, rng: np.random.Generator) -> float:
    chosen = rng.integers(len(closed), size=len(closed))
    return gini(closed[chosen]) - gini(_drawn(traffic[chosen], int(closed[chosen].sum()), rng))


def _drawn(traffic: Counts, count: int, rng: np.random.Generator) -> Counts:
    """So many of the traffic, each as likely as any other."""
    found: Counts = rng.multivariate_hypergeometric(traffic, count, method="marginals")
    return found
