"""A trigger that watches a verdict: each change fires once, while it stands."""

from __future__ import annotations

import pytest

from annotation.models import Cell, Feature
from tests import stock
from tests.triggers import world
from tests.triggers.world import day

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def test_a_verdict_fires_once_when_it_comes_and_again_when_another_comes(drafts: Feature) -> None:
    world.judged(drafts, {-9: "valid"}, version="drafts-0")  # from before
    world.judged(drafts, {0: "not_enough", 1: "valid"}, kind="edited")
    trigger = world.trigger(drafts, world.verdict("valid", "inverted"))
    assert world.watched(trigger, now=day(1)) is None
    cell = world.judged(drafts, {0: "not_enough", 2: "valid"})
    assert world.watched(trigger, now=day(2.9)) is None
    fired = world.watched(trigger, now=day(3))
    assert fired is not None
    told = {"model_version": "drafts-1", "verdict": "valid", "at": day(3).isoformat()}
    assert fired.about == {"condition": "verdict", "signal_kind": "accepted", "changes": [told]}
    assert world.watched(trigger, now=day(9)) is None
    Cell.objects.filter(pk=cell.pk).update(verdict="noise", verdict_at=day(10))
    assert world.watched(trigger, now=day(11)) is None
    Cell.objects.filter(pk=cell.pk).update(verdict="inverted", verdict_at=day(12))
    assert world.watched(trigger, now=day(13)) is not None


def test_what_came_and_went_while_it_rested_is_no_cause(drafts: Feature) -> None:
    trigger = world.trigger(drafts, world.verdict("valid"), cooldown_hours=72)
    world.judged(drafts, {0: "valid"}, version="drafts-1")
    assert world.watched(trigger, now=day(1)) is not None
    gone = world.judged(drafts, {1: "valid"}, version="drafts-2")
    world.judged(drafts, {1: "valid"}, version="drafts-3")
    Cell.objects.filter(pk=gone.pk).update(verdict="not_enough", verdict_at=None, restarted_at=day(3))
    assert world.watched(trigger, now=day(3)) is None
    fired = world.watched(trigger, now=day(5))
    assert fired is not None
    assert [one["model_version"] for one in fired.about["changes"]] == ["drafts-3"]


def test_the_past_tells_the_days_on_which_it_would_have_fired(drafts: Feature) -> None:
    cell = world.judged(drafts, {0: "not_enough", 3: "valid", 4: "valid", 7: "valid", 9: "inverted"})
    Cell.objects.filter(pk=cell.pk).update(restarted_at=day(6))
    world.judged(drafts, {5: "inverted"}, version="drafts-2")
    assert world.played(drafts, world.verdict("valid", "inverted"), days=20, now=day(14)) == [4, 6, 10]
    assert world.played(drafts, world.verdict("valid"), days=20, now=day(14)) == [4]
    assert world.played(drafts, world.verdict("noise"), days=20, now=day(14)) == []
    assert world.played(drafts, world.verdict("inverted"), days=20, now=day(14), cooldown_hours=97) == [6, 11]
