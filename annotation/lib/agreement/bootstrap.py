"""Intervals by drawing units again: each stratum's units with replacement, as many as there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.lib.agreement import coefficients
from annotation.lib.agreement.coefficients import Counts, Estimate, Floats, divided, number

RESAMPLES = 1_000
SEED = 20_040
"""Fixed, so that the same labels always have the same interval."""

CELLS = 10_000_000
"""Of a block of resamples, so that many patterns don't need all memory at once."""


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """The figures of `Agreement` with their intervals; None where the figure is."""

    percent: Estimate
    alpha: Estimate | None
    ac1: Estimate | None
    fleiss: Estimate | None


@dataclass(frozen=True, kw_only=True)
class OfReason:
    """One column: `chosen` ratings on units with two or more; `same`, how often another rater says it too; `kappa`, the
    same beyond chance (Fleiss 1971, p. 381). None where nobody chose it, kappa also where nobody chose another."""

    chosen: int
    same: Estimate | None
    kappa: float | None


def intervals(
    *strata: Counts, times: Sequence[Counts] | None = None, resamples: int = RESAMPLES, seed: int = SEED
) -> Intervals | None:
    """Percentile intervals of 95 %; None where no unit has two ratings. `times` as of `coefficients.of`."""
    found = coefficients.of(*strata, times=times)
    if found is None:
        return None
    rng = np.random.default_rng(seed)
    sums = []
    for place, counts in enumerate(strata):
        rows, often = patterns(counts, coefficients.times_of(counts, times, place))
        of_row = coefficients.per_unit(rows)
        drawn = np.concatenate([block @ of_row for block in _drawn(often, resamples, rng)])
        sums.append(coefficients.added_up(drawn, counts.shape[1]))
    percent, alpha, ac1, fleiss = coefficients.figures(sums)
    return Intervals(
        percent=estimate(found.percent, percent),
        alpha=None if found.alpha is None else estimate(found.alpha, alpha),
        ac1=None if found.ac1 is None else estimate(found.ac1, ac1),
        fleiss=None if found.fleiss is None else estimate(found.fleiss, fleiss),
    )


def by_reason(
    counts: Counts, *, times: Counts | None = None, resamples: int = RESAMPLES, seed: int = SEED
) -> list[OfReason]:
    """The figures of each column."""
    rows, often = patterns(counts, np.ones(len(counts)) if times is None else times.astype(np.float64))
    same, chosen = _met(rows)
    total = often @ chosen
    value = divided(often @ same, total)
    chance = divided(total, total.sum(keepdims=True))
    blocks = _drawn(often, resamples, np.random.default_rng(seed))
    drawn = np.concatenate([divided(block @ same, block @ chosen) for block in blocks])
    return [
        OfReason(
            chosen=round(float(total[place])),
            same=None if number(value[place]) is None else estimate(float(value[place]), drawn[:, place]),
            kappa=coefficients.chance_corrected(float(value[place]), float(chance[place])),
        )
        for place in range(counts.shape[1])
    ]


def patterns(counts: Counts, often: Floats) -> tuple[Counts, Floats]:
    """The different rows, and how often each occurs: few reasons make few patterns of many units."""
    rows, where = np.unique(counts, axis=0, return_inverse=True)
    times: Floats = np.bincount(where.ravel(), weights=often, minlength=len(rows)).astype(np.float64)
    return rows, times


def estimate(value: float, drawn: Floats) -> Estimate:
    """With its interval. A resample in which everybody said the same tells nothing about a coefficient."""
    told = drawn[~np.isnan(drawn)]
    low, high = np.quantile(told, [0.025, 0.975]) if len(told) else (value, value)
    return Estimate(value=value, low=float(low), high=float(high))


def _drawn(often: Floats, resamples: int, rng: np.random.Generator) -> Iterator[Floats]:
    """How often each pattern is drawn: resamples x patterns, in blocks that fit into memory."""
    total = float(often.sum())
    size = max(1, min(resamples, CELLS // max(len(often), 1)))
    for start in range(0, resamples, size):
        count = min(size, resamples - start)
        yield rng.multinomial(round(total), often / max(total, 1), size=count).astype(np.float64)


def _met(rows: Counts) -> tuple[Floats, Floats]:
    """Units x reasons: ratings that meet the same one (a mean over the unit's other ratings), and ratings."""
    ratings = rows.sum(axis=1, keepdims=True)
    chosen = np.where(ratings >= 2, rows, 0).astype(np.float64)
    same: Floats = chosen * (chosen - 1) / np.maximum(ratings - 1, 1)
    return same, chosen
