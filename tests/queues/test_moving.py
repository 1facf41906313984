"""Items that move to another queue keep their day and their chance; who is at one keeps it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from annotation import audit, backlog
from annotation.models import AuditEvent, Feature, Item, ItemMove, Queue
from annotation.queues import cohorts, lease, moving, setup
from tests import stock
from tests.cast import NOW


def _other(of: Feature) -> Queue:
    spec = setup.QueueSpec(name="other", rank=200)
    return setup.create_queue(feature=of, spec=spec, actor=audit.FLYWHEEL, now=NOW)[0]


def _move(of: Feature, **changes: Any) -> moving.Move:
    target = Queue.objects.get(feature=of, name="other")
    values: dict[str, Any] = {"source": stock.queue(of), "target": target, "queued_until": NOW} | changes
    return moving.Move(**values)


def _run(job: ItemMove) -> ItemMove:
    moving.run(move_id=job.pk, by="test", clock=lambda: NOW)
    job.refresh_from_db()
    return job


@pytest.mark.django_db(transaction=True)
def test_what_nobody_is_at_moves_and_keeps_its_day_and_its_chance() -> None:
    drafts = stock.feature()
    other, queue = _other(drafts), stock.queue(drafts)
    items = stock.items(drafts, 6, now=NOW - timedelta(days=1))
    stock.items(drafts, 2, kind="edited", now=NOW - timedelta(days=1))
    stock.items(drafts, 2, now=NOW)
    held = lease.take(rater=stock.rater(), queue=queue, now=NOW)
    before = {one.pk: (one.cohort_id, one.key, one.weight) for one in Item.objects.all()}
    move = _move(drafts, kind="accepted", queued_until=NOW - timedelta(hours=1))
    assert moving.count(move) == 5
    job = _run(moving.ask(move=move, actor=audit.FLYWHEEL, now=NOW))
    assert (job.status, job.items_moved) == ("done", 5)
    assert set(Item.objects.filter(queue=other)) == set(items) - {held}
    assert {one.pk: (one.cohort_id, one.key, one.weight) for one in Item.objects.all()} == before
    states = {one.queue.name: one.open for one in backlog.queues(features=[drafts], now=NOW)}
    assert states == {"default": 5, "other": 5}
    assert backlog.check(now=NOW) == 0
    told = AuditEvent.objects.filter(verb__startswith="items.move").order_by("pk")
    assert [(one.verb, one.data["items"]) for one in told] == [("items.move_asked", 5), ("items.moved", 5)]
    first = lease.take(rater=stock.rater(2), queue=other, now=NOW)
    assert first is not None
    cohorts.close_due(now=NOW + timedelta(days=20))
    assert set(Item.objects.exclude(status="open").values_list("status", flat=True)) == {"reserve"}
    assert first.pk not in Item.objects.filter(status="reserve").values_list("pk", flat=True)


@pytest.mark.django_db
def test_what_can_not_be_is_refused_in_words() -> None:
    drafts = stock.feature()
    _other(drafts)
    with pytest.raises(moving.NothingToMove):
        moving.ask(move=_move(drafts), actor=audit.FLYWHEEL, now=NOW)
    stock.items(drafts, 2)
    with pytest.raises(moving.SameQueue):
        moving.count(_move(drafts, target=stock.queue(drafts)))
    with pytest.raises(moving.OtherFeature):
        moving.count(_move(drafts, target=stock.queue(stock.feature("chat"))))
    moving.ask(move=_move(drafts), actor=audit.FLYWHEEL, now=NOW)
    with pytest.raises(moving.StillMoving):
        moving.ask(move=_move(drafts), actor=audit.FLYWHEEL, now=NOW)


@pytest.mark.django_db
def test_a_kind_that_the_other_queue_does_not_ask_about_stays() -> None:
    drafts = stock.feature()
    _other(drafts)
    stock.items(drafts, 1)
    Item.objects.update(signal_kind="no_such_kind")
    with pytest.raises(moving.NotAsked) as refused:
        moving.count(_move(drafts))
    assert "no_such_kind" in refused.value.message
