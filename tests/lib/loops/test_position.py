"""Position bias from random swaps: the truth comes out whatever stands where, and no alarm where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.lib.loops.position import Propensity, propensity


def shown(
    rng: np.random.Generator, *, looked_at: float, number: int = 4000, swap_share: float = 0.5
) -> Propensity | None:
    """The better answer is right in 60 of 100 cases and stands first unless swapped; the other in 30."""
    swapped = rng.random(number) < swap_share
    good, poor = rng.random(number) < 0.6, rng.random(number) < 0.3
    looks = rng.random(number) < looked_at
    first = np.where(swapped, poor, good)
    other = np.where(swapped, good, poor) & looks
    return propensity(place=2, swapped=swapped, first=first, other=other)


@pytest.mark.parametrize("swap_share", [0.5, 0.2])
def test_the_ratio_is_that_of_the_places_and_not_that_of_the_answers(swap_share: float) -> None:
    found = shown(np.random.default_rng(5), looked_at=0.5, number=200_000, swap_share=swap_share)
    assert found is not None
    assert found.value == pytest.approx(0.5, abs=0.01)
    assert found.is_biased
    assert found.weight == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.long)])
def test_the_interval_covers_the_truth(runs: int) -> None:
    rng = np.random.default_rng(7)
    missed = 0
    for _ in range(runs):
        found = shown(rng, looked_at=0.8)
        assert found is not None
        missed += not found.low <= 0.8 <= found.high
    assert missed <= runs * 0.05 + 3 * np.sqrt(runs * 0.05 * 0.95)


def test_a_place_that_nobody_ever_clicked_says_nothing() -> None:
    swapped = np.array([True, False])
    assert propensity(place=2, swapped=swapped, first=swapped, other=np.array([False, False])) is None


def test_without_both_orders_position_and_answer_cannot_be_told_apart() -> None:
    clicked = np.array([True, False, True])
    assert propensity(place=2, swapped=np.zeros(3, dtype=bool), first=clicked, other=clicked) is None


def test_no_weight_is_larger_than_ten() -> None:
    assert Propensity(place=5, value=0.01, low=0.005, high=0.02).weight == 10
