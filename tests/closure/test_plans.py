"""What a question about one interaction costs doesn't go with how many there are, as the database itself plans it; and
what is kept of all of them is what counting them one by one gives."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any, Final

import numpy as np
import orjson
import pytest
from django.db import connection

from annotation import closure, loading
from annotation.closure import reading
from annotation.closure.kept.statement import COUNT, PLAN
from annotation.lib.survival.clusters import clustered
from annotation.lib.survival.incidence import End, incidence
from annotation.models import ClosureMark, Export, Feature, Interaction, Item
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


NOW: Final = day(29)
FEW_PAGES: Final = 200
"""Of the database, 8 KB each; a table of 20,000 interactions has several hundred."""

# Each interaction of the sample: when it happened, was resolved, which export was the first to hold it, when it was
# erased.
EACH: Final = """
    SELECT floor(extract(epoch FROM n.occurred_at) / 3600)::int, floor(extract(epoch FROM v.resolved_at) / 3600)::int,
           (SELECT min(r.export_id) FROM annotation_exportrow r WHERE r.item_id = i.id),
           floor(extract(epoch FROM n.erased_at) / 3600)::int
    FROM annotation_interaction n
    JOIN annotation_item i ON i.interaction_id = n.id
    JOIN annotation_cohort c ON c.id = i.cohort_id AND i.key < c.threshold
    JOIN annotation_consensusrevision v ON v.item_id = i.id AND v.superseded_at IS NULL
    WHERE n.feature_id = %s
"""

CHAINS: Final = ((0, 8, 9, "v1"), (2, 22, 23, "v2"))
"""Which export a run named, on which day, and when its model was deployed, of this version."""


@pytest.fixture(params=[20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def drafts(db: None, request: pytest.FixtureRequest) -> Feature:
    feature = stock.feature()
    bulk.fill(feature, count=request.param)
    exports = Export.objects.filter(feature=feature).order_by("pk")
    for place, trained, deployed, version in CHAINS:
        worlds.run(exports[place], on=trained, name=f"run-{version}", makes=version)
        worlds.deploy(feature, on=deployed, version=version)
    # What is never counted is counted whole: these would have it counted once more.
    ClosureMark.objects.all().delete()
    return feature


def _plan(statement: str, parameters: Any) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
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
    for statement, parameters in ((reading.HEADS, [one.pk]), (reading.TAILS, [exports])):
        nodes = _plan(statement, parameters)
        assert {node["Node Type"] for node in nodes} & {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
        assert _read_whole(nodes) == set()
        assert nodes[0]["Shared Hit Blocks"] + nodes[0]["Shared Read Blocks"] < FEW_PAGES
    with connection.cursor() as cursor:
        cursor.execute(PLAN)
    nodes = _plan(COUNT, {"features": [drafts.pk], "days": [day(9).date()]})
    assert _read_whole(nodes) == set()
    assert {"Hash Join", "Merge Join"} & {node["Node Type"] for node in nodes}


def test_what_is_kept_of_a_large_feature_is_what_counting_each_gives(drafts: Feature) -> None:
    closure.refresh(now=NOW)
    _change(drafts)
    assert closure.refresh(now=NOW) == 3
    _funnel_is_right(drafts)
    _curve_is_right(drafts)
    assert closure.check(now=NOW) == 0


def _change(drafts: Feature) -> None:
    """On three of the days that were counted."""
    resolved = Item.objects.filter(feature=drafts, status=Item.Status.RESOLVED).order_by("pk")
    Item.objects.filter(pk=resolved[0].pk).update(status=Item.Status.WITHDRAWN)
    Interaction.objects.filter(pk=resolved.reverse()[0].interaction_id).update(erased_at=NOW)
    worlds.item(drafts, on=29)


def _funnel_is_right(drafts: Feature) -> None:
    items = Item.objects.filter(feature=drafts)
    held = items.filter(exportrow__export__status=Export.Status.DONE)
    used = Export.objects.filter(training_runs__isnull=False).values("pk")
    reached = {stage.stage: stage.reached for stage in closure.funnel(feature=drafts, now=NOW).stages}
    assert reached["occurred"] == reached["queued"] == items.count()
    assert reached["labeled"] == reached["resolved"] == items.exclude(resolved_at=None).count()
    assert reached["exported"] == held.distinct().count()
    trained = held.filter(exportrow__export__in=used).distinct().count()
    assert reached["trained"] == reached["first_changed"] == trained


def _curve_is_right(drafts: Feature) -> None:
    """The same as from each duration by itself, one and all of the same weight; what came in one week, together."""
    exports = Export.objects.filter(feature=drafts).order_by("pk")
    changed = {exports[place].pk: _first_answer(drafts, since, version) for place, _, since, version in CHAINS}
    now = int(NOW.timestamp()) // 3600
    rows = loading.fetched(EACH, [drafts.pk])
    hours, ends = zip(*(_span(row, changed, now) for row in rows), strict=True)
    told = {"durations": np.asarray(hours) / 24, "ends": np.asarray(ends)}
    weeks = np.asarray([occurred // (7 * 24) for occurred, *_ in rows])
    found = clustered(incidence(**told), **told, weights=np.ones(len(hours)), clusters=weeks)
    kept = closure.speed(feature=drafts, now=NOW).pace.curve
    assert (kept.number, kept.events, kept.last) == (found.number, found.events, found.last)
    for one, other in zip(kept.shares, found.shares, strict=True):
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


def _first_answer(drafts: Feature, since: int, version: str) -> int:
    answers = Interaction.objects.filter(feature=drafts, model_version=version, occurred_at__gte=day(since))
    return int(answers.order_by("occurred_at")[0].occurred_at.timestamp()) // 3600


def _span(row: tuple[int, int, int | None, int | None], changed: dict[int, int], now: int) -> tuple[int, End]:
    """An export holds what was resolved until then, as each later one does."""
    occurred, resolved, first, erased = row
    closed = max(resolved, min((at for export, at in changed.items() if first and export >= first), default=inf))
    if closed <= now:
        return int(closed) - occurred, End.REACHED
    return (now if erased is None else erased) - occurred, End.OPEN if erased is None else End.ELSEWHERE
