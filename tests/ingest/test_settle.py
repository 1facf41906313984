"""Silence is sampled like any signal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from annotation.ingest import settle, store
from annotation.models import Cohort, Interaction, Item, Signal
from tests import stock
from tests.cast import NOW
from tests.ingest.sent import interaction, later

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_an_interaction_without_a_queued_signal_gets_a_no_signal_item_when_it_settles() -> None:
    drafts = stock.feature()
    stock.items(drafts, 1, kind="accepted")
    stock.items(drafts, 2, kind="later_result")
    Interaction.objects.update(settle_at=NOW + DAY)
    due = NOW + DAY + settle.GRACE
    assert settle.settle(now=due - timedelta(seconds=1)) == 0
    assert settle.settle(now=due) == 3
    assert settle.settle(now=due) == 0
    assert Signal.objects.filter(kind="no_signal", observed_at=NOW + DAY).count() == 2
    assert sorted(Item.objects.values_list("signal_kind", "purpose")) == [
        ("accepted", "sample"),
        ("no_signal", "sample"),
        ("no_signal", "sample"),
    ]


def test_an_erased_interaction_says_nothing_any_more() -> None:
    stock.items(stock.feature(), 1, kind="later_result")
    Interaction.objects.update(settle_at=NOW, erased_at=NOW)
    assert settle.settle(now=NOW + DAY) == 0


def test_a_signal_that_comes_between_the_settle_time_and_the_sweep_breaks_no_silence() -> None:
    stock.items(stock.feature(), 1, kind="accepted", late=True)
    Interaction.objects.update(settle_at=NOW)
    settle.settle(now=NOW + settle.GRACE)
    assert sorted(Item.objects.values_list("signal_kind", "purpose")) == [
        ("accepted", "backfill"),
        ("no_signal", "sample"),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_signal_that_came_in_time_and_is_still_committing_is_waited_for() -> None:
    feature = stock.feature("email-drafts")
    store.interactions(records=[(0, interaction())], now=NOW)
    Cohort.objects.create(queue=stock.queue(feature), day=(NOW + DAY).date())
    with transaction.atomic():
        store.signals(records=[(0, later())], now=NOW + DAY - timedelta(seconds=1))
        stock.together(1, lambda now: settle.settle(now=now), [NOW + DAY + timedelta(seconds=30)])
    settle.settle(now=NOW + DAY + settle.GRACE)
    assert list(Item.objects.values_list("signal_kind", "purpose")) == [("accepted", "sample")]
