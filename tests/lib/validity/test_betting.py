"""The interval from bets: whether it holds at every look where a few items weigh very much, and narrows."""

from __future__ import annotations

import json

import numpy as np
import pytest

from annotation.lib.validity import betting
from annotation.lib.validity.betting import Bets
from annotation.lib.validity.sequence import Interval
from tests.lib.validity import cohorts

DAYS, ITEMS, LABELS, TRUTH, SUSPECT_WEIGHT, ALPHA = 20, 2000, 60, 0.70, 10.0, 0.05


def add_day(rng: np.random.Generator, bets: Bets) -> float:
    """Returns the largest weight 1/π of the day."""
    day = cohorts.day(rng, truth=np.full(ITEMS, TRUTH), right=0.85, suspect_weight=SUSPECT_WEIGHT)
    pi = day.probability(max(2, int(rng.poisson(LABELS))))
    sampled = pi > 0
    bets.add(y=day.y[sampled], probability=pi[sampled], n=ITEMS)
    return float((1 / pi[sampled]).max())


def looks(rng: np.random.Generator) -> list[Interval]:
    bets, found = Bets(), []
    for _ in range(DAYS):
        add_day(rng, bets)
        found.append(bets.interval(ALPHA))
    return found


@pytest.mark.parametrize("runs", [40, pytest.param(400, marks=pytest.mark.long)])
def test_the_rate_lies_in_the_interval_at_every_look(runs: int) -> None:
    rng = np.random.default_rng(12)
    done = [looks(rng) for _ in range(runs)]
    wrong = np.mean([not all(one.low <= TRUTH <= one.high for one in run) for run in done])
    assert wrong <= ALPHA + 3 * (ALPHA * (1 - ALPHA) / runs) ** 0.5
    widths = np.array([[one.high - one.low for one in run] for run in done])
    assert (np.diff(widths, axis=1) <= 0).all()
    assert widths[:, 0].mean() == 1
    assert widths[:, -1].mean() < 0.25


def test_a_wrong_rate_is_ruled_out_in_time() -> None:
    """An interval that never rules anything out would hold as well."""
    last = looks(np.random.default_rng(13))[-1]
    assert 0.45 < last.low < TRUTH < last.high < 0.85


def test_single_items_weigh_as_much_here_as_the_test_says() -> None:
    assert add_day(np.random.default_rng(14), Bets()) > 80


def test_bets_go_on_from_what_was_kept_as_json() -> None:
    rng, again = np.random.default_rng(15), np.random.default_rng(15)
    bets, kept = Bets(), Bets()
    for _ in range(6):
        add_day(rng, bets)
        add_day(again, kept)
        kept = Bets.of(json.loads(json.dumps(kept.state())))
    assert kept.interval(ALPHA) == bets.interval(ALPHA) != Interval(0, 1)
    assert Bets.of({}).interval(ALPHA) == Interval(0, 1)


def test_the_difference_of_two_rates_takes_the_farthest_ends() -> None:
    one, other = Bets(), Bets()
    for bets, good in ((one, 1.0), (other, 0.0)):
        for _ in range(10):
            bets.add(y=[good] * 20, probability=[0.5] * 20, n=40)
    found = betting.difference(with_=one, without=other, alpha=ALPHA)
    assert found.low == one.interval(ALPHA / 2).low - other.interval(ALPHA / 2).high > 0.5
    assert found.high == 1


def test_a_cohort_without_a_label_is_taken_in_too() -> None:
    bets = Bets()
    add_day(np.random.default_rng(16), bets)
    bets.add(y=[], probability=[], n=30)
    bets.add(y=[], probability=[], n=0)
    assert bets.state()["below_seen"][0] == ITEMS + 30
