"""No group crosses splits, and none ever moves."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import django.conf
import pytest
from django.conf import LazySettings
from hypothesis import given, settings
from hypothesis import strategies as some

from annotation.exports import request
from annotation.exports.selection import groups, select
from annotation.models import Export, ExportRow, Feature, Interaction, SplitAssignment
from tests import cast, stock
from tests.cast import NOW
from tests.exports import world

RATIOS = {"train": 0.8, "validation": 0.1, "test": 0.1}


def draw(member: str, seed: int = 0, ratios: dict[str, float] | None = None) -> str:
    drawn = groups.drawing(hash_key=b"k" * 32, feature="f", seed=seed, group_by="conversation", ratios=ratios or RATIOS)
    return drawn(member)


@settings(max_examples=50)
@given(some.text(), some.integers(-(2**63), 2**63 - 1))
def test_a_group_always_falls_into_the_same_split(member: str, seed: int) -> None:
    assert draw(member, seed) == draw(member, seed)
    assert draw(member, seed, {"test": 1.0}) == "test"


def test_splits_have_about_the_shares_asked_for() -> None:
    counts = Counter(draw(f"c{number}") for number in range(10_000))

    # Four standard deviations.
    assert abs(counts["train"] - 8000) < 160
    assert abs(counts["validation"] - 1000) < 120


def test_a_member_s_name_reveals_nothing_without_the_key() -> None:
    def name(key: bytes, kind: str = "conversation") -> str:
        return groups.naming(hash_key=key, feature="f")(kind, "c7")

    assert len(name(b"a" * 32)) == 32
    assert len({name(b"a" * 32), name(b"b" * 32), name(b"a" * 32, "interaction")}) == 3


@pytest.fixture
def grown(settings: LazySettings, tmp_path: Path, transactional_db: None) -> Feature:
    settings.STORAGE_FOLDER = tmp_path
    feature = cast.feature()
    _grow(feature, 30)
    return feature


def _grow(feature: Feature, count: int) -> None:
    start = Interaction.objects.count()
    for number in range(count):
        world.decided(
            feature,
            "accepted",
            "verified",
            conversation_id=f"c{number % 12}" if number % 3 else None,
            user_hash=bytes([number % 5]) * 16,
            external_id=f"grown_{start + number}",
        )


@pytest.mark.parametrize("group_by", ["conversation", "user"])
def test_growing_data_never_moves_a_group_nor_lets_it_cross(grown: Feature, group_by: str) -> None:
    splits = {"train": 0.4, "validation": 0.3, "test": 0.3}
    first = world.made(grown, group_by=group_by, splits=splits)
    before = dict(SplitAssignment.objects.values_list("member", "split"))
    _grow(grown, 30)
    second = world.made(grown, group_by=group_by, splits=splits, now=world.LATER + timedelta(days=1))

    assert (first.status, second.status) == (Export.Status.DONE, Export.Status.DONE)
    fallen = defaultdict(set)
    for row in ExportRow.objects.select_related("item__interaction"):
        interaction = row.item.interaction
        own = bytes(interaction.user_hash or b"").hex() if group_by == "user" else interaction.conversation_id
        fallen[own or interaction.external_id].add((row.split, row.group))
    assert all(len(places) == 1 for places in fallen.values())
    after = dict(SplitAssignment.objects.values_list("member", "split"))
    assert before.items() <= after.items()
    assert {row.group: row.split for row in ExportRow.objects.all()} == after


def test_rows_keep_the_split_that_was_assigned_to_their_group(grown: Feature) -> None:
    world.made(grown, splits={"train": 0.5, "test": 0.5})
    named = groups.naming(hash_key=django.conf.settings.HASH_KEY, feature=grown.slug)
    SplitAssignment.objects.bulk_create(
        [
            SplitAssignment(
                feature=grown,
                seed=0,
                group_by="conversation",
                member=named("conversation", f"new{number}"),
                split="validation",
            )
            for number in range(3)
        ]
    )
    for number in range(3):
        world.decided(grown, "accepted", "verified", conversation_id=f"new{number}", external_id=f"new_{number}")

    later = world.preview(grown, splits={"train": 0.5, "test": 0.5})

    assert later.splits["validation"] == 3


def test_exports_made_at_once_assign_the_same_splits(grown: Feature) -> None:
    exports = [world.asked(grown) for _ in range(6)]
    Export.objects.update(status=Export.Status.RUNNING, attempt=1)

    def selected(export: Export) -> list[tuple[str, str]]:
        wanted = world.wanted(feature=grown.slug)
        select.rows(export=export, request=wanted, attempt=1, now=world.LATER)
        return list(ExportRow.objects.filter(export=export).order_by("ordinal").values_list("group", "split"))

    first, *others = stock.together(6, selected, exports)

    assert all(other == first for other in others)
    assert set(SplitAssignment.objects.values_list("member", "split")) == set(first)


def test_other_ratios_are_refused_also_when_two_first_exports_race(grown: Feature) -> None:
    one = world.asked(grown, splits={"train": 1})
    other = world.asked(grown, splits={"train": 0.5, "test": 0.5})
    for export in (one, other):
        Export.objects.filter(pk=export.pk).update(status=Export.Status.RUNNING, attempt=1)
    select.rows(export=one, request=world.wanted(splits={"train": 1}), attempt=1, now=NOW)

    with pytest.raises(request.OtherRatios, match="fixed its splits at train 1"):
        select.rows(export=other, request=world.wanted(splits={"train": 0.5, "test": 0.5}), attempt=1, now=NOW)
