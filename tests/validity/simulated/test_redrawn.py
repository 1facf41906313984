"""One stored product, labeled many times anew: intervals hold at every look, and verdicts are right."""

from __future__ import annotations

import time

import numpy as np
import pytest
from django.db import connection, transaction

from tests.validity.simulated import world
from tests.validity.simulated.truth import SIGNALS, Plan
from tests.validity.simulated.world import Seen, World

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 6
Found = dict[tuple[str, int], list[Seen]]


def repeated(plan: Plan, *, repeats: int) -> Found:
    """Store the product once, then label it so many times; each time is rolled back."""
    made = world.make(plan, seed=SEED)
    for on in range(plan.days):
        world.arrive(made, on)
    found: Found = {(signal.feature, version): [] for signal, version in world.pairs(plan)}
    began = time.monotonic()
    for repeat in range(repeats):
        _cleared()
        with transaction.atomic():
            _live(made, np.random.default_rng([SEED, repeat]))
            for signal, version in world.pairs(plan):
                found[signal.feature, version].append(world.seen(made, signal, version))
            transaction.set_rollback(True)
        print(f"{repeat + 1} of {repeats} repeats in {time.monotonic() - began:.0f} s", flush=True)
    return found


def _cleared() -> None:
    """What was rolled back must not slow down the next repeat."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _live(made: World, chance: np.random.Generator) -> None:
    made.draw(chance)
    for on in range(made.plan.days + world.AFTER):
        for slug in made.features if on <= made.plan.days else ():
            world.labeled(made, slug, on, most=world.capacity(made, chance))
        world.closed(on)


def _is_covered(found: Found, repeats: int) -> None:
    """95 of 100 less three standard errors, at all looks at once."""
    for name, runs in found.items():
        wrong = sum(not all(one.looks) for one in runs) / len(runs)
        assert wrong <= world.ever_wrong(0.05, repeats), f"{name}: the rate lay outside in {wrong:.0%}"


def _is_right(plan: Plan, found: Found, repeats: int) -> None:
    for signal, version in world.pairs(plan):
        runs = found[signal.feature, version]
        allowed = {signal.verdicts[version], "not_enough"}
        wrong = sum(one.verdict not in allowed for one in runs) / len(runs)
        assert wrong <= world.ever_wrong(0.05, repeats), f"{signal.feature}: wrong in {wrong:.0%}"


def _tell(found: Found) -> None:
    for name, runs in found.items():
        labels = sorted(one.labels for one in runs if one.labels)
        middle = labels[len(labels) // 2] if labels else None
        looks = sum(len(one.looks) for one in runs) / len(runs)
        wrong = sum(not all(one.looks) for one in runs) / len(runs)
        verdicts = {one: sum(run.verdict == one for run in runs) for one in sorted({run.verdict for run in runs})}
        print(f"{name}: {looks:.1f} looks, rate outside in {wrong:.1%}; {verdicts}, middle {middle} labels")


def test_few_repeats_of_a_small_product() -> None:
    plan = Plan(SIGNALS[:1], days=6, a_day=90, labels_a_day=70)
    found = repeated(plan, repeats=40)
    _tell(found)
    assert all(one.looks for one in found["valid", 0]), "nothing was looked at"
    _is_covered(found, 40)
    _is_right(plan, found, 40)


@pytest.mark.long
def test_200_repeats_of_50_000_interactions() -> None:
    plan = Plan(SIGNALS, days=25, a_day=400, labels_a_day=110)
    assert plan.size == 50_000
    found = repeated(plan, repeats=200)
    _tell(found)
    _is_covered(found, 200)
    _is_right(plan, found, 200)
    for signal in SIGNALS:
        if signal.is_clear:
            runs = found[signal.feature, 0]
            labels = sorted(one.labels for one in runs if one.labels is not None)
            assert len(labels) == len(runs), f"{signal.feature}: a run without a verdict"
            assert labels[len(labels) // 2] <= 1.5 * signal.labels, signal.feature
