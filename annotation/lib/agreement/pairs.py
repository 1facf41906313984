"""Two reasons that get confused, and two raters side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from annotation.lib.agreement import bootstrap, coefficients
from annotation.lib.agreement.coefficients import Counts, Estimate, Floats


@dataclass(frozen=True, kw_only=True)
class Cohen:
    """Two raters on the same `units`. `most`: the kappa that would be left if they only differed in how often they
    choose each reason."""

    units: int
    observed: float
    expected: float
    kappa: float | None
    most: float | None


@dataclass(frozen=True, kw_only=True)
class OfPair:
    """Two reasons. `units` on which both were chosen; `met`: units on which two ratings or more chose one or the other,
    and nothing else is looked at; `apart`: alpha on these alone, 1 where raters always tell the two apart and 0 where
    they could as well have tossed a coin. None where it can't be reckoned."""

    units: int
    met: int
    apart: Estimate | None


def coincidences(counts: Counts, *, times: Counts | None = None) -> Floats:
    """Reasons x reasons: how often one was chosen by one rater and the other by another, each unit's pairs counting as
    much together as the unit has ratings (Krippendorff 2004, p. 220). Symmetric; a row adds up to the ratings."""
    often = np.ones(len(counts)) if times is None else times
    many = counts.sum(axis=1) >= 2
    chosen = counts[many].astype(np.float64)
    weight = often[many] / (chosen.sum(axis=1) - 1)
    found: Floats = (chosen * weight[:, None]).T @ chosen - np.diag(weight @ chosen)
    return found


def of_pair(counts: Counts, one: int, other: int, *, times: Counts | None = None) -> OfPair:
    """How well two columns are told apart."""
    both = counts[:, [one, other]]
    often = np.ones(len(counts), dtype=np.int64) if times is None else times
    found = bootstrap.intervals(both, times=[often])
    return OfPair(
        units=int(often[(both > 0).all(axis=1)].sum()),
        met=int(often[both.sum(axis=1) >= 2].sum()),
        apart=found.alpha if found else None,
    )


def cohen(*tables: Counts) -> Cohen | None:
    """Two raters from tables of reasons x reasons (one's in rows, the other's in columns), one for each stratum; None
    where they have no unit in common."""
    units = np.array([table.sum() for table in tables], dtype=np.float64)
    if not units.sum():
        return None
    shares = [table / max(int(table.sum()), 1) for table in tables]
    of_tables = np.array([_observed_expected_most(one) for one in shares])
    observed, expected, most = (float(value) for value in units @ of_tables / units.sum())
    return Cohen(
        units=round(float(units.sum())),
        observed=observed,
        expected=expected,
        kappa=coefficients.chance_corrected(observed, expected),
        most=coefficients.chance_corrected(most, expected),
    )


def _observed_expected_most(shares: Floats) -> tuple[float, float, float]:
    one, other = shares.sum(axis=1), shares.sum(axis=0)
    return float(np.trace(shares)), float(one @ other), float(np.minimum(one, other).sum())
