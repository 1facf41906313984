"""Cohorts of made-up items, chosen from as a queue does: by smallest key, with the last taken as threshold."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from annotation.lib.validity.estimate import FloatArray

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
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


def near(found: float, figure: float, *, spread: float, runs: int, figure_runs: int) -> bool:
    """Whether a simulation comes within three standard errors of a figure, which comes from a simulation too.

    `spread`: the standard deviation of one run. What the figure's rounding hides is allowed for.
    """
    return abs(found - figure) <= 3 * spread * sqrt(1 / runs + 1 / figure_runs) + 0.0005


def of_share(share: float, runs: int) -> float:
    """The standard deviation of one run that is so often 1 and else 0; never less than if one run of all were."""
    return sqrt(max(share * (1 - share), 1 / runs))
