"""How sure a curve is where what came together also ended together.

What arrives in one week shares its exports, training runs and deployments: thousands of durations are then few
witnesses. How sure the curve is, is told by how far each cluster moves it (its influence, Ying & Wei 1994), beside a
curve that the others alone had made, since clusters are few (Bell & McCaffrey 2002).
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from annotation.lib.survival.incidence import ALL, End, FloatArray, Incidence, IntArray


def clustered(
    curve: Incidence, *, durations: FloatArray, ends: IntArray, weights: FloatArray, clusters: IntArray
) -> Incidence:
    """The `curve` of these durations, where those of one cluster went the same way together: only as sure as the number
    of clusters makes it, and of a single one not at all. `clusters` says by a number to which each belongs; neighbors
    may share a way in part.

    By Student's t, of one less than the clusters that were still under way at each time.
    """
    of = np.unique(clusters, return_inverse=True)[1]
    number = int(of.max(initial=0)) + 1
    if number < 2:
        return replace(curve, se=np.where(curve.se > 0, inf, 0.0))
    under_way, reached, left = _counted(curve.times, durations, ends, weights, of)
    moved = _influences(under_way, reached, left)
    variance = np.einsum("ct,ct->t", moved, moved) * (number - 1) / number
    # One lag of Newey & West (1987), where it makes less sure.
    variance += np.maximum(np.einsum("ct,ct->t", moved[1:], moved[:-1]), 0)
    witnesses = np.count_nonzero(under_way, axis=0)
    return replace(
        curve,
        # Each by itself is uncertain too: what seems surer than that only seems so.
        se=np.maximum(curve.se, np.sqrt(variance)),
        critical=stdtrit(np.maximum(witnesses - 1, 1), 0.975),
    )


def _counted(
    times: FloatArray, durations: FloatArray, ends: IntArray, weights: FloatArray, of: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(clusters, times) each: what was still under way then, what of it reached the event, and what left either way."""
    steps = np.searchsorted(times, durations, side="right")
    length = len(times) + 1

    def counted(chosen: npt.NDArray[np.bool_]) -> FloatArray:
        sums = np.bincount(of[chosen] * length + steps[chosen], weights[chosen], (of.max() + 1) * length)
        return sums.astype(float).reshape(-1, length)[:, 1:]

    under_way = np.cumsum(counted(ends >= End.OPEN)[:, ::-1], axis=1)[:, ::-1]
    return under_way, counted(ends == End.REACHED), counted(ends != End.OPEN)


def _influences(under_way: FloatArray, reached: FloatArray, left: FloatArray) -> FloatArray:
    """(clusters, times): how far each cluster moves the share, from what was under way there and how much of it went.

    The share F(t) is the sum of S·r over the times j up to t: r is what reached the event of what is under way, h what
    left in either way, S what was under way before. A cluster whose own r and h differ from the others' by dr and dh
    moves it by Σ S·dr - Σ (F(t) - F(j))·dh/(1 - h).
    """
    everywhere = under_way.sum(axis=0)
    r, h = reached.sum(axis=0) / everywhere, left.sum(axis=0) / everywhere
    before = np.concatenate(([1.0], np.cumprod(1 - h)))[:-1]
    shares = np.cumsum(before * r)
    dr, dh = _beside_others(under_way, reached, r), _beside_others(under_way, left, h)
    # When all leave at once, nothing is under way that could still be moved.
    dh /= np.where(h < 1 - ALL, 1 - h, inf)
    found: FloatArray = np.cumsum(before * dr, axis=1) - shares * np.cumsum(dh, axis=1) + np.cumsum(dh * shares, axis=1)
    return found


def _beside_others(under_way: FloatArray, went: FloatArray, share: FloatArray) -> FloatArray:
    """How much more went of each cluster than by all of them together, as a share of the other clusters. Where there
    are no others: 0."""
    everywhere = under_way.sum(axis=0)
    others = everywhere - under_way
    is_told = others > ALL * everywhere
    more: FloatArray = np.divide(went - under_way * share, others, out=np.zeros(went.shape), where=is_told)
    return more
