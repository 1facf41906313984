"""The four coefficients, as functions of a few sums over units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
"""Units x reasons."""

Floats = npt.NDArray[np.float64]

MIN_UNITS = 30
"""On fewer units no figure is shown: its interval would reach from poor to good."""

FAR_APART = 0.2
"""Alpha and AC1 that differ by more than this say that one answer dominates."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """`units` with two ratings or more and the `ratings` on them. A coefficient is None where all ratings are the same
    reason: chance then explains everything, and nothing can be said beyond it."""

    units: int
    ratings: int
    percent: float
    alpha: float | None
    ac1: float | None
    fleiss: float | None

    @property
    def one_answer_dominates(self) -> bool:
        """Whether alpha is low because nearly everything is one reason, and not because people disagree."""
        return self.alpha is not None and self.ac1 is not None and abs(self.alpha - self.ac1) > FAR_APART


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What the coefficients are made of, added up over units: single numbers, or one for each resample.

    `agreed`: the sum over units of the share of their pairs that agree. `agreed_ratings`: the same, each unit as often
    as it has ratings. `chosen` (… x reasons): ratings on units with two or more; `shares` (… x reasons): of every unit
    with a rating, the share of its ratings; `rated`: how many these units are.
    """

    units: Floats
    agreed: Floats
    ratings: Floats
    agreed_ratings: Floats
    rated: Floats
    chosen: Floats
    shares: Floats


def of(*strata: Counts, times: Sequence[Counts] | None = None, weights: Floats | None = None) -> Agreement | None:
    """The figures of these matrices together; None where no unit has two ratings.

    `times`: how often each row of each matrix occurs (default once). `weights` (reasons x reasons, for one matrix):
    how much two different reasons agree, from 0 to 1; without them not at all. AC1 is then Gwet's AC2.
    """
    sums = [
        added_up(times_of(counts, times, place) @ per_unit(counts, weights), counts.shape[1])
        for place, counts in enumerate(strata)
    ]
    units = sum(float(one.units) for one in sums)
    if not units:
        return None
    percent, alpha, ac1, fleiss = (number(value) for value in figures(sums, weights))
    return Agreement(
        units=round(units),
        ratings=round(sum(float(one.ratings) for one in sums)),
        percent=percent or 0.0,
        alpha=alpha,
        ac1=ac1,
        fleiss=fleiss,
    )


def chance_corrected(observed: float, expected: float) -> float | None:
    """The part of the agreement that chance leaves open and that was reached: (o - e) / (1 - e)."""
    if math.isnan(observed) or math.isnan(expected) or math.isclose(expected, 1):
        return None
    return (observed - expected) / (1 - expected)


def alpha_error(counts: Counts) -> float | None:
    """The standard error of alpha over units, linearized as in Gwet 2014, ch. 6. The bootstrap's is near it where units
    are many. None where alpha is, or of one unit."""
    found = of(counts)
    chosen = counts[counts.sum(axis=1) >= 2].astype(np.float64)
    if found is None or found.alpha is None or len(chosen) < 2:
        return None
    ratings = chosen.sum(axis=1)
    mean = ratings.mean()
    longer = (ratings - mean) / mean
    pairs = (chosen * (chosen - 1)).sum(axis=1) / (mean * (ratings - 1))
    shares = chosen.sum(axis=0) / chosen.sum()
    expected = float(shares @ shares)
    # The correction for few ratings is in the mean that a unit's length is weighed by, and else left out.
    alpha = (pairs.mean() - expected) / (1 - expected)
    mean_pairs = pairs.mean() + (1 - pairs.mean()) / ratings.sum()
    of_units = (pairs - mean_pairs * longer - expected) / (1 - expected)
    by_chance = chosen @ shares / mean - expected * longer - expected
    moved = of_units - 2 * (1 - alpha) * by_chance / (1 - expected)
    return float(np.sqrt(((moved - alpha) ** 2).sum() / (len(chosen) * (len(chosen) - 1))))


def per_unit(counts: Counts, weights: Floats | None = None) -> Floats:
    """Units x what is added up: the five single numbers of `Sums`, then its two arrays."""
    chosen = counts.astype(np.float64)
    ratings = chosen.sum(axis=1)
    many = ratings >= 2
    near = chosen if weights is None else chosen @ weights.T
    agreed = np.zeros(len(chosen))
    np.divide((chosen * (near - 1)).sum(axis=1), ratings * (ratings - 1), out=agreed, where=many)
    numbers = [many, agreed, ratings * many, agreed * ratings, ratings > 0]
    shares = chosen / np.maximum(ratings, 1)[:, None]
    return np.column_stack([*numbers, chosen * many[:, None], shares])


def added_up(rows: Floats, reasons: int) -> Sums:
    """`rows`: `per_unit` added up over units, once or for each resample."""
    return Sums(
        units=rows[..., 0],
        agreed=rows[..., 1],
        ratings=rows[..., 2],
        agreed_ratings=rows[..., 3],
        rated=rows[..., 4],
        chosen=rows[..., 5 : 5 + reasons],
        shares=rows[..., 5 + reasons :],
    )


def figures(strata: Sequence[Sums], weights: Floats | None = None) -> tuple[Floats, Floats, Floats, Floats]:
    """Percent, alpha, AC1, Fleiss, each reckoned from the strata's observed and expected agreement."""
    units = np.array([one.units for one in strata])
    ratings = np.array([one.ratings for one in strata])
    observed = np.array([divided(one.agreed, one.units) for one in strata])
    by_rating = np.array([divided(one.agreed_ratings, one.ratings) for one in strata])
    # Krippendorff draws without putting back.
    by_rating = by_rating + divided(1 - by_rating, ratings)
    chosen = [divided(one.chosen, one.ratings[..., None]) for one in strata]
    shares = [divided(one.shares, one.rated[..., None]) for one in strata]
    percent = divided(np.nansum(units * observed, axis=0), units.sum(axis=0))
    return (
        percent,
        _pooled(ratings, by_rating, np.array([_by_values(one, weights) for one in chosen])),
        _pooled(units, observed, np.array([_by_guesses(one, weights) for one in shares])),
        _pooled(units, observed, np.array([_by_values(one, weights) for one in shares])),
    )


def times_of(counts: Counts, times: Sequence[Counts] | None, place: int) -> Floats:
    return np.ones(len(counts)) if times is None else np.asarray(times[place], dtype=np.float64)


def divided(above: Floats, below: Floats) -> Floats:
    """Not a number where it is by nothing."""
    above, below = np.broadcast_arrays(np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64))
    found: Floats = np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)
    return found


def number(value: Floats) -> float | None:
    return None if np.isnan(value) else float(value)


def _by_values(shares: Floats, weights: Floats | None) -> Floats:
    near = shares if weights is None else shares @ weights
    found: Floats = (near * shares).sum(axis=-1)
    return found


def _by_guesses(shares: Floats, weights: Floats | None) -> Floats:
    """Gwet's chance agreement. Of one reason there is nothing to guess."""
    reasons = shares.shape[-1]
    total = float(reasons) if weights is None else float(weights.sum())
    found: Floats = total / max(reasons * (reasons - 1), 1) * (shares * (1 - shares)).sum(axis=-1)
    return found


def _pooled(amount: Floats, observed: Floats, expected: Floats) -> Floats:
    above = np.nansum(amount * (observed - expected), axis=0)
    room = np.nansum(amount * (1 - expected), axis=0)
    return divided(above, np.where(np.isclose(room, 0), 0, room))
