"""A cohort closes when its day is over and its items are done, or at its limit; closing fixes the sample."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from annotation.models import Cohort, Item
from annotation.queues import cohorts
from tests import stock
from tests.cast import NOW
from tests.locks import somebody_waits
from tests.workers import until

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
AFTER_LIMIT = NOW + 9 * DAY


def _show(items: list[Item], status: str = "resolved") -> None:
    Item.objects.filter(pk__in=[item.pk for item in items]).update(first_shown_at=NOW, status=status)


def test_a_cohort_stays_open_on_its_day_and_while_something_in_it_is_open_or_disputed() -> None:
    first, second = stock.items(stock.feature(), 2)
    _show([first, second])
    assert cohorts.close_due(now=NOW + timedelta(hours=10)) == 0
    Item.objects.filter(pk=first.pk).update(status="disputed")
    assert cohorts.close_due(now=NOW + DAY) == 0
    Item.objects.filter(pk=first.pk).update(status="resolved")
    assert cohorts.close_due(now=NOW + DAY) == 1
    assert Cohort.objects.get().threshold == math.inf


def test_at_its_limit_a_cohort_closes_with_the_last_key_reached_as_threshold() -> None:
    items = stock.items(stock.feature(), 6)
    _show(items[:3])
    assert cohorts.close_due(now=NOW + 7 * DAY) == 0
    assert cohorts.close_due(now=AFTER_LIMIT) == 1
    assert Cohort.objects.get().threshold == items[2].key
    assert list(Item.objects.order_by("key").values_list("status", flat=True)) == ["resolved"] * 3 + ["reserve"] * 3


def test_an_item_labeled_out_of_order_lies_beyond_the_threshold() -> None:
    items = stock.items(stock.feature(), 5)
    _show([items[0], items[1], items[4]])
    cohorts.close_due(now=AFTER_LIMIT)
    threshold = Cohort.objects.get().threshold
    assert threshold == items[1].key
    found = [cohorts.inclusion_probability(threshold=threshold, weight=item.weight, key=item.key) for item in items]
    assert found == [items[1].key, None, None, None, None]


def test_a_withdrawn_item_does_not_stop_the_threshold() -> None:
    items = stock.items(stock.feature(), 4)
    _show([items[0], items[2]])
    Item.objects.filter(pk=items[1].pk).update(status="withdrawn")
    cohorts.close_due(now=AFTER_LIMIT)
    assert Cohort.objects.get().threshold == items[2].key


def test_where_nothing_was_reached_there_is_no_sample() -> None:
    (item,) = stock.items(stock.feature(), 1)
    cohorts.close_due(now=AFTER_LIMIT)
    assert Cohort.objects.get().threshold == 0
    assert cohorts.inclusion_probability(threshold=0, weight=item.weight, key=item.key) is None


def test_inclusion_is_certain_where_nothing_was_left_and_unknown_while_the_cohort_is_open() -> None:
    assert cohorts.inclusion_probability(threshold=math.inf, weight=1, key=0.7) == 1
    assert cohorts.inclusion_probability(threshold=0.5, weight=3, key=0.2) == 1
    assert cohorts.inclusion_probability(threshold=0.5, weight=0.5, key=0.2) == 0.25
    assert cohorts.inclusion_probability(threshold=None, weight=1, key=0.7) is None
    assert cohorts.inclusion_probability(threshold=0.5, weight=None, key=None) is None


def test_an_item_in_somebody_s_hands_at_closing_stays_open_to_be_finished() -> None:
    first, second = stock.items(stock.feature(), 2)
    Item.objects.filter(pk=first.pk).update(taken=[stock.rater().pk], first_shown_at=NOW)
    cohorts.close_due(now=AFTER_LIMIT)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("open", "reserve")


def test_a_closed_cohort_is_final() -> None:
    stock.items(stock.feature(), 1)
    cohorts.close_due(now=AFTER_LIMIT)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Cohort.objects.update(threshold=0.9)


@pytest.mark.django_db(transaction=True)
def test_closing_and_whoever_locks_several_items_do_not_deadlock() -> None:
    items = sorted(stock.items(stock.feature(), 4), key=lambda item: item.pk)
    # By key and, written anew, by its place on the disk too, the second comes after the third.
    Item.objects.filter(pk=items[1].pk).update(evidence_version=2)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Item.objects.select_for_update().get(pk=items[1].pk)
        closed = pool.submit(stock.together, 1, lambda now: cohorts.close_due(now=now), [AFTER_LIMIT])
        until(somebody_waits)
        Item.objects.select_for_update().get(pk=items[2].pk)
    assert closed.result() == [1]
    assert {item.status for item in Item.objects.all()} == {"reserve"}
