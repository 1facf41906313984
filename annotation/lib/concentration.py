"""How evenly something is spread over cells, and how much of what is different survives being drawn again and again."""

from __future__ import annotations

import math
from collections.abc import Sequence


def gini(counts: Sequence[float]) -> float:
    """0 where all cells have as much, near 1 where one has it all: half the relative mean difference (Gini 1912).

    `counts` are not negative, and not all 0.
    """
    ordered = sorted(counts)
    weighted = sum(place * count for place, count in enumerate(ordered, start=1))
    n = len(ordered)
    return 2 * weighted / (n * math.fsum(ordered)) - (n + 1) / n


def even_cells(counts: Sequence[float]) -> float:
    """As many cells, had each as much, would be as uncertain: 2 to the Shannon entropy in bits (Hill 1973, order 1)."""
    total = math.fsum(counts)
    return 2 ** -math.fsum(count / total * math.log2(count / total) for count in counts if count)


def effective_cells(counts: Sequence[float]) -> float:
    """1 / sum of squared shares: how many even cells would meet themselves as often (Simpson 1949; Hill, order 2)."""
    total = math.fsum(counts)
    return 1 / math.fsum((count / total) ** 2 for count in counts)


def sameness(*, start: float, size: int, rounds: int) -> float:
    """The chance that two draws are the same after so many rounds, each trained on `size` draws of the one before.

    1 - (1 - 1/n)^m (1 - S0), from `start` = S0 at round 0 (arXiv 2404.05090).
    """
    return 1 - (1 - 1 / size) ** rounds * (1 - start)
