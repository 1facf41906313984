"""The item that comes next is held ready for two minutes, where there is enough for everybody at work."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from annotation.models import Feature, Item, Lease, Queue, Rater
from annotation.queues import cohorts, lease
from tests import stock
from tests.cast import NOW
from tests.queues.drain import Handed, drained

MINUTE = timedelta(minutes=1)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def _take(feature: Feature, rater: int = 1, *, after: timedelta = timedelta()) -> Item | None:
    return lease.take(rater=stock.rater(rater), queue=stock.queue(feature), now=NOW + after)


def _ahead(feature: Feature, beside: Item, rater: int = 1, *, after: timedelta = timedelta()) -> Item | None:
    return lease.ahead(rater=stock.rater(rater), queue=stock.queue(feature), now=NOW + after, beside=beside)


def test_the_next_item_is_held_ready_in_the_group_of_the_one_in_sight(drafts: Feature) -> None:
    first, second, *_ = stock.items(drafts, 5)
    assert _take(drafts) == first
    assert _ahead(drafts, first) == second
    shown, ahead = Lease.objects.order_by("pk")
    assert (ahead.shown_at, ahead.expires_at, ahead.lease_group) == (None, NOW + 2 * MINUTE, shown.lease_group)
    second.refresh_from_db()
    assert (second.taken, second.first_shown_at) == ([stock.rater(1).pk], None)


def test_a_person_holds_one_ahead_however_often_they_ask(drafts: Feature) -> None:
    first, second, *_ = stock.items(drafts, 5)
    _take(drafts)
    assert _ahead(drafts, first) == _ahead(drafts, first, after=MINUTE) == second
    assert Lease.objects.count() == 2


def test_shown_it_is_held_in_full(drafts: Feature) -> None:
    first, second, *_ = stock.items(drafts, 5)
    _take(drafts)
    _ahead(drafts, first)
    lease.show(rater=stock.rater(1), item=second, now=NOW + MINUTE)
    held = Lease.objects.get(item=second)
    assert (held.shown_at, held.expires_at, held.is_ahead) == (NOW + MINUTE, NOW + 16 * MINUTE, False)
    second.refresh_from_db()
    assert second.first_shown_at == NOW + MINUTE


def test_the_item_in_sight_comes_before_the_one_held_ahead_and_that_one_before_all_others(drafts: Feature) -> None:
    first, second, *_ = stock.items(drafts, 5)
    _take(drafts)
    _ahead(drafts, first)
    assert _take(drafts) == first
    lease.release(rater=stock.rater(1), item=first)
    assert _take(drafts, after=MINUTE) == second
    assert Lease.objects.get().shown_at == NOW + MINUTE


def test_not_shown_for_two_minutes_it_falls_to_others(drafts: Feature) -> None:
    first, second, third, *_ = stock.items(drafts, 5)
    _take(drafts)
    _ahead(drafts, first)
    assert _take(drafts, 2) == third
    assert lease.expire(now=NOW + 2 * MINUTE) == 1
    assert _take(drafts, 3, after=2 * MINUTE) == second
    with pytest.raises(lease.Taken):
        lease.show(rater=stock.rater(1), item=second, now=NOW + 2 * MINUTE)


def test_a_lapsed_one_that_nobody_took_is_taken_again_when_it_is_shown(drafts: Feature) -> None:
    first, second, *_ = stock.items(drafts, 5)
    _take(drafts)
    _ahead(drafts, first)
    lease.expire(now=NOW + 3 * MINUTE)
    assert lease.show(rater=stock.rater(1), item=second, now=NOW + 3 * MINUTE) == second
    second.refresh_from_db()
    assert second.taken == [stock.rater(1).pk]


def test_nothing_is_held_ahead_unless_more_is_free_than_people_are_at_work(drafts: Feature) -> None:
    first, *_ = stock.items(drafts, 4)
    _take(drafts)
    _take(drafts, 2)
    assert _ahead(drafts, first) is None  # two free, two at work
    stock.items(drafts, 1)
    assert _ahead(drafts, first) is not None
    assert _take(drafts, 3) is not None


def test_what_was_held_ahead_when_its_cohort_closed_was_not_reached(drafts: Feature) -> None:
    stock.queue(drafts, lease_minutes=60 * 24 * 30)
    first, second, third = stock.items(drafts, 3)
    lease.take_chosen(rater=stock.rater(2), item=third, now=NOW)
    _take(drafts)
    end = NOW + timedelta(days=30)
    Lease.objects.create(
        item=second,
        rater=stock.rater(1),
        queue=second.queue,
        lease_group="lg",
        leased_at=end,
        expires_at=end + MINUTE,
        is_ahead=True,
    )
    Item.objects.filter(pk=second.pk).update(taken=[stock.rater(1).pk])
    cohorts.close_due(now=end)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.cohort is not None
    assert first.cohort.threshold == first.key
    assert second.status == "reserve"
    # It can still be shown and answered, as everything that somebody was handed; it counts in no rate.
    assert lease.show(rater=stock.rater(1), item=second, now=end) == second


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("needed", [1, 2])
def test_no_item_is_handed_to_more_people_than_it_needs_with_others_held_ahead(needed: int) -> None:
    """8 people in two tabs each take, hold one ahead, show it, and answer until nothing is left."""
    drafts = stock.feature()
    stock.items(drafts, 120)
    Item.objects.update(needed=needed)
    queue = stock.queue(drafts)
    raters = [stock.rater(number % 8) for number in range(16)]
    worked = stock.together(16, lambda rater: _work(rater, queue), raters)
    by_item = Counter(item for item, _ in {pair for pairs in worked for pair in pairs})
    assert set(by_item.values()) == {needed}
    assert len(by_item) == 120
    assert set(Item.objects.values_list("taken__len", flat=True)) == {needed}


def _work(rater: Rater, queue: Queue) -> list[Handed]:
    def ahead(item: Item) -> list[Item]:
        found = lease.ahead(rater=rater, queue=queue, now=NOW, beside=item)
        return [found] if found else []

    return drained(rater, partial(lease.take, rater=rater, queue=queue, now=NOW), also=ahead)
