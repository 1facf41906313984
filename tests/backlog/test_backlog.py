"""The backlog: what is open and how old, what came and went, who labeled, and how each queue stands."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import backlog
from annotation.labels import submit
from annotation.models import Feature, Item
from annotation.queues import lease
from tests import stock, worlds
from tests.worlds import day


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def test_open_items_are_counted_by_feature_kind_and_age(drafts: Feature) -> None:
    chat = stock.feature("chat")
    for age in (0.5, 1, 6.9, 7, 29, 30, 90):
        worlds.item(drafts, on=100 - age)
    worlds.item(drafts, on=99.5, kind="edited")
    worlds.item(chat, on=99.5)
    worlds.labeled(drafts, on=98)
    found = backlog.summary(features=[drafts, chat], now=day(100))
    assert [(one.feature, one.signal_kind, one.by_age) for one in found.open] == [
        (drafts, "accepted", (1, 2, 2, 2)),
        (chat, "accepted", (1, 0, 0, 0)),
        (drafts, "edited", (1, 0, 0, 0)),
    ]
    assert found.total == 9


def test_what_is_not_asked_for_is_not_counted(drafts: Feature) -> None:
    worlds.turn(stock.feature("chat"))
    found = backlog.summary(features=[drafts], now=day(10))
    assert (found.open, found.labelers, found.oldest, found.arrived, found.completed) == ((), (), None, 0, 0)
    assert [state.queue.feature for state in found.queues] == [drafts]


def test_arrivals_and_completions_are_counted_by_utc_day_for_28_days_and_today(drafts: Feature) -> None:
    worlds.labeled(drafts, on=2)
    worlds.labeled(drafts, on=29)
    worlds.item(drafts, on=30)
    found = backlog.summary(features=[drafts], now=day(31))
    assert len(found.days) == 29
    assert (found.days[0].day, found.days[-1].day) == (day(3).date(), day(31).date())
    busy = {one.day: (one.arrived, one.completed) for one in found.days if one.arrived or one.completed}
    assert busy == {day(3).date(): (0, 1), day(29).date(): (1, 0), day(30).date(): (1, 1)}
    assert (found.arrived, found.completed) == (2, 2)


def test_an_item_that_is_decided_anew_was_completed_once(drafts: Feature) -> None:
    item = worlds.labeled(drafts)
    answer = submit.Answer(reason_code="adequate", submission_id=uuid4(), replaces=item.labels.get().pk)
    submit.label(rater=stock.rater(1), item=item, answer=answer, now=day(2))
    assert backlog.summary(features=[drafts], now=day(3)).completed == 1


def test_each_person_s_labels_of_7_and_28_days_are_counted_without_those_taken_back(drafts: Feature) -> None:
    for on, by in ((1, 1), (20, 1), (25, 1), (26, 2), (27, 2)):
        worlds.label(worlds.item(drafts, on=0), on=on, by=by)
    taken_back = worlds.item(drafts)
    worlds.label(taken_back, on=27, by=1)
    submit.undo(rater=stock.rater(1), item=taken_back, now=day(27))
    found = backlog.summary(features=[drafts], now=day(30))
    assert [(one.rater, one.last_7_days, one.last_28_days) for one in found.labelers] == [
        (stock.rater(2), 2, 2),
        (stock.rater(1), 1, 2),
    ]
    assert found.labelers[0].last_labeled_at == day(27)


def test_the_oldest_open_item_is_named(drafts: Feature) -> None:
    worlds.labeled(drafts)
    oldest = worlds.item(drafts, on=1)
    worlds.item(drafts, on=2)
    assert backlog.summary(features=[drafts], now=day(3)).oldest == oldest


def test_each_queue_says_what_is_open_held_disputed_flagged_and_past_its_limit(drafts: Feature) -> None:
    items = [worlds.item(drafts, on=on) for on in (0, 2, 2, 2, 8)]
    Item.objects.filter(pk=items[1].pk).update(needed=2)
    worlds.label(items[1], on=3)
    worlds.label(items[1], on=3, by=2, reason="unread")
    lease.take_chosen(rater=stock.rater(1), item=items[2], now=day(3))
    submit.flag(rater=stock.rater(1), item=items[2], reason="garbled", comment="", submission_id=uuid4(), now=day(3))
    lease.take_chosen(rater=stock.rater(1), item=items[3], now=day(8))
    (state,) = backlog.summary(features=[drafts], now=day(8) + timedelta(minutes=5)).queues
    assert (state.open, state.held, state.disputed, state.flagged) == (3, 1, 1, 1)
    assert (state.past_limit, state.oldest_queued_at) == (1, day(0))


def test_an_expired_lease_holds_nothing(drafts: Feature) -> None:
    lease.take_chosen(rater=stock.rater(1), item=worlds.item(drafts), now=day(0))
    (state,) = backlog.summary(features=[drafts], now=day(1)).queues
    assert (state.open, state.held) == (1, 0)


def test_a_feature_without_anything_has_a_summary_too(drafts: Feature) -> None:
    found = backlog.summary(features=[], now=day(1))
    assert (found.total, found.queues) == (0, ())


def test_it_takes_as_many_statements_for_many_features_as_for_one(drafts: Feature) -> None:
    features = [drafts, *(stock.feature(f"chat-{number}") for number in range(5))]
    for feature in features:
        worlds.turn(feature)
        worlds.item(feature)
    counts = []
    for chosen in (features[:1], features):
        with CaptureQueriesContext(connection) as queries:
            backlog.summary(features=chosen, now=day(10))
        counts.append(len(queries))
    assert counts[0] == counts[1]
