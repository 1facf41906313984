"""What an interval of a difference says about a signal, and how many labels more would make it say something."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Literal

from annotation.lib.validity.estimate import Sums
from annotation.lib.validity.sequence import Interval, difference_half_width

Verdict = Literal["valid", "inverted", "noise", "not_enough"]

MARGIN = 0.10
"""Less of a difference is noise."""

MOST_TIMES = 10_000.0
"""More labels than so many times those that there are nobody gives."""


def verdict(*, interval: Interval, margin: float = MARGIN) -> Verdict:
    """What the difference of two rates says, if it lies in this interval.

    `valid`: what the signal claims is truer with it than without, by the margin at least. `inverted`: the other way
    round. `noise`: it differs by less than the margin. An empty interval says nothing.
    """
    if interval.is_empty:
        return "not_enough"
    if interval.low >= margin:
        return "valid"
    if interval.high <= -margin:
        return "inverted"
    return "noise" if -margin < interval.low and interval.high < margin else "not_enough"


def labels_needed(
    *, with_: Sums, without: Sums, labels: int, t_star: float, alpha: float, margin: float = MARGIN
) -> int | None:
    """How many labels more would settle the verdict, if the estimate stays where it is and items come as so far.

    0 where it is settled. None where no number would: the estimate stands on the margin. `labels`: those behind the
    two sums; as these grow, so do the items.
    """
    gap = abs(abs(with_.mean - without.mean) - margin)

    def too_wide(times: float) -> float:
        half = difference_half_width(with_=with_, without=without, t_star=t_star, alpha=alpha, times=times)
        return half - gap

    times = times_until_narrow(too_wide)
    return None if times is None else ceil(labels * (times - 1))


def times_until_narrow(too_wide: Callable[[float], float]) -> float | None:
    """How many times as much must be known until `too_wide`, which falls with that number, is 0: from 1, where it is so
    now, to MOST_TIMES. None: not even then."""
    if too_wide(1.0) <= 0:
        return 1.0
    if too_wide(MOST_TIMES) > 0:
        return None
    # scipy.optimize takes a third of a second to load, in each process that starts; few ask this.
    from scipy.optimize import brentq

    return float(brentq(too_wide, 1.0, MOST_TIMES, rtol=1e-6))
