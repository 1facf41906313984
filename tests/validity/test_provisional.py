"""What open days say so far is shown as provisional and takes part in nothing."""

from __future__ import annotations

import pytest

from annotation import validity
from annotation.models import Cell, Feature, Item
from annotation.validity.report import Line
from tests.validity import world
from tests.validity.world import day

pytestmark = pytest.mark.django_db


def line(feature: Feature) -> Line:
    return next(one for one in validity.report(feature=feature, now=day(9)).lines if one.kind == "accepted")


def test_open_days_are_told_apart_until_they_close(drafts: Feature) -> None:
    for on in range(2):
        found = world.arrive([["accepted"], ["abandoned"]] * 130, on=on)
        world.decide(found[:240], lambda item: "good" if item.interaction_id % 4 else "bad", duration_ms=30_000)
    validity.refresh(now=day(2))
    told = line(drafts)
    assert (told.verdict, told.rate, told.labels, told.looks) == ("refused", None, 0, ())
    assert told.provisional is not None
    assert told.provisional.days == 2
    # Refused, no rate is shown, not even so.
    assert told.provisional.rate is None
    assert told.hours_needed == pytest.approx(100 * 30 / 3600)
    world.close(on=8)
    world.write(on=8)
    validity.refresh(now=day(8))
    told = line(drafts)
    assert told.rate is not None
    # The last one that was reached is the threshold itself, and in no sample.
    *reached, _last = Item.objects.filter(cohort__day=day(1).date(), status="resolved").order_by("key")
    accepted = [item for item in reached if item.signal_kind == "accepted"]
    assert told.provisional is not None
    assert (told.provisional.labels, told.provisional.days) == (len(accepted), 1)
    good = sum(item.interaction_id % 4 != 0 for item in accepted)
    assert told.provisional.rate == pytest.approx(good / len(accepted))
    world.close(on=9)
    world.write(on=9)
    validity.refresh(now=day(9))
    assert line(drafts).provisional is None
    assert Cell.objects.filter(provisional_days=0, provisional_labels=0).count() == 2
