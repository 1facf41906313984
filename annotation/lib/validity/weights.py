"""How much more often an item is asked for whose answer is hard to foresee."""

from __future__ import annotations

from math import sqrt

LEAST, MOST = 0.2, 5.0
"""No item is asked for less than a fifth, or more than five times, as often as others: rates would hang on few."""


def uncertainty(probability: float) -> float:
    """u = √(f(1 - f)): how far an answer strays that is right with probability f. From 0 (certain) to 0.5."""
    return sqrt(probability * (1 - probability))


def unclipped(*, probability: float, mix: float, mean_u: float) -> float:
    """w = (1 - τ)·u/mean_u + τ: by uncertainty alone (τ = 0), all alike (τ = 1), or between.

    `mean_u` (over 0): the mean uncertainty of the items of the past, so that weights are 1 on average. Uncertainty
    alone gives the least variance (Zrnic & Candès 2024, arXiv 2403.03208), a part of it intervals that hold at each
    look (arXiv 2604.18569).
    """
    return (1 - mix) * uncertainty(probability) / mean_u + mix


def weight(*, probability: float, mix: float, mean_u: float) -> float:
    """`unclipped` within [0.2, 5]. 1 where nothing was uncertain so far."""
    if mean_u <= 0:
        return 1.0
    return min(max(unclipped(probability=probability, mix=mix, mean_u=mean_u), LEAST), MOST)
