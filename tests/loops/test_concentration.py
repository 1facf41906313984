"""Concentration: closures of few users alarm, as many of all don't, and too few say so."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.lib import concentration as spread
from annotation.lib.loops import unevenness
from annotation.loops import concentration
from annotation.models import Feature, Item
from tests import worlds
from tests.exports import bulk

pytestmark = pytest.mark.django_db

USERS, EACH = 40, 20


def traffic(feature: Feature, *, named: bool = True) -> list[Item]:
    """Each user's interactions, one user after the other."""
    rows = [
        bulk.Row(name=f"{user}-{number}", output="Yes.", user_hash=user.to_bytes(16) if named else None)
        for user in range(USERS)
        for number in range(EACH)
    ]
    return bulk.decided(feature, rows)


def closed(feature: Feature, items: list[Item]) -> None:
    worlds.run(worlds.export(items, of=feature, on=2), on=3)
    worlds.deploy(feature, on=4)
    worlds.answer(feature, on=5)


def test_closures_of_few_users_are_an_alarm(drafts: Feature) -> None:
    items = traffic(drafts)
    closed(drafts, items[:220])
    found = concentration.told(concentration.measure(drafts))
    assert found.figure is not None
    assert found.figure.low is not None
    assert found.figure.low > 0.1
    assert found.alarm == "amber"
    assert found.sentence.startswith("The wheel turns for few: 220 closures are spread as if over 11 users")
    assert "split datasets by user" in found.todo


def test_as_many_closures_of_all_users_are_none(drafts: Feature) -> None:
    items = traffic(drafts)
    chosen = np.random.default_rng(3).choice(len(items), 220, replace=False)
    closed(drafts, [items[at] for at in sorted(chosen)])
    found = concentration.told(concentration.measure(drafts))
    assert found.figure is not None
    assert abs(found.figure.value) < 0.08
    assert found.alarm == "none"


def test_what_is_missing_is_said(drafts: Feature) -> None:
    assert "0 interactions of known users led" in concentration.told(concentration.measure(drafts)).refusal
    closed(drafts, traffic(drafts, named=False)[:3])
    assert "Send user_key" in concentration.told(concentration.measure(drafts)).refusal
    bulk.decided(drafts, [bulk.Row(name="ann", output="Yes.", user_hash=b"a" * 16)])
    assert "200 more" in concentration.told(concentration.measure(drafts)).refusal


def test_gini_of_arrays_is_gini() -> None:
    for counts in ([1, 2, 3, 4], [0, 0, 0, 1], [5, 0, 2]):
        assert unevenness.gini(np.array(counts)) == pytest.approx(spread.gini(counts))


@pytest.mark.parametrize("runs", [40, pytest.param(200, marks=pytest.mark.long)])
def test_few_closures_drawn_by_chance_are_not_called_uneven(runs: int) -> None:
    """200 of 2,000 interactions of 500 uneven users: most users have none, and that says nothing."""
    rng = np.random.default_rng(5)
    missed = 0
    for _ in range(runs):
        traffic = np.maximum(rng.geometric(0.25, size=500), 1)
        closures = rng.multivariate_hypergeometric(traffic, 200, method="marginals")
        found = unevenness.excess(closures=closures.tolist(), traffic=traffic.tolist(), rng=rng, draws=120)
        missed += not found.low <= 0 <= found.high
        assert not found.alarms
    assert missed <= runs * 0.05 + 3 * np.sqrt(runs * 0.05 * 0.95)
