"""A queue is changed: for what arrives from then on, in one piece, and written down."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction

from annotation import audit
from annotation.models import AuditEvent, DelayedSignal, Feature, Interaction, Item, Queue, SamplingDesign, Signal, User
from annotation.queues import fill, lease, setup
from tests import cast, stock
from tests.cast import NOW
from tests.workers import PATIENCE

LATER = NOW + timedelta(hours=1)


def change(queue: Queue, **wanted: Any) -> dict[str, list[Any]]:
    _, changed = setup.change_queue(queue=queue, wanted=wanted, actor=audit.FLYWHEEL, now=LATER)
    return changed


@pytest.fixture
def queue(feature: Feature) -> Queue:
    return stock.queue(feature)


def test_what_is_so_already_changes_nothing_and_is_not_written_down(queue: Queue) -> None:
    assert change(queue, overlap=1, signal_kinds=[], members=[], taxonomy_version=None, mix=1.0) == {}
    assert not AuditEvent.objects.filter(verb="queue.changed").exists()


def test_a_change_is_written_down_without_what_somebody_wrote(queue: Queue, annotator: User) -> None:
    changed = change(queue, guideline="Ask Ann.", overlap=2, members=[annotator])
    assert changed == {"guideline": ["", "Ask Ann."], "overlap": [1, 2], "members": [[], [annotator.pk]]}
    data = AuditEvent.objects.get(verb="queue.changed").data
    assert data == {"changed": {"guideline": True, "overlap": [1, 2], "members": [[], [annotator.pk]]}}
    queue.refresh_from_db()
    assert (queue.guideline, queue.overlap, list(queue.members.all())) == ("Ask Ann.", 2, [annotator])


def test_kinds_in_another_order_are_the_same_kinds(queue: Queue) -> None:
    change(queue, signal_kinds=["edited", "accepted"])
    assert change(queue, signal_kinds=["accepted", "edited"]) == {}


def test_the_most_labels_must_hold_the_fewest_whichever_of_them_is_changed(queue: Queue) -> None:
    with pytest.raises(setup.OverlapMaxTooSmall):
        change(queue, overlap=6)
    with pytest.raises(setup.OverlapMaxTooSmall):
        change(queue, overlap_max=0)
    queue.refresh_from_db()
    assert (queue.overlap, queue.overlap_max) == (1, 5)


def test_only_what_weighs_items_ends_the_design_and_items_keep_theirs(feature: Feature, queue: Queue) -> None:
    (before,) = stock.items(feature, 1)
    change(queue, overlap=2, rank=3, limit_hours=24, delay_hours=0, lease_minutes=5)
    first = SamplingDesign.objects.get()
    change(queue, mix=0.5)
    (after,) = stock.items(feature, 1)
    second = SamplingDesign.objects.get(ended_at=None)
    first.refresh_from_db()
    assert (first.ended_at, second.started_at, second.mix) == (LATER, LATER, 0.5)
    before.refresh_from_db()
    assert (before.design_id, after.design_id) == (first.pk, second.pk)
    assert (before.needed, after.needed) == (1, 2)


def test_a_shorter_lease_does_not_end_those_that_are_held(feature: Feature, queue: Queue) -> None:
    stock.items(feature, 1)
    item = lease.take(rater=stock.rater(), queue=queue, now=NOW)
    assert item is not None
    change(queue, lease_minutes=1)
    assert lease.expire(now=NOW + timedelta(minutes=14)) == 0
    assert lease.expire(now=NOW + timedelta(minutes=15)) == 1


def test_signals_that_wait_for_a_delay_come_when_they_were_due(feature: Feature, queue: Queue) -> None:
    change(queue, delay_hours=2)
    stock.items(feature, 2)
    change(queue, delay_hours=0)
    assert stock.items(feature, 1) != []
    assert fill.due(now=NOW + timedelta(minutes=119)) == 0
    assert fill.due(now=NOW + timedelta(minutes=120)) == 2
    assert DelayedSignal.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_is_being_stored_is_placed_as_a_whole_by_what_it_read() -> None:
    feature = cast.feature()
    queue = stock.queue(feature)
    other, _ = setup.create_queue(
        feature=feature, spec=setup.QueueSpec(name="other", rank=200), actor=audit.FLYWHEEL, now=NOW
    )
    placed, changed = threading.Event(), threading.Event()

    def changing() -> None:
        placed.wait(PATIENCE)
        change(queue, mix=0.5, overlap=3, signal_kinds=["edited"])
        changed.set()
        connections.close_all()

    thread = threading.Thread(target=changing)
    thread.start()
    with transaction.atomic():
        stock.items(feature, 40)
        placed.set()
        # The change does not wait for the batch, nor the batch for the change.
        assert changed.wait(PATIENCE)
    thread.join()
    stock.items(feature, 10)
    rows = {(item.queue_id, item.needed, item.design_id) for item in Item.objects.all()}
    old = SamplingDesign.objects.get(queue=queue, ended_at=LATER)
    assert rows == {(queue.pk, 1, old.pk), (other.pk, 1, SamplingDesign.objects.get(queue=other).pk)}
    assert Item.objects.filter(queue=queue).count() == 40


@pytest.mark.django_db(transaction=True)
def test_changes_and_batches_at_once_leave_one_current_design_and_every_item_whole() -> None:
    feature = cast.feature()
    queue = stock.queue(feature)
    interactions = Interaction.objects.bulk_create(
        Interaction(
            feature=feature,
            external_id=f"gen_{number}",
            fingerprint=number.to_bytes(16),
            occurred_at=NOW,
            ingested_at=NOW,
            model_version="m",
            random_number=(number + 0.5) / 200,
        )
        for number in range(200)
    )
    signals = Signal.objects.bulk_create(
        Signal(interaction=one, external_id="s", kind="accepted", observed_at=NOW, ingested_at=NOW)
        for one in interactions
    )

    def act(number: int) -> None:
        if number % 2:
            change(queue, mix=number / 100, overlap=1 + number % 3)
        else:
            batch = [fill.stored(one) for one in signals[number * 5 : number * 5 + 10]]
            with transaction.atomic():
                fill.place(signals=batch, now=NOW)

    stock.together(8, act, list(range(40)))
    assert SamplingDesign.objects.filter(queue=queue, ended_at=None).count() == 1
    assert Item.objects.count() == 200
    for number in range(0, 40, 2):
        batch = Item.objects.filter(signal__in=signals[number * 5 : number * 5 + 10])
        assert batch.values("design", "needed").distinct().count() == 1
