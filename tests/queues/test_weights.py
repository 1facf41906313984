"""A queue's mix: items weigh by how hard their answer is to foresee, from rules and how often these are right."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import sqrt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import audit, copying
from annotation.ingest import store
from annotation.labels.rules import measuring, sweep, switch
from annotation.models import Feature, Item, Queue, RuleVersion, SamplingDesign
from annotation.queues import fill, setup, weighing
from tests import cast
from tests.cast import NOW
from tests.ingest.sent import interaction, later, signal
from tests.labels import world as people
from tests.labels.rules import world

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=5)
SLOW = {"all": [{"field": "details.dwell_ms", "comparison": "at_least", "value": 8000}]}
ANSWER = {"all": [{"field": "answer.words", "comparison": "at_least", "value": 6}]}


@pytest.fixture
def feature(db: None) -> Feature:
    return cast.feature()


def sent(name: str, dwell_ms: int, **more: Any) -> dict[str, Any]:
    return interaction(name, signals=[signal(details={"dwell_ms": dwell_ms}, **more)])


def arrive(*records: dict[str, Any], now: datetime) -> dict[str, Item]:
    """By the interaction's id, the items of these records."""
    assert store.interactions(records=list(enumerate(records)), now=now).refused == []
    return items_of([record["id"] for record in records])


def items_of(names: list[str]) -> dict[str, Item]:
    rows = Item.objects.filter(interaction__external_id__in=names).select_related("interaction")
    return {item.interaction.external_id: item for item in rows}


def mixed(feature: Feature, mix: float, *, now: datetime = NOW) -> Queue:
    queue = Queue.objects.get(feature=feature)
    held, _ = setup.change_queue(queue=queue, wanted={"mix": mix}, actor=audit.FLYWHEEL, now=now)
    return held


def measured(feature: Feature, version: RuleVersion, dwell_ms: int, *, right: int, wrong: int) -> dict[str, Item]:
    """Let so many items come that the rule labels, and people say so often what it says."""
    world.on(version)
    code = version.reason.code
    names = [f"{version.rule.name}-{number}" for number in range(right + wrong)]
    items = arrive(*(sent(name, dwell_ms) for name in names), now=NOW + timedelta(minutes=1))
    while sweep.new_items(now=LATER):
        pass
    for number, name in enumerate(names):
        people.label(items[name], code if number < right else "adequate", by=1, now=LATER)
    return items


def refresh(now: datetime = LATER) -> None:
    measuring.refresh()
    weighing.refresh(now=now)


def test_items_that_arrive_weigh_by_the_rule_that_holds_and_those_that_are_there_stay(feature: Feature) -> None:
    fast, slow = world.written(feature), world.written(feature, "slow", SLOW, code="verified")
    old = measured(feature, fast, 100, right=24, wrong=6) | measured(feature, slow, 9000, right=15, wrong=14)
    before = mixed(feature, 0.5)
    assert arrive(sent("early", 100), now=LATER)["early"].weight == 1  # nothing was counted yet
    refresh()
    u = {"fast": sqrt(0.8 * 0.2), "slow": 0.5}
    before.refresh_from_db()
    assert before.mean_u == pytest.approx(u["fast"])  # the other has 29 answers, which say nothing
    assert arrive(sent("unmeasured", 9000), now=LATER)["unmeasured"].weight == 1

    (one,) = arrive(sent("slow-29", 9000), now=NOW + timedelta(minutes=1)).values()
    while sweep.new_items(now=LATER):
        pass
    people.label(one, "verified", by=1, now=LATER)
    refresh()
    before.refresh_from_db()
    slow.refresh_from_db()
    assert (slow.judged, slow.right) == (30, 16)
    u["slow"] = sqrt(16 / 30 * 14 / 30)
    mean_u = (30 * u["fast"] + 30 * u["slow"]) / 60
    assert before.mean_u == pytest.approx(mean_u)

    expected = {100: 0.5 * u["fast"] / mean_u + 0.5, 9000: 0.5 * u["slow"] / mean_u + 0.5, 5000: 1.0}
    for count in (1, copying.FEW + 10):  # one by one and all at once
        names = {f"new-{count}-{dwell}-{n}": dwell for dwell in expected for n in range(count)}
        new = arrive(*(sent(name, dwell) for name, dwell in names.items()), now=LATER)
        for name, item in new.items():
            assert item.weight == pytest.approx(expected[names[name]])
            assert item.key == pytest.approx(item.interaction.random_number / expected[names[name]])
    design = SamplingDesign.objects.get(ended_at=None)
    assert (design.mix, {item.design_id for item in new.values()}) == (0.5, {design.pk})
    for name, item in items_of(list(old)).items():
        assert (item.weight, item.key, item.design_id) == (1, old[name].key, old[name].design_id)

    # Back to 1: for new arrivals only.
    mixed(feature, 1, now=LATER)
    (last,) = arrive(sent("last", 9000), now=LATER).values()
    assert last.weight == 1
    assert {key: one.weight for key, one in items_of(list(new)).items()} == {
        key: one.weight for key, one in new.items()
    }


def ready(feature: Feature, *versions: RuleVersion, mix: float = 0.0, mean_u: float = 0.4, right: int = 24) -> Queue:
    """As if people had decided 30 answers of each."""
    for version in versions:
        world.on(version)
    RuleVersion.objects.filter(pk__in=[one.pk for one in versions]).update(judged=30, right=right)
    queue = mixed(feature, mix)
    Queue.objects.filter(pk=queue.pk).update(mean_u=mean_u)
    return queue


def test_a_weight_lies_between_a_fifth_and_five(feature: Feature) -> None:
    ready(feature, world.written(feature), mean_u=0.01)
    assert arrive(sent("hard", 100), now=NOW)["hard"].weight == 5
    RuleVersion.objects.update(right=30)
    assert arrive(sent("easy", 100), now=NOW)["easy"].weight == 0.2


def test_the_surest_of_the_rules_that_hold_counts(feature: Feature) -> None:
    sure, unsure = world.written(feature), world.written(feature, "words", ANSWER)
    ready(feature, sure, unsure)
    RuleVersion.objects.filter(pk=sure.pk).update(right=29)
    both = sent("both", 100) | {"output": "This answer has more than five words."}
    words = sent("words-only", 5000) | {"output": "This answer has more than five words."}
    items = arrive(both, words, now=NOW)
    assert items["both"].weight == pytest.approx(sqrt(29 / 30 * 1 / 30) / 0.4)
    assert items["words-only"].weight == pytest.approx(1)


def test_signals_that_come_later_or_wait_in_the_queue_are_weighed_too_and_late_ones_never(feature: Feature) -> None:
    queue = ready(feature, world.written(feature), mean_u=0.2)
    assert store.interactions(records=[(0, interaction("quiet"))], now=NOW).accepted == 1
    record = later("quiet", details={"dwell_ms": 100})
    assert store.signals(records=[(0, record)], now=NOW).accepted == 1
    assert items_of(["quiet"])["quiet"].weight == pytest.approx(2)

    setup.change_queue(queue=queue, wanted={"delay_hours": 2}, actor=audit.FLYWHEEL, now=NOW)
    assert arrive(sent("waits", 100), now=NOW) == {}
    assert fill.due(now=NOW + timedelta(hours=3)) == 1
    assert items_of(["waits"])["waits"].weight == pytest.approx(2)

    setup.change_queue(queue=queue, wanted={"delay_hours": 0}, actor=audit.FLYWHEEL, now=NOW)
    record = later("quiet", id="again", details={"dwell_ms": 100})
    assert store.signals(records=[(0, record)], now=NOW + timedelta(days=2)).accepted == 1
    late = Item.objects.get(purpose=Item.Purpose.BACKFILL)
    assert (late.weight, late.key) == (None, None)


def test_a_rule_of_another_kind_or_switched_off_weighs_nothing(feature: Feature) -> None:
    version = world.written(feature)
    ready(feature, version, mean_u=0.2)
    edited = interaction("edited", signals=[signal("edited", details={"dwell_ms": 100})])
    assert arrive(edited, now=NOW)["edited"].weight == 1
    switch.off(rule=version.rule, **world.BY)
    assert arrive(sent("off", 100), now=NOW)["off"].weight == 1


def test_a_queue_whose_items_weigh_alike_asks_for_no_rule_and_counts_none(feature: Feature) -> None:
    version = world.written(feature)
    measured(feature, version, 100, right=2, wrong=1)
    refresh()
    version.refresh_from_db()
    assert (version.judged, Queue.objects.get().mean_u) == (0, None)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        arrive(sent("plain", 100), now=LATER)
    assert asked.captured_queries
    assert not [one["sql"] for one in asked if "annotation_rule" in one["sql"]]


def test_what_no_rule_was_about_in_a_week_weighs_as_before(feature: Feature) -> None:
    mixed(feature, 0.5)
    measured(feature, world.written(feature), 100, right=20, wrong=10)
    refresh()
    assert Queue.objects.get().mean_u is not None
    refresh(now=LATER + timedelta(days=8))
    assert Queue.objects.get().mean_u is None
    assert arrive(sent("after", 100), now=LATER)["after"].weight == 1
