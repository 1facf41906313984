"""Silence is sampled like any signal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotation.ingest import settle
from annotation.models import Interaction, Item, Signal
from tests import stock
from tests.cast import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def test_an_interaction_without_a_queued_signal_gets_a_no_signal_item_when_it_settles() -> None:
    drafts = stock.feature()
    stock.items(drafts, 1, kind="accepted")
    stock.items(drafts, 2, kind="later_result")
    Interaction.objects.update(settle_at=NOW + DAY)
    assert settle.settle(now=NOW + DAY - timedelta(seconds=1)) == 0
    assert settle.settle(now=NOW + DAY) == 3
    assert settle.settle(now=NOW + DAY) == 0
    assert Signal.objects.filter(kind="no_signal", observed_at=NOW + DAY).count() == 2
    assert sorted(Item.objects.values_list("signal_kind", "purpose")) == [
        ("accepted", "sample"),
        ("no_signal", "sample"),
        ("no_signal", "sample"),
    ]


def test_an_erased_interaction_says_nothing_any_more() -> None:
    stock.items(stock.feature(), 1, kind="later_result")
    Interaction.objects.update(settle_at=NOW, erased_at=NOW)
    assert settle.settle(now=NOW) == 0
