"""How fast a rule goes over past items, beside writing the same labels and nothing else."""

from __future__ import annotations

import time
from uuid import uuid4

import pytest

from annotation.labels.rules import backfill
from annotation.lib import conditions
from annotation.models import Label
from tests import stock
from tests.cast import NOW
from tests.labels.rules import world
from tests.labels.rules.world import BY

pytestmark = [pytest.mark.benchmark, pytest.mark.django_db(transaction=True)]

ITEMS = 4_000
CONDITION = {
    "all": [
        {"field": "details.dwell_ms", "comparison": "at_most", "value": 2000},
        {"field": "answer.words", "comparison": "at_most", "value": 500},
        {"any": [{"field": "metadata.tenant", "comparison": "is_missing"}]},
    ]
}


def test_a_run_over_past_items_against_writing_its_labels() -> None:
    feature = stock.feature()
    items = [one for _ in range(ITEMS // 1000) for one in world.items(feature, *[100] * 1000)]
    version = world.written(feature, condition=CONDITION)
    world.on(version)
    run = backfill.start(rule=version.rule, **BY)
    began = time.perf_counter()
    backfill.run(run_id=run.pk, by="test", clock=lambda: NOW)
    took = time.perf_counter() - began
    run.refresh_from_db()
    assert (run.status, run.labeled) == ("done", ITEMS)

    rater = stock.rater()
    bare = time.perf_counter()
    for start in range(0, ITEMS, backfill.BATCH):
        Label.objects.bulk_create(
            Label(
                item=item,
                rater=rater,
                taxonomy_version_id=version.reason.taxonomy_version_id,
                reason=version.reason,
                labeled_at=NOW,
                received_at=NOW,
                submission_id=uuid4(),
            )
            for item in items[start : start + backfill.BATCH]
        )
    bare = time.perf_counter() - bare
    print(f"\n{ITEMS / took:,.0f} items a second, {took / bare:.1f} times what writing the labels alone takes")


def test_one_condition_of_forty_lines() -> None:
    lines = [{"field": "metadata.x", "comparison": "contains", "value": "a" * 199 + "b"}] * conditions.MAX_LINES
    condition = conditions.parse({"any": lines})
    case = conditions.Case(signal_kind="accepted", metadata={"x": "a" * 1_000_000})
    began = time.perf_counter()
    for _ in range(20):
        conditions.holds(condition, case)
    print(f"\nthe worst condition: {(time.perf_counter() - began) / 20 * 1000:.1f} ms an item")
