"""Cohorts of made-up items, chosen from as a queue does: by smallest key, with the last taken as threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotation.lib.validity.estimate import FloatArray

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Day:
    """A cohort's items. `y`: the true answers, 0 or 1. `says_good`: the judge's word. `key`: r/w. `taken`: labeled."""

    y: FloatArray
    says_good: Bools
    weight: FloatArray
    key: FloatArray

    def probability(self, taken: int) -> FloatArray:
        """π of the sample, 0 of the others, when the `taken` items of the smallest keys were labeled."""
        return probability(key=self.key, weight=self.weight, taken=taken)


def day(rng: np.random.Generator, *, truth: FloatArray, right: float, suspect_weight: float) -> Day:
    """`truth`: each item's chance of a good answer. The judge is right with probability `right`; what it holds for bad
    has the weight `suspect_weight`, and the rest 1."""
    y = rng.random(len(truth)) < truth
    says_good = y == (rng.random(len(truth)) < right)
    weight = np.where(says_good, 1.0, suspect_weight)
    return Day(y=y.astype(np.float64), says_good=says_good, weight=weight, key=rng.random(len(truth)) / weight)


def probability(*, key: FloatArray, weight: FloatArray, taken: int) -> FloatArray:
    if not taken:
        return np.zeros(len(key))
    threshold = np.inf if taken >= len(key) else np.partition(key, taken - 1)[taken - 1]
    return np.where(key < threshold, np.minimum(1.0, threshold * weight), 0.0)


def near(found: float, figure: float, *, se: float) -> bool:
    """Whether a simulation comes within three standard errors of a figure, plus what the figure's rounding hides."""
    return abs(found - figure) <= 3 * se + 0.0005


def rate_error(rate: float, runs: int) -> float:
    """The standard error of a share of `runs`, for the figure `rate`; of at least one run's share of a run."""
    return float(np.sqrt(max(rate * (1 - rate), 1 / runs) / runs))
