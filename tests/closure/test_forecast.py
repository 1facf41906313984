"""When what arrives today will have closed, what keeps it from that, and when no forecast is given."""

from __future__ import annotations

from datetime import timedelta

import pytest

from annotation import closure
from annotation.models import Feature, Item
from tests import stock, turning, worlds
from tests.worlds import day


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def _forecast(drafts: Feature, now: float) -> closure.Forecast:
    closure.refresh(now=day(now))
    return closure.forecast(feature=drafts, now=day(now))


def test_it_is_refused_in_words_until_enough_is_known(drafts: Feature) -> None:
    worlds.labeled(drafts)
    assert _forecast(drafts, 9).refusal == "No forecast: it takes 14 whole days of arrivals, and there are 9."
    item = worlds.labeled(drafts, on=18)
    assert "2 exports that led to a changed answer" in (_forecast(drafts, 20).refusal or "")
    assert "none has" in (_forecast(drafts, 20).refusal or "")
    worlds.run(worlds.export([item], of=drafts, on=20), on=21)
    worlds.deploy(drafts, on=22)
    worlds.answer(drafts, on=23)
    assert "only one has" in (_forecast(drafts, 24).refusal or "")


def test_more_arriving_than_is_resolved_is_never_and_says_how_much_more_would_do(drafts: Feature) -> None:
    turning.turn(drafts, days=30)
    found = _forecast(drafts, 30)
    assert (found.is_never, found.on) == (True, None)
    assert found.refusal is not None
    assert found.refusal.startswith(
        "What arrives today won't close at this pace: 8 interactions come a day and people resolve 6."
    )
    assert found.change is not None
    assert found.change.startswith("About 2 more resolved a day would keep up")


def test_the_date_is_the_waits_one_after_another_and_the_longest_must_shrink(drafts: Feature) -> None:
    """Nothing is left open, exports come each seventh day, and 26.25 days later their first changed answer."""
    turning.turn(drafts, days=40, arrive=8, reached=8, train_after=20, deploy_after=6)
    Item.objects.filter(feature=drafts, status=Item.Status.OPEN).update(status=Item.Status.WITHDRAWN)
    found = _forecast(drafts, 75)
    parts = {part.code: part for part in found.parts}
    assert parts["labeling"].days == 0
    assert 0 < parts["export"].low < parts["export"].days < parts["export"].high < 7
    assert (parts["turn"].low, parts["turn"].high) == (26.25, 26.25)
    assert found.total is not None
    assert found.total.days == pytest.approx(26.25 + 3.5, abs=0.3)
    assert found.on == (day(75) + timedelta(days=found.total.days)).date()
    assert found.change is None
    drafts.closure_days = 21
    change = closure.forecast(feature=drafts, now=day(75)).change or ""
    assert change.startswith("From export to the first changed answer takes longest: if that took 1")
    assert "days instead of 26, what" in change
    assert "would close within 21." in change
    drafts.closure_days = 1
    assert "No single step is enough" in (closure.forecast(feature=drafts, now=day(75)).change or "")
