"""What a question about one interaction costs doesn't go with how many there are, as the database itself plans it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.db import connection

from annotation import closure
from annotation.closure import reading
from annotation.closure.kept.statement import COUNT, PLAN
from annotation.models import Export, Feature, Interaction, Item
from tests import stock, worlds
from tests.closure import bulk
from tests.worlds import day

LARGE = {
    "annotation_interaction",
    "annotation_item",
    "annotation_label",
    "annotation_consensusrevision",
    "annotation_exportrow",
}


@pytest.fixture
def drafts(db: None) -> Feature:
    feature = stock.feature()
    bulk.fill(feature, count=20_000)
    return feature


def _plan(statement: str, parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        ((found,),) = cursor.fetchall()
    plans = found if isinstance(found, list) else orjson.loads(found)
    return list(_nodes(plans[0]["Plan"]))


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)


def _read_whole(nodes: list[dict[str, Any]]) -> set[str]:
    return {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"} & LARGE


def test_the_closure_of_one_and_the_count_of_one_day_read_no_large_table_whole(drafts: Feature) -> None:
    """Nothing keeps the planner from reading tables whole: at this size it would, were that cheaper."""
    one = Interaction.objects.get(feature=drafts, external_id="bulk_10")
    exports = list(Export.objects.values_list("pk", flat=True))
    worlds.run(Export.objects.first(), on=9)  # type: ignore[arg-type]
    worlds.deploy(drafts, on=9, version="v1")
    for statement, parameters in ((reading.HEADS, [one.pk]), (reading.TAILS, [exports])):
        nodes = _plan(statement, parameters)
        assert {node["Node Type"] for node in nodes} & {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
        assert _read_whole(nodes) == set()
    with connection.cursor() as cursor:
        cursor.execute(PLAN)
    nodes = _plan(COUNT, {"features": [drafts.pk], "days": [day(9).date()]})
    assert _read_whole(nodes) == set()
    assert {"Hash Join", "Merge Join"} & {node["Node Type"] for node in nodes}


def test_what_is_kept_of_a_large_feature_is_small_and_right(drafts: Feature) -> None:
    closure.refresh(now=day(29))
    found = closure.funnel(feature=drafts, now=day(29))
    resolved = Item.objects.filter(status=Item.Status.RESOLVED).count()
    assert resolved > 1_900
    assert (found.total, found.stages[4].reached) == (20_000, resolved)
