"""Intervals that hold at every look."""

from __future__ import annotations

import pytest

from annotation.lib.validity import sequence
from annotation.lib.validity.estimate import Sums
from annotation.lib.validity.sequence import Interval


def test_half_a_width_is_that_of_the_method() -> None:
    assert sequence.half_width(t=1000, t_star=1000, alpha=0.05) == pytest.approx(0.095982, abs=5e-7)


def test_the_sequence_of_a_mean_is_as_wide_as_its_values_stray() -> None:
    found = sequence.mean(sums=Sums(1000, 500, 250 + 999 * 0.04), t_star=1000, alpha=0.05)
    assert (found.low, found.high) == pytest.approx((0.5 - 0.2 * 0.095982, 0.5 + 0.2 * 0.095982), abs=1e-6)


def test_a_difference_of_two_equal_arms_is_as_wide_as_a_mean_of_twice_the_spread() -> None:
    """n·(s²/(n/2) + s²/(n/2)) = (2s)²."""
    arm = Sums(500, 250, 125 + 499 * 0.04)
    found = sequence.difference(with_=arm, without=arm, t_star=1000, alpha=0.05)
    assert found.high == pytest.approx(0.4 * 0.095982, abs=1e-6)
    assert found.low == -found.high


def test_what_lies_in_two_intervals_may_be_nothing() -> None:
    assert Interval(0, 2).intersect(Interval(1, 3)) == Interval(1, 2)
    assert not Interval(1, 2).is_empty
    assert Interval(0, 1).intersect(Interval(2, 3)).is_empty
