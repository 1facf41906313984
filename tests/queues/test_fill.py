"""Signals become items of the first queue that takes their kind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from annotation import audit
from annotation.models import Cohort, DelayedSignal, Item, Queue, SamplingDesign
from annotation.queues import fill, routes, setup
from tests import stock
from tests.cast import NOW

pytestmark = pytest.mark.django_db


def test_a_new_feature_has_a_queue_for_every_kind_and_posting_it_again_changes_nothing() -> None:
    made = stock.feature()
    again, created = setup.create_feature(
        spec=setup.FeatureSpec(slug="drafts", closure_days=3), actor=audit.FLYWHEEL, now=NOW
    )
    assert (again.pk, created, again.closure_days) == (made.pk, False, 30)
    assert SamplingDesign.objects.get(ended_at=None).queue == Queue.objects.get(feature=made)


def test_an_item_of_the_sample_has_the_key_of_its_interaction_and_the_cohort_of_its_day() -> None:
    (item,) = stock.items(stock.feature(), 1)
    assert (item.purpose, item.weight, item.key) == ("sample", 1.0, item.interaction.random_number)
    assert Cohort.objects.get().day == NOW.date()
    assert item.cohort_id == Cohort.objects.get().pk
    assert item.public_id.startswith("itm_")


def test_ids_of_items_are_unique_and_in_the_order_of_arrival() -> None:
    items = sorted(stock.items(stock.feature(), 500), key=lambda item: item.pk)
    ids = [item.public_id for item in items]
    assert len(set(ids)) == 500
    assert ids == sorted(ids)


def test_a_late_signal_is_evidence_and_makes_an_item_outside_the_sample() -> None:
    (item,) = stock.items(stock.feature(), 1, late=True)
    assert (item.purpose, item.weight, item.key, item.cohort) == ("backfill", None, None, None)


def test_a_kind_that_no_queue_takes_makes_no_item() -> None:
    made = stock.feature()
    assert stock.items(made, 2, kind="later_result") == []
    assert stock.items(made, 2, kind="waved_at_screen") == []


def test_the_first_queue_by_rank_that_takes_the_kind_gets_the_item() -> None:
    made = stock.feature()
    spec = setup.QueueSpec(name="edits", rank=1, signal_kinds=["edited"])
    edits, _ = setup.create_queue(feature=made, spec=spec, actor=audit.FLYWHEEL, now=NOW)
    assert stock.items(made, 1, kind="edited")[0].queue_id == edits.pk
    assert stock.items(made, 1, kind="accepted")[0].queue_id == stock.queue(made).pk


def test_a_queue_with_a_delay_gets_its_items_when_they_are_due() -> None:
    made = stock.feature()
    stock.queue(made, delay_hours=2)
    assert stock.items(made, 3) == []
    assert fill.due(now=NOW + timedelta(hours=1, minutes=59)) == 0
    assert fill.due(now=NOW + timedelta(hours=2)) == 3
    assert fill.due(now=NOW + timedelta(hours=2)) == 0
    assert (Item.objects.count(), DelayedSignal.objects.count()) == (3, 0)


def test_a_share_of_a_queue_with_overlap_asks_for_all_labels() -> None:
    made = stock.feature()
    stock.queue(made, overlap=2, overlap_max=4, full_overlap_share=0.25)
    (route,) = routes.of([made.pk], day=NOW.date())[made.pk]
    drawn = {number for number in range(4000) if fill.is_full_overlap(route=route, signal_id=number)}
    assert 918 <= len(drawn) <= 1082  # 1,000 expected, standard deviation 27.4
    # Which signals these items are of depends on the tests before.
    items = stock.items(made, 200)
    assert {item.needed for item in items} == {2, 4}
    for item in items:
        assert (item.needed == 4) is fill.is_full_overlap(route=route, signal_id=item.signal_id)


def test_overlap_max_below_overlap_is_refused_in_words() -> None:
    made = stock.feature()
    with pytest.raises(setup.OverlapMaxTooSmall, match="overlap_max \\(2\\) must be at least overlap \\(3\\)"):
        setup.create_queue(
            feature=made, spec=setup.QueueSpec(name="x", overlap=3, overlap_max=2), actor=audit.FLYWHEEL, now=NOW
        )


def test_a_signal_has_one_item_of_the_sample_or_backfill() -> None:
    (item,) = stock.items(stock.feature(), 1)
    copy = Item(
        public_id="itm_x",
        feature=item.feature,
        queue=item.queue,
        interaction=item.interaction,
        signal=item.signal,
        signal_kind=item.signal_kind,
        purpose="backfill",
        queued_at=NOW,
    )
    with pytest.raises(IntegrityError, match="item_once_a_signal"), transaction.atomic():
        copy.save()
    copy.purpose = "gold"
    copy.save()


@pytest.mark.parametrize(
    "change", [{"weight": None}, {"key": None}, {"purpose": "gold"}, {"weight": 2.0}, {"key": 0.9}]
)
def test_weight_and_key_of_a_sample_item_never_change(change: dict[str, object]) -> None:
    (item,) = stock.items(stock.feature(), 1)
    with pytest.raises(DatabaseError, match="Cannot update rows from annotation_item"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(**change)


def test_more_queues_ask_the_database_no_more(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    feature = stock.feature()
    for name in ("first", "second", "third"):
        setup.create_queue(feature=feature, spec=setup.QueueSpec(name=name), actor=audit.FLYWHEEL, now=NOW)
    placed = fill.Stored(interaction_id=1, feature_id=feature.pk, kind="unheard", random_number=0.5, is_late=False)
    with django_assert_num_queries(1):
        assert fill.place(signals=[(1, placed)], now=NOW) == 0
