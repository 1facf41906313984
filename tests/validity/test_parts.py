"""Signals judged apart by a key of the metadata: a few values, and gone when the key is changed."""

from __future__ import annotations

import pytest

from annotation import validity
from annotation.models import Cell, Feature, Part, Term
from annotation.validity import checking
from tests import stock
from tests.validity import world
from tests.validity.world import day

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafts(db: None) -> Feature:
    made = stock.feature("email-drafts", audited_key="language")
    stock.queue(made)
    return made


def live(on: int, metadata: object) -> None:
    found = world.arrive([["accepted"], ["accepted"], ["abandoned"], ["abandoned"]] * 60, on=on, metadata=metadata)
    world.decide(found, lambda item: "good" if item.signal_kind == "accepted" else "bad")
    world.close(on=on + 8)
    world.write(on=on + 8)


def test_each_value_is_judged_apart_and_all_together(drafts: Feature) -> None:
    for on in range(2):
        live(on, lambda number: {"language": "de" if number % 2 else "en"})
    told = {(line.kind, line.part): line for line in validity.report(feature=drafts, now=day(20)).lines}
    assert set(told) == {(kind, part) for kind in ("accepted", "abandoned") for part in ("", "de", "en")}
    assert told["accepted", ""].labels == told["accepted", "de"].labels + told["accepted", "en"].labels == 240
    assert told["accepted", "de"].verdict == "valid"
    assert "email-drafts drafts-1, language de: valid" in told["accepted", "de"].sentence
    # Those of parts share their error among themselves.
    assert set(Cell.objects.filter(part=None).values_list("family", flat=True)) == {2}
    assert set(Cell.objects.exclude(part=None).values_list("family", flat=True)) == {4}
    assert checking.check(now=day(20)) == 0
    Feature.objects.update(audited_key="")
    assert {line.part for line in validity.report(feature=drafts, now=day(20)).lines} == {""}
    validity.refresh(now=day(21))
    assert not Part.objects.exists()
    assert not Cell.objects.exclude(part=None).exists()
    assert Term.objects.filter(part__isnull=False).count() == 480


def test_twenty_values_are_kept_cut_and_the_rest_is_one(drafts: Feature) -> None:
    values = {0: "x" * 150, 1: 7, 2: True, 3: ["a list"], 4: "  ", 5: None}

    def metadata(number: int) -> dict[str, object]:
        return {"language": values.get(number, f"v{number}")}

    world.reach(world.arrive([["accepted"]] * 30, on=0, metadata=metadata))
    world.close(on=9)
    world.write(on=9)
    parts = Part.objects.filter(is_rest=False).values_list("value", flat=True)
    assert len(parts) == 20
    assert {"x" * 100, "7", "true", "v6"} <= set(parts)
    assert Part.objects.get(is_rest=True).value == ""
    lines = validity.report(feature=drafts, now=day(20)).lines
    assert sum(line.part == "other values" for line in lines) == 1
    assert Term.objects.filter(part__isnull=True).count() == 3
