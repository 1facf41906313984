"""A filter and a chosen item go through the same take; lists page through whatever there is."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from annotation.models import Feature, Item, Queue, Rater, Skip
from annotation.queues import items, lease
from tests import stock
from tests.cast import NOW
from tests.queues.drain import Handed, drained

HOUR = timedelta(hours=1)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def test_a_filter_takes_only_what_it_names(drafts: Feature) -> None:
    stock.items(drafts, 3)
    (edited,) = stock.items(drafts, 1, kind="edited")
    queue, wanted = stock.queue(drafts), lease.Wanted(kind="edited")
    assert lease.take(rater=stock.rater(1), queue=queue, now=NOW, wanted=wanted) == edited
    assert lease.take(rater=stock.rater(2), queue=queue, now=NOW, wanted=wanted) is None


def test_what_one_holds_outside_the_filter_waits(drafts: Feature) -> None:
    (edited,) = stock.items(drafts, 1, kind="edited")
    (accepted,) = stock.items(drafts, 1)
    queue, rater = stock.queue(drafts), stock.rater(1)
    assert lease.take(rater=rater, queue=queue, now=NOW) == edited
    assert lease.take(rater=rater, queue=queue, now=NOW, wanted=lease.Wanted(kind="accepted")) == accepted
    assert lease.take(rater=rater, queue=queue, now=NOW) == edited


def test_by_age_the_old_ones_come(drafts: Feature) -> None:
    old = stock.items(drafts, 2)
    stock.items(drafts, 4, now=NOW + 5 * HOUR)
    wanted = lease.Wanted(queued_by=NOW + HOUR)
    queue, now = stock.queue(drafts), NOW + 6 * HOUR
    taken = [lease.take(rater=stock.rater(number), queue=queue, now=now, wanted=wanted) for number in (1, 2, 3)]
    assert taken == [*old, None]


def test_the_next_one_held_ahead_is_of_the_filter_too(drafts: Feature) -> None:
    first, second, *_ = stock.items(drafts, 4, kind="edited")
    stock.items(drafts, 4)
    wanted, queue = lease.Wanted(kind="edited"), stock.queue(drafts)
    lease.take(rater=stock.rater(1), queue=queue, now=NOW, wanted=wanted)
    assert lease.ahead(rater=stock.rater(1), queue=queue, now=NOW, beside=first, wanted=wanted) == second


def test_the_list_has_what_one_could_take_in_the_order_of_serving_page_by_page(drafts: Feature) -> None:
    expected = stock.items(drafts, 7)
    late = stock.items(drafts, 3, late=True)
    queue, rater = stock.queue(drafts), stock.rater(1)
    lease.take_chosen(rater=stock.rater(2), item=expected[0], now=NOW)
    Skip.objects.create(item=expected[1], rater=rater, reason="language", skipped_at=NOW, submission_id="0" * 32)
    found: list[Item] = []
    while page := items.free(rater=rater, queue=queue, count=4, after=found[-1] if found else None):
        found += page
    assert found == expected[2:] + late


def test_the_list_shows_what_one_holds_apart(drafts: Feature) -> None:
    first, second, *_ = stock.items(drafts, 4)
    queue, rater = stock.queue(drafts), stock.rater(1)
    lease.take(rater=rater, queue=queue, now=NOW)
    lease.ahead(rater=rater, queue=queue, now=NOW, beside=first)
    assert items.held(rater=rater, queue=queue, now=NOW) == [first]
    assert second not in items.free(rater=rater, queue=queue, count=9)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("needed", [1, 2])
def test_filters_and_chosen_items_hand_no_item_to_more_people_than_it_needs(needed: int) -> None:
    """16 people at once: some in a filter, some in all, some pick from the list, all in the same items."""
    drafts = stock.feature()
    for kind in ("accepted", "edited", "copied"):
        stock.items(drafts, 30, kind=kind)
    Item.objects.update(needed=needed)
    queue = stock.queue(drafts)
    ways = [lease.ALL, lease.Wanted(kind="accepted"), lease.Wanted(kind="edited"), None]
    everybody = [(stock.rater(number), ways[number % 4]) for number in range(16)]
    worked = stock.together(16, lambda one: _work(one[0], queue, one[1]), everybody)
    takers = Counter(item for item, _ in {pair for pairs in worked for pair in pairs})
    assert set(takers.values()) == {needed}
    assert len(takers) == 90
    assert set(Item.objects.values_list("taken__len", flat=True)) == {needed}


def _work(rater: Rater, queue: Queue, wanted: lease.Wanted | None) -> list[Handed]:
    """`wanted` None: choose the first of the list, as everybody does who looks at it at the same moment."""
    taking = partial(_chosen, rater, queue) if wanted is None else partial(_next, rater, queue, wanted)
    return drained(rater, taking, kind=wanted.kind if wanted else "")


def _next(rater: Rater, queue: Queue, wanted: lease.Wanted) -> Item | None:
    return lease.take(rater=rater, queue=queue, now=NOW, wanted=wanted)


def _chosen(rater: Rater, queue: Queue) -> Item | None:
    for item in items.free(rater=rater, queue=queue, count=3):
        try:
            return lease.take_chosen(rater=rater, item=item, now=NOW, together=True)
        except lease.Taken:
            continue
    return None
