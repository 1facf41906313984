"""Before anything is judged, it is said what a judgement could rest on."""

from __future__ import annotations

import pytest

from annotation import validity
from annotation.models import Cohort, Feature
from annotation.validity import Readiness
from tests import stock, worlds
from tests.worlds import day


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def test_only_resolved_items_below_the_threshold_of_a_closed_cohort_count(drafts: Feature) -> None:
    below, beyond = sorted((worlds.labeled(drafts) for _ in range(2)), key=lambda item: item.key or 0)
    worlds.item(drafts)
    assert validity.readiness(feature=drafts).resolved == {}
    Cohort.objects.update(closed_at=day(2), threshold=beyond.key)
    assert below.key is not None
    assert validity.readiness(feature=drafts).resolved == {"accepted": 1}


def test_nothing_resolved_says_what_is_needed() -> None:
    found = Readiness(resolved={})
    assert found.sentence.startswith("Not judged yet: each signal needs 100 resolved items")


def test_the_kind_that_is_nearest_is_named_with_both_sides() -> None:
    found = Readiness(resolved={"accepted": 1200, "edited": 12})
    assert found.ready == ()
    assert "The nearest is accepted, with 1,200 and 12." in found.sentence


def test_kinds_with_enough_on_both_sides_are_named() -> None:
    found = Readiness(resolved={"accepted": 150, "edited": 90, "dismissed": 10})
    assert found.ready == ("accepted",)
    assert "accepted could be judged" in found.sentence
