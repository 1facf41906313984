"""Wilson's interval: known figures, and what holds for every share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.lib.intervals import Share, jeffreys, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Newcombe 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_figures_that_were_published(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=0.00005)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.floats(0, n), st.just(n))))
def test_it_holds_the_share_and_stays_between_nothing_and_all(counted: tuple[float, int]) -> None:
    hits, n = counted
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n + 1e-9
    assert hits / n - 1e-9 <= high <= 1


def test_of_nothing_anything_may_be_true() -> None:
    assert wilson(0, 0) == (0, 1)


def test_more_of_the_same_share_is_surer() -> None:
    few, many = Share(hits=45, n=50), Share(hits=900, n=1000)
    assert (few.percent, few.low_percent, few.high_percent) == (90, 79, 96)
    assert (many.percent, many.low_percent, many.high_percent) == (90, 88, 92)


def test_46_of_50_are_likely_82_to_97_in_100() -> None:
    low, high = jeffreys(46, 50)
    assert (round(100 * low), round(100 * high)) == (82, 97)


def test_jeffreys_interval_is_closed_where_none_or_all_hit() -> None:
    assert jeffreys(0, 20)[0] == 0
    assert jeffreys(20, 20)[1] == 1
    assert jeffreys(0, 0) == (0, 1)
