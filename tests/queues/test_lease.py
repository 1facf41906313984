"""One person, one item: held at most as often as needed, given back in time, never waited for."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from annotation.models import Feature, Item, Lease, Queue, Rater, Skip
from annotation.queues import lease
from tests import stock
from tests.cast import NOW
from tests.queues.drain import Handed, drained

MINUTE = timedelta(minutes=1)


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def test_items_come_by_smallest_key_and_the_held_one_stays_until_answered(drafts: Feature) -> None:
    first, second, *_ = stock.items(drafts, 5)
    queue = stock.queue(drafts)
    assert lease.take(rater=stock.rater(1), queue=queue, now=NOW) == first
    assert lease.take(rater=stock.rater(1), queue=queue, now=NOW + MINUTE) == first
    assert lease.take(rater=stock.rater(2), queue=queue, now=NOW) == second
    first.refresh_from_db()
    assert first.taken == [stock.rater(1).pk]
    assert first.first_shown_at == NOW


def test_sample_items_come_before_all_others(drafts: Feature) -> None:
    (late,) = stock.items(drafts, 1, late=True)
    (sample,) = stock.items(drafts, 1)
    queue = stock.queue(drafts)
    assert lease.take(rater=stock.rater(1), queue=queue, now=NOW) == sample
    assert lease.take(rater=stock.rater(2), queue=queue, now=NOW) == late
    assert lease.take(rater=stock.rater(3), queue=queue, now=NOW) is None


def test_an_expired_lease_gives_the_item_to_the_next_person(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    queue = stock.queue(drafts)
    lease.take(rater=stock.rater(1), queue=queue, now=NOW)
    assert lease.take(rater=stock.rater(2), queue=queue, now=NOW + 14 * MINUTE) is None
    assert lease.expire(now=NOW + 15 * MINUTE) == 1
    assert lease.take(rater=stock.rater(2), queue=queue, now=NOW + 15 * MINUTE) == item
    item.refresh_from_db()
    assert item.taken == [stock.rater(2).pk]


def test_two_leases_of_one_item_expire_together(drafts: Feature) -> None:
    stock.queue(drafts, overlap=2)
    (item,) = stock.items(drafts, 1)
    Item.objects.filter(pk=item.pk).update(needed=2)
    for number in (1, 2):
        lease.take(rater=stock.rater(number), queue=stock.queue(drafts), now=NOW)
    assert lease.expire(now=NOW + 20 * MINUTE) == 1
    item.refresh_from_db()
    assert (item.taken, Lease.objects.count()) == ([], 0)


def test_renewing_holds_on_and_fails_in_words_once_the_lease_is_gone(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    lease.take(rater=stock.rater(1), queue=stock.queue(drafts), now=NOW)
    assert lease.renew(rater=stock.rater(1), item=item, now=NOW + 10 * MINUTE) == NOW + 25 * MINUTE
    assert lease.expire(now=NOW + 20 * MINUTE) == 0
    lease.release(rater=stock.rater(1), item=item)
    with pytest.raises(lease.LeaseLost, match="What you typed is still here"):
        lease.renew(rater=stock.rater(1), item=item, now=NOW + 20 * MINUTE)


def test_a_released_item_is_free_again(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    lease.take(rater=stock.rater(1), queue=stock.queue(drafts), now=NOW)
    lease.release(rater=stock.rater(1), item=item)
    lease.release(rater=stock.rater(1), item=item)
    assert lease.take(rater=stock.rater(2), queue=stock.queue(drafts), now=NOW) == item


def test_a_skipped_item_is_not_offered_to_that_person_again(drafts: Feature) -> None:
    (item,) = stock.items(drafts, 1)
    Skip.objects.create(item=item, rater=stock.rater(1), reason="language", skipped_at=NOW, submission_id="0" * 32)
    assert lease.take(rater=stock.rater(1), queue=stock.queue(drafts), now=NOW) is None
    assert lease.take(rater=stock.rater(2), queue=stock.queue(drafts), now=NOW) == item


def test_a_chosen_item_goes_through_the_same_take(drafts: Feature) -> None:
    first, second = stock.items(drafts, 2)
    assert lease.take_chosen(rater=stock.rater(1), item=second, now=NOW) == second
    assert lease.take_chosen(rater=stock.rater(1), item=second, now=NOW + MINUTE) == second
    with pytest.raises(lease.Taken):
        lease.take_chosen(rater=stock.rater(2), item=second, now=NOW)
    Item.objects.filter(pk=first.pk).update(status="withdrawn")
    with pytest.raises(lease.NotOpen, match="it is withdrawn"):
        lease.take_chosen(rater=stock.rater(1), item=first, now=NOW)


def test_what_would_have_to_be_waited_for_is_not_taken_at_once(drafts: Feature) -> None:
    rater, queue = stock.rater(1), stock.queue(drafts)
    turns = stock.conversation(drafts, "accepted", "edited")
    # More than people are at work, so that the second turn comes along.
    stock.items(drafts, 3)
    assert lease.take_chosen(rater=rater, item=turns[0], now=NOW, together=True) == turns[0]
    lease.release(rater=rater, item=turns[0])
    # Held and not shown yet: to show it waits for its lock.
    assert lease.take_at_once(rater=rater, queue=queue, now=NOW) is None
    assert lease.take(rater=rater, queue=queue, now=NOW) == turns[1]
    assert lease.take_at_once(rater=rater, queue=queue, now=NOW) == turns[1]
    # Past its time: it is given back first.
    assert lease.take_at_once(rater=rater, queue=queue, now=NOW + 20 * MINUTE) is None
    assert lease.take(rater=rater, queue=queue, now=NOW + 20 * MINUTE) is not None


def test_a_ticket_proves_that_the_item_was_handed_to_this_person(drafts: Feature) -> None:
    first, second = stock.items(drafts, 2)
    proof = lease.ticket(rater=stock.rater(1), item=first)
    lease.check_ticket(rater=stock.rater(1), item=first, proof=proof)
    for rater, item, shown in ((2, first, proof), (1, second, proof), (1, first, "forged"), (1, first, "")):
        with pytest.raises(lease.NotYours):
            lease.check_ticket(rater=stock.rater(rater), item=item, proof=shown)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("needed", [1, 2])
def test_no_item_is_handed_to_more_people_than_it_needs(needed: int) -> None:
    """16 threads of 8 people, in two tabs each, take and answer until nothing is left."""
    drafts = stock.feature()
    stock.items(drafts, 120)
    Item.objects.update(needed=needed)
    queue = stock.queue(drafts)
    raters = [stock.rater(number % 8) for number in range(16)]
    worked = stock.together(16, lambda rater: _drain(rater, queue), raters)
    handed = [pair for pairs in worked for pair in pairs]
    by_item = Counter(item for item, _ in set(handed))
    assert set(by_item.values()) == {needed}
    assert len(by_item) == 120
    assert set(Item.objects.values_list("taken__len", flat=True)) == {needed}


def _drain(rater: Rater, queue: Queue) -> list[Handed]:
    return drained(rater, partial(lease.take, rater=rater, queue=queue, now=NOW))
