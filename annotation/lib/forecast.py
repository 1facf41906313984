"""When a backlog will be worked off, from how much came and went on the days before.

Whole weeks are drawn anew (a block bootstrap), since weekends differ from weekdays, and what came from what went on
the same day. What varies from day to day so gets into the forecast as it is, without a shape being assumed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

WEEK: Final = 7
WEEKS: Final = 4
"""The last so many whole weeks tell."""
ENOUGH_DAYS: Final = 14
PATHS: Final = 5_000
SURE: Final = 0.8
"""In fewer resamples than this do more go than come: then the backlog is never worked off at this pace."""
HORIZON: Final = 520
"""Weeks after which a path counts as never done."""
LOW, MIDDLE, HIGH = 0.1, 0.5, 0.9


@dataclass(frozen=True, kw_only=True, eq=False)
class Drain:
    """Days until nothing is open, one for each path; infinite where that never comes. `arrived`, `completed`: a day,
    in the mean. `is_never`: at this pace nothing can be said of a day on which it ends."""

    paths: FloatArray
    arrived: float
    completed: float
    is_never: bool

    def days(self, share: float = MIDDLE) -> float:
        return float(np.quantile(self.paths, share, method="higher"))


def drain(*, stock: float, days: FloatArray, seed: int = 0) -> Drain | None:
    """`days` (n, 2): what came and what went, oldest day first. None under 14 days.

    Whole days count: a backlog that is gone in the course of the third day is gone after 3.
    """
    if len(days) < ENOUGH_DAYS:
        return None
    weeks = min(len(days) // WEEK, WEEKS)
    known = np.asarray(days[len(days) - weeks * WEEK :], dtype=float).reshape(weeks, WEEK, 2)
    rng = np.random.default_rng(seed)
    drawn = known.sum(axis=1)[rng.integers(0, weeks, (PATHS, weeks))].sum(axis=1)
    arrived, completed = known.mean(axis=(0, 1))
    return Drain(
        paths=_run(stock, known[:, :, 0] - known[:, :, 1], rng),
        arrived=float(arrived),
        completed=float(completed),
        is_never=bool(stock > 0 and np.mean(drawn[:, 1] > drawn[:, 0]) < SURE),
    )


def _run(stock: float, change: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The first day on which nothing is left of `stock`, on each path; `change` (weeks, 7) is what a day adds."""
    within = np.cumsum(change, axis=1)
    done = np.full(PATHS, np.inf)
    open_ = np.arange(PATHS)
    level = np.full(PATHS, float(stock))
    if stock <= 0:
        return np.zeros(PATHS)
    for week in range(HORIZON):
        levels = level[open_, None] + within[rng.integers(0, len(change), len(open_))]
        gone = levels <= 0
        ended = gone.any(axis=1)
        done[open_[ended]] = week * WEEK + gone[ended].argmax(axis=1) + 1
        level[open_] = levels[:, -1]
        open_ = open_[~ended]
        if not len(open_):
            break
    return done


def wait(*, gaps: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How long until the next of events with these gaps, from a moment chosen at random, on each path: longer gaps are
    met more often, and are half over in the mean (the inspection paradox)."""
    met = rng.choice(gaps, size=PATHS, p=gaps / gaps.sum())
    return np.asarray(met * rng.uniform(size=PATHS), dtype=float)
