"""How evenly something is spread, and how fast what differs is lost."""

from __future__ import annotations

import pytest

from annotation.lib import concentration


def test_gini_of_known_spreads() -> None:
    assert concentration.gini([1, 2, 3, 4]) == pytest.approx(0.25)
    assert concentration.gini([0, 0, 0, 1]) == pytest.approx(0.75)
    assert concentration.gini([7, 7, 7]) == pytest.approx(0)
    assert concentration.gini([4, 1, 3, 2]) == concentration.gini([10, 20, 30, 40])


def test_even_cells_are_counted_as_they_are_and_uneven_ones_as_fewer() -> None:
    for counted in (concentration.even_cells, concentration.effective_cells):
        assert counted([5, 5, 5, 5, 0]) == pytest.approx(4)
        assert counted([9]) == pytest.approx(1)
        assert 1 < counted([8, 1, 1]) < 3
    assert concentration.even_cells([1, 1, 2]) == pytest.approx(2**1.5)
    assert concentration.effective_cells([1, 1, 2]) == pytest.approx(8 / 3)


@pytest.mark.parametrize(("rounds", "same"), [(0, 0.0396), (1, 0.0492), (10, 0.1314), (30, 0.2896), (60, 0.4745)])
def test_what_differs_is_lost_from_round_to_round(rounds: int, same: float) -> None:
    found = concentration.sameness(start=0.0396, size=100, rounds=rounds)
    assert found == pytest.approx(same, abs=5e-5)
