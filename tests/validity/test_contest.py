"""Two sides on one mix: what an item may weigh, and that the intervals hold up to there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from math import sqrt

import numpy as np
import pytest

from annotation.validity.contest import Contest, Vote
from annotation.validity.looking import ENOUGH

DAY = date(2026, 3, 1)


def vote(*, is_new: bool, one_in: float | None, is_good: bool = True) -> Vote:
    """`one_in`: its chance; None: not in the sample."""
    return Vote(
        is_new=is_new,
        group="",
        conversation=None,
        probability=None if one_in is None else 1 / one_in,
        outcome=None if one_in is None else "good" if is_good else "bad",
        reason_id=None if one_in is None else 1,
        f_good=None,
        lam_good=0.0,
    )


@pytest.mark.parametrize(("one_in", "lack"), [(15, ""), (20, ""), (24, "heavy")])
def test_an_item_drawn_with_a_small_chance_is_carried_up_to_one_in_twenty(one_in: float, lack: str) -> None:
    found = Contest()
    found.take((vote(is_new=False, one_in=1, is_good=place % 3 > 0) for place in range(300)), day=DAY)
    plain = [vote(is_new=True, one_in=1, is_good=place % 3 > 0) for place in range(250)]
    found.take([*plain, *[vote(is_new=True, one_in=one_in)] * 3], day=DAY + timedelta(days=1))
    assert found.lack == lack
    assert (found.look is None) == bool(lack)


def test_where_all_weigh_alike_a_small_chance_makes_none_heavy() -> None:
    found = Contest()
    for number, is_new in enumerate((False, True)):
        drawn = [vote(is_new=is_new, one_in=50, is_good=place % 3 > 0) for place in range(ENOUGH)]
        rest = [vote(is_new=is_new, one_in=None)] * 49 * ENOUGH
        found.take([*drawn, *rest], day=DAY + timedelta(days=number))
    assert not found.lack


def days(rng: np.random.Generator, *, is_new: bool, count: int) -> Iterator[list[Vote]]:
    """60 answers each, of which people get to 43: of those that a rule finds plain to about one in 13, and they are
    not what it thinks; of the others to nearly all."""
    for _ in range(count):
        plain = rng.random(60) < 0.15
        weight, good = np.where(plain, 0.5, 4.0), rng.random(60) < np.where(plain, 0.95, 0.3)
        key = rng.random(60) / weight
        threshold = np.sort(key)[int(rng.uniform(39, 47))]
        chance = np.minimum(1, threshold * weight)
        lines = zip(key < threshold, (1 / chance).tolist(), good, strict=True)
        yield [vote(is_new=is_new, one_in=one_in if taken else None, is_good=one) for taken, one_in, one in lines]


@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.long)])
def test_where_few_items_weigh_as_much_as_may_be_the_intervals_hold(runs: int) -> None:
    """At any look; three standard errors more than 5 % of so many."""
    told, wrong = 0, 0
    for seed in range(runs):
        rng, found = np.random.default_rng([seed, 5]), Contest()
        sheets = [*days(rng, is_new=False, count=8), *days(rng, is_new=True, count=5)]
        for number, votes in enumerate(sheets):
            found.take(votes, day=DAY + timedelta(days=number))
        if not found.lack and found.look:
            told += 1
            wrong += not found.look.change.low <= 0 <= found.look.change.high
    assert told > runs * 0.9
    assert wrong <= runs * 0.05 + 3 * sqrt(runs * 0.05 * 0.95)
