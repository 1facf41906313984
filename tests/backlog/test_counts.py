"""What waits is counted as it comes and goes: whatever happens to items, the sum is what there is."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from annotation import audit, backlog
from annotation.backlog import stock as read
from annotation.labels import submit
from annotation.models import BacklogCount, Feature, Item, Queue
from annotation.queues import lease
from tests import stock, worlds
from tests.worlds import day

UNFINISHED = ("open", "disputed", "flagged")


def _counted(of: Feature) -> Counter[tuple[int, str]]:
    found: Counter[tuple[int, str]] = Counter()
    for row in BacklogCount.objects.filter(feature=of, what__in=UNFINISHED):
        found[row.queue_id, row.what] += row.number
    return +found


def _there(of: Feature) -> Counter[tuple[int, str]]:
    return Counter(Item.objects.filter(feature=of, status__in=UNFINISHED).values_list("queue_id", "status"))


@pytest.mark.django_db
def test_the_sum_is_what_there_is_whatever_happens() -> None:
    drafts = stock.feature()
    other = Queue.objects.create(feature=drafts, name="other", rank=200, created_at=day(0))
    items = stock.items(drafts, 12, now=day(0))
    Item.objects.filter(pk=items[0].pk).update(needed=2)
    worlds.label(items[0], on=1)
    worlds.label(items[0], on=1, by=2, reason="unread")
    lease.take_chosen(rater=stock.rater(1), item=items[1], now=day(1))
    submit.flag(rater=stock.rater(1), item=items[1], reason="garbled", comment="", submission_id=uuid4(), now=day(1))
    worlds.label(items[2], on=1)
    submit.undo(rater=stock.rater(1), item=items[2], now=day(2))
    worlds.label(items[3], on=1)
    Item.objects.filter(pk__in=[one.pk for one in items[4:7]]).update(queue=other)
    Item.objects.filter(pk=items[7].pk).update(status=Item.Status.WITHDRAWN)
    Item.objects.filter(pk=items[8].pk).delete()
    assert _counted(drafts) == _there(drafts)
    assert sum(_there(drafts).values()) == 9
    before = read.flows(features=[drafts.pk], now=day(3))
    while backlog.fold():
        pass
    assert set(BacklogCount.objects.values_list("is_sum", flat=True)) == {True}
    assert _counted(drafts) == _there(drafts)
    assert read.flows(features=[drafts.pk], now=day(3)) == before
    whole = read.together(before.values(), now=day(3))
    assert sum(one.arrived for one in whole.days) == 12
    assert sum(one.completed for one in whole.days) == 1


@pytest.mark.django_db
def test_what_is_counted_wrong_is_mended_at_night(caplog: pytest.LogCaptureFixture) -> None:
    drafts = stock.feature()
    stock.items(drafts, 3, now=day(0))
    assert backlog.check(now=day(1)) == 0
    BacklogCount.objects.filter(what="open").delete()
    assert backlog.check(now=day(1)) == 1
    assert "are mended" in caplog.text
    assert _counted(drafts) == _there(drafts)
    assert backlog.check(now=day(1)) == 0


@pytest.mark.django_db(transaction=True)
def test_folding_while_others_write_loses_nothing_and_shows_nothing_twice() -> None:
    drafts = stock.feature()
    items = [one.pk for one in stock.items(drafts, 60, now=day(0))]

    def work(number: int) -> int:
        if number % 3 == 0:
            return backlog.fold()
        if number % 3 == 1:
            return sum(one.open + one.flagged for one in read.stocks(features=[drafts.pk], now=day(1)))
        with transaction.atomic():
            pk = random.Random(number).choice(items)
            was = Item.objects.select_for_update().get(pk=pk).status
            now = Item.Status.FLAGGED if was == Item.Status.OPEN else Item.Status.OPEN
            return 60 * Item.objects.filter(pk=pk).update(status=now)

    told = stock.together(6, work, list(range(150)))
    assert {number for place, number in enumerate(told) if place % 3 == 1} == {60}
    assert _counted(drafts) == _there(drafts)
    assert backlog.check(now=day(1)) == 0


@pytest.mark.django_db
def test_ages_and_limits_are_told_to_the_hour() -> None:
    drafts = stock.feature()
    stock.queue(drafts, limit_hours=24)
    now = day(10)
    for hours in (0.5, 1.5, 23.5, 25.5, 180):
        worlds.item(drafts, on=10 - hours / 24)
    (state,) = backlog.queues(features=[drafts], now=now)
    assert (state.open, state.past_limit, state.due_day, state.due_week) == (5, 2, 3, 3)
    assert state.oldest_queued_at == now - timedelta(hours=180)


@pytest.mark.django_db
def test_items_come_from_the_record_of_who_moved_them() -> None:
    """A queue that is emptied by moving keeps what came to it: an arrival isn't taken back."""
    drafts = stock.feature()
    other = Queue.objects.create(feature=drafts, name="other", rank=200, created_at=day(0))
    stock.items(drafts, 4, now=day(0))
    Item.objects.filter(feature=drafts).update(queue=other)
    flows = read.flows(features=[drafts.pk], now=day(1))
    came = {pk: sum(one.arrived for one in flow.days) for pk, flow in flows.items()}
    assert came == {stock.queue(drafts).pk: 4, other.pk: 0}
    assert audit.FLYWHEEL.user is None
