"""A trigger that watches a share: a rise fires once, noise doesn't, and what can't be told is said in words."""

from __future__ import annotations

from typing import Any

import pytest

from annotation import triggers
from annotation.models import Feature, Reason, TaxonomyVersion
from annotation.triggers import conditions, words
from annotation.triggers.marks import LAG
from tests import stock
from tests.triggers import world
from tests.triggers.world import day
from tests.validity import world as audits

pytestmark = pytest.mark.django_db

LOW = {"gave_up": 8, "got_answer": 60, "slip": 12}
HIGH = {"gave_up": 32, "got_answer": 36, "slip": 12}


@pytest.fixture
def drafts(db: None) -> Feature:
    return stock.feature()


def sentence(of: Feature, condition: Any, *, on: float) -> str:
    (played,) = triggers.play(feature=of, condition=condition, cooldown_hours=1, days=1, now=day(on) + LAG)
    assert not played.fires
    return played.sentence


def test_a_rise_fires_once_and_the_next_one_starts_from_there(drafts: Feature) -> None:
    trigger = world.trigger(drafts, world.share(days=3))
    for number in range(30):
        is_high, is_higher = number >= 8, number >= 20
        world.closed(drafts, number, {"gave_up": 70, "got_answer": 10} if is_higher else HIGH if is_high else LOW)
    fired = [one for number in range(1, 31) if (one := world.watched(trigger, now=day(number)))]
    # A rise fills its period day by day; on the second of the three it is beyond chance, and fires no more after that.
    assert [one.about["day"] for one in fired] == [str(day(9).date()), str(day(21).date())]
    about = fired[0].about
    assert (about["labels"], about["labels_before"]) == (240, 240)
    assert about["share_before"] == pytest.approx(0.1)
    assert about["share"] == pytest.approx(72 / 240)  # two days of the three are high
    assert about["low"] < about["share"] < about["high"]
    assert about["chance"] < 1e-4
    assert world.played(drafts, world.share(days=3), days=31, now=day(30)) == [10, 22]


def test_after_a_firing_both_periods_must_lie_behind_it(drafts: Feature) -> None:
    trigger = world.trigger(drafts, world.share(days=2))
    for number in range(4):
        world.closed(drafts, number, HIGH if number > 1 else LOW)
    fired = world.watched(trigger, now=day(4))  # all closed at once: the newest day is looked at
    assert fired is not None
    assert fired.about["day"] == str(day(3).date())
    for number in range(4, 8):
        world.closed(drafts, number, {"gave_up": 80} if number > 4 else HIGH)
    again = [world.watched(trigger, now=day(number)) for number in (5, 6, 6.1, 7, 7.1, 8)]
    assert [one.about["day"] for one in again if one] == [str(day(6).date())]


def test_a_rise_that_is_small_is_none_and_other_kinds_don_t_count(drafts: Feature) -> None:
    for number in range(6):
        world.closed(drafts, number, HIGH if number > 2 else LOW)
    for number in range(6, 12):
        world.closed(drafts, number, {"verified": 80} if number > 8 else {"unread": 80}, kind="accepted")
    assert world.played(drafts, world.share(days=3, rise=0.35), days=13, now=day(12)) == []
    assert world.played(drafts, world.share(days=3, rise=0.3), days=13, now=day(12)) == [6]
    assert world.played(drafts, world.share(["gave_up", "slip"], days=3), days=13, now=day(12)) == [5]


def test_what_can_t_be_told_is_said_with_what_would_change_it(drafts: Feature) -> None:
    condition = world.share(days=2)
    assert "No day of this signal has closed yet" in sentence(drafts, condition, on=0)
    for number in range(2):
        world.closed(drafts, number, {"gave_up": 10, "got_answer": 30})
    assert "80 decided in the last 2 days that have closed and 0 in those before" in sentence(drafts, condition, on=2)
    for number in range(2, 6):
        world.closed(drafts, number, {"gave_up": 60, "got_answer": 60, "": 50 if number == 2 else 20})
    assert "over 20 % of what people were asked about was never decided" in sentence(drafts, condition, on=6)
    world.closed(drafts, 6, {"gave_up": 40, "got_answer": 60}, probability=1)
    assert "of 220 in the 2 days to" in sentence(drafts, condition, on=7)
    world.closed(drafts, 7, {"gave_up": 4, "got_answer": 3}, probability=0.01)
    assert "a few items weigh very much" in sentence(drafts, condition, on=8)


def test_periods_with_other_reasons_to_choose_from_are_not_compared(drafts: Feature) -> None:
    current = TaxonomyVersion.objects.get()
    for number in range(2):
        world.closed(drafts, number, {"gave_up": 10, "got_answer": 90})
    same, other = (TaxonomyVersion.objects.create(number=number, created_at=day(0)) for number in (2, 3))
    for version in (same, other):
        own = list(Reason.objects.filter(taxonomy_version=current, signal_kind="abandoned"))
        for one in own[1:] if version == other else own:
            one.pk, one.taxonomy_version = None, version
            one.save(force_insert=True)
        TaxonomyVersion.objects.filter(pk=version.pk).update(published_at=day(0))
    gone = Reason.objects.filter(taxonomy_version=current, signal_kind="abandoned").first()
    assert gone is not None
    assert gone.code != "gave_up"
    condition = world.share(days=1)
    world.closed(drafts, 2, {"gave_up": 12, "slip": 88}, version=same.pk)
    assert "12 % (" in sentence(drafts, condition, on=3)
    world.closed(drafts, 3, {"gave_up": 90, "slip": 10}, version=other.pk)
    assert "other reasons" in sentence(drafts, condition, on=4)
    world.closed(drafts, 4, {"gave_up": 90, "slip": 10}, version=other.pk)
    assert "90 % (" in sentence(drafts, condition, on=5)


def test_it_reads_what_days_that_closed_through_the_queue_contribute() -> None:
    drafts = stock.feature("email-drafts")
    stock.queue(drafts)
    for number in range(4):
        found = audits.arrive([["abandoned"]] * 110 + [["accepted"]] * 2, on=number)
        bad = {item.pk for item in found[:: 5 if number < 2 else 2]}
        audits.decide([item for item in found if item.pk in bad], lambda _item: "bad", now=day(number))
        audits.decide([item for item in found if item.pk not in bad], lambda _item: "good", now=day(number))
    audits.close(on=12)
    audits.write(on=12)
    trigger = world.trigger(drafts, world.share(days=2))
    fired = world.watched(trigger, now=day(12))
    assert fired is not None
    assert (fired.about["labels"], fired.about["labels_before"]) == (220, 220)
    assert fired.about["share"] == pytest.approx(0.5, abs=0.02)
    assert "of 220 in the 2 days to" in words.cause(conditions.read(trigger.condition), fired.about)
