"""How much of each day was reached: kept at closing for days that are closed, counted for those that are open."""

from __future__ import annotations

import math

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import backlog
from annotation.models import Cohort, Feature, Item
from annotation.queues import cohorts
from tests import stock
from tests.worlds import day


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def reach(*items: Item) -> None:
    Item.objects.filter(pk__in=[one.pk for one in items]).update(first_shown_at=day(0), status="resolved")


def test_each_day_says_how_many_of_its_items_were_reached_and_how_many_are_the_sample(drafts: Feature) -> None:
    stock.items(drafts, 1, now=day(-31))
    first = stock.items(drafts, 6, now=day(0))
    reach(first[0], first[1], first[4])  # the last one out of order
    Item.objects.filter(pk=first[5].pk).update(status="withdrawn")
    assert cohorts.close_due(now=day(9)) == 2
    second = stock.items(drafts, 3, now=day(8))
    reach(*second)
    assert cohorts.close_due(now=day(9)) == 1
    third = stock.items(drafts, 4, now=day(9))
    reach(third[3])

    (found,) = backlog.coverage(features=[drafts], now=day(10))
    assert found.queue == stock.queue(drafts)
    told = [(one.day, one.reached, one.items, one.sampled, one.threshold) for one in found.cohorts]
    assert told == [
        (day(0).date(), 3, 5, 1, first[1].key),
        (day(8).date(), 3, 3, 3, math.inf),
        (day(9).date(), 1, 4, None, None),
    ]
    assert [one.day for one in found.open] == [day(9).date()]
    assert found.cohorts[0].share == 0.6

    # What is labeled afterwards changes nothing of what a closed day says.
    reach(first[2], first[3])
    assert backlog.coverage(features=[drafts], now=day(10))[0].cohorts[0].reached == 3


def test_a_day_that_closed_before_this_was_counted_is_counted_now(drafts: Feature) -> None:
    items = stock.items(drafts, 3)
    reach(*items[:2])
    Cohort.objects.update(closed_at=day(9), threshold=items[1].key)
    (found,) = backlog.coverage(features=[drafts], now=day(10))
    assert [(one.reached, one.items, one.sampled) for one in found.cohorts] == [(2, 3, 1)]


def test_other_features_and_queues_without_items_are_left_out_and_more_of_them_ask_no_more(drafts: Feature) -> None:
    features = [drafts, *(stock.feature(f"chat-{number}") for number in range(3))]
    for feature in features[:3]:
        stock.items(feature, 2)
    counts = []
    for chosen in (features[:1], features):
        with CaptureQueriesContext(connection) as queries:
            found = backlog.coverage(features=chosen, now=day(1))
        counts.append(len(queries))
    assert {one.queue.feature.slug for one in found} == {"drafts", "chat-0", "chat-1"}
    assert counts[0] == counts[1]
    assert backlog.coverage(features=features[3:], now=day(1)) == ()
