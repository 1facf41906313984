"""Which labels are likely wrong, by what somebody else predicts: confident learning.

Northcutt, Jiang & Chuang, Confident learning: estimating uncertainty in dataset labels, 2021.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = 20
"""Labels of a class, under which its threshold says nothing: nothing is then suspected of belonging to it."""


def suspects(
    *, given: NDArray[np.int_], said: NDArray[np.int_], confidence: NDArray[np.float64], classes: int
) -> NDArray[np.bool_]:
    """Of items labeled `given`, those whose prediction confidently says another class.

    One prediction an item: the class `said` with a `confidence` in [0, 1], the rest spread evenly over the others; it
    was made without sight of the label. A class's threshold is the mean probability that it has where it was given. An
    item is suspect where the likeliest class that reaches its threshold is not the one given.
    """
    if classes < 2:
        return np.zeros(len(given), dtype=np.bool_)
    rest = (1 - confidence) / (classes - 1)
    own = np.where(said == given, confidence, rest)
    counts = np.bincount(given, minlength=classes)
    sums = np.bincount(given, weights=own, minlength=classes)
    thresholds = np.where(counts >= LEAST, sums / np.maximum(counts, 1), np.inf)
    found: NDArray[np.bool_] = (said != given) & (confidence > rest) & (confidence >= thresholds[said])
    return found
