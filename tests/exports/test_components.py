"""Rows that a user, a conversation or near-duplicates hold together fall into one split, now and in every later export.

Datasets are made by the selection itself, over small worlds drawn at random, and checked by comparing all with all.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from datetime import timedelta
from itertools import combinations, count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from annotation.exports.selection import select
from annotation.ingest import signatures
from annotation.lib import similarity
from annotation.lib.similarity import Text
from annotation.models import Export, ExportRow, Feature, Interaction, Item, SignatureDue, SplitAssignment
from tests import cast, stock
from tests.cast import NOW
from tests.exports import bulk, world

pytestmark = pytest.mark.django_db(transaction=True)

SPLITS = {"train": 0.4, "validation": 0.3, "test": 0.3}
TEXTS = 12
numbers = count(1)


class Sent(NamedTuple):
    """An interaction: who, where, which of the texts, and of how many words of it the end is another one's."""

    user: int | None
    conversation: int | None
    text: int
    changed: int
    is_evaluation: bool = False


def sentence(sent: Sent, name: str) -> str:
    """30 words. Four of them changed leave 24 of 32 shingles, 0.75; eight 0.53."""
    words = [f"t{sent.text}w{place}" for place in range(30 - sent.changed)]
    return " ".join(words + [f"{name}w{place}" for place in range(sent.changed)])


def grown(feature: Feature, sent: list[Sent]) -> None:
    start = Interaction.objects.filter(feature=feature).count()
    rows = [
        bulk.Row(
            name=f"{feature.slug}-{number}",
            output=sentence(one, f"n{number}"),
            conversation_id=None if one.conversation is None else f"c{one.conversation}",
            user_hash=None if one.user is None else bytes([one.user]) * 16,
            is_evaluation=one.is_evaluation,
            occurred_at=NOW + timedelta(minutes=number),
        )
        for number, one in enumerate(sent, start)
    ]
    bulk.decided(feature, rows)


def exported(feature: Feature, **fields: Any) -> Export:
    """Its rows, fixed, and no files."""
    fields = {"group_by": "component", "splits": SPLITS} | fields
    export = world.asked(feature, **fields)
    Export.objects.filter(pk=export.pk).update(status=Export.Status.RUNNING, attempt=1)
    with contextlib.suppress(select.NothingMatches):
        select.rows(export=export, request=world.wanted("sft", feature.slug, **fields), attempt=1, now=world.LATER)
    export.refresh_from_db()
    return export


def held(export: Export) -> dict[int, str]:
    """By interaction, the split that it is in."""
    return dict(ExportRow.objects.filter(export=export).values_list("item__interaction_id", "split"))


def tied(one: Interaction, other: Interaction) -> bool:
    if one.user_hash is not None and one.user_hash == other.user_hash:
        return True
    if one.conversation_id is not None and one.conversation_id == other.conversation_id:
        return True
    return similarity.jaccard(text(one), text(other)) >= similarity.ALIKE


def text(one: Interaction) -> Text:
    return Text.of(f"{bulk.QUESTION} {one.content.output}")


SENT = some.builds(
    Sent,
    some.none() | some.integers(0, 9),
    some.none() | some.integers(0, 9),
    some.integers(0, TEXTS),
    some.sampled_from([0, 2, 4, 8, 30]),
)


BATCHES = some.lists(some.lists(SENT, min_size=1, max_size=9), min_size=2, max_size=4)
WORLD: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=7, **WORLD)
@given(BATCHES, some.integers(0, 3), some.data())
def test_no_component_crosses_splits_and_none_ever_moves(batches: list[list[Sent]], reserved: int, data: Any) -> None:
    _grow_and_check(batches, reserved, data)


@pytest.mark.long
@settings(max_examples=200, derandomize=False, **WORLD)
@given(BATCHES, some.integers(0, 3), some.data())
def test_nor_does_one_of_many_worlds(batches: list[list[Sent]], reserved: int, data: Any) -> None:
    _grow_and_check(batches, reserved, data)


def _grow_and_check(batches: list[list[Sent]], reserved: int, data: Any) -> None:
    """Each batch is followed by an export, of all or of a period; from the third on, some of it is for evaluation."""
    feature = cast.feature(f"f{next(numbers)}")
    ever: dict[int, str] = {}
    for number, batch in enumerate(batches):
        grown(feature, [one._replace(is_evaluation=place < reserved and number > 1) for place, one in enumerate(batch)])
        if data.draw(some.booleans()):
            _sign()
        versions = {} if number % 2 else {"to": NOW + timedelta(minutes=data.draw(some.integers(3, 40)))}
        export = exported(feature, filters=versions)
        _check(feature, export, ever)
        again = exported(feature, filters=versions)
        assert held(again) == held(export)
        ever |= held(export)


def _sign() -> None:
    while signatures.answer():
        pass
    assert not SignatureDue.objects.exists()


def _check(feature: Feature, export: Export, ever: dict[int, str]) -> None:
    now = held(export)
    everything = {one.pk: one for one in Interaction.objects.filter(feature=feature).select_related("content")}
    splits = ever | now
    for one, other in combinations(splits, 2):
        if splits[one] != splits[other]:
            assert not tied(everything[one], everything[other])
    for pk in now:
        assert ever.get(pk, now[pk]) == now[pk]
        assert not any(two.is_evaluation and tied(everything[pk], two) for two in everything.values())
    rows = export.rows_total or 0
    assert rows == len(now)
    if rows:
        assert rows + sum(export.left_out.values()) == Item.objects.filter(feature=feature).count()
        assert export.left_out.keys() <= {"filtered", "evaluation_set", "bridges_splits", "duplicate"}


@pytest.fixture
def feature(settings: LazySettings, tmp_path: Path) -> Feature:
    settings.STORAGE_FOLDER = tmp_path
    return cast.feature()


def two_splits(feature: Feature) -> tuple[int, int]:
    """Two users that were dealt to different splits, with texts of their own."""
    grown(feature, [Sent(user, user, user, 0) for user in range(8)])
    first = held(exported(feature))
    names = {one.pk: (one.user_hash or b"")[0] for one in Interaction.objects.all()}
    one, other = next(pair for pair in combinations(first, 2) if first[pair[0]] != first[pair[1]])
    return names[one], names[other]


@pytest.mark.parametrize("by", ["user and conversation", "user and text", "two texts", "two new rows"])
def test_what_would_connect_two_splits_is_left_out_and_counted(feature: Feature, by: str) -> None:
    one, other = two_splits(feature)
    before = held(exported(feature))
    grown(
        feature,
        {
            "user and conversation": [Sent(one, other, 50, 0)],
            "user and text": [Sent(one, None, other, 2)],
            "two texts": [Sent(one, None, other, 0), Sent(None, 77, other, 3)],
            "two new rows": [Sent(one, 99, 50, 0), Sent(other, 99, 51, 0)],
        }[by],
    )
    after = exported(feature)
    assert after.left_out["bridges_splits"] == 1
    assert before.items() <= held(after).items()
    assert len(held(after)) == len(before) + (by in ("two texts", "two new rows"))
    assert (
        select.preview(feature=feature, request=world.wanted(group_by="component", splits=SPLITS)).left_out
        == after.left_out
    )


def test_a_text_that_stood_alone_keeps_its_split_for_those_that_come_near_it(feature: Feature) -> None:
    """Also where the dataset in which they come doesn't hold it any more."""
    grown(feature, [Sent(None, number, number, 0) for number in range(8)])
    first = held(exported(feature))
    grown(feature, [Sent(None, 20 + number, number, 2) for number in range(8)])
    later = held(exported(feature, filters={"from": NOW + timedelta(minutes=8)}))
    splits = [first[pk] for pk in sorted(first)]
    assert [later[pk] for pk in sorted(later)] == splits
    assert len(set(splits)) > 1


def test_nothing_that_hangs_together_with_evaluation_is_trained_on(feature: Feature) -> None:
    grown(
        feature,
        [
            Sent(1, 1, 1, 0, is_evaluation=True),
            Sent(1, 2, 2, 0),  # its user
            Sent(2, 2, 3, 0),  # the conversation of its user
            Sent(3, 3, 1, 3),  # nearly its words
            Sent(3, 4, 4, 0),  # the user who wrote them
            Sent(9, 9, 9, 0),
        ],
    )
    by_component = exported(feature)
    assert (by_component.rows_total, by_component.left_out) == (1, {"evaluation_set": 5})
    by_user = exported(feature, group_by="user")
    assert (by_user.rows_total, by_user.left_out) == (4, {"evaluation_set": 2})
    assert exported(feature, group_by="conversation").left_out == {"evaluation_set": 1}
    evaluation = exported(feature, purpose="evaluation")
    assert (evaluation.rows_total, evaluation.left_out) == (1, {"filtered": 5})


@pytest.mark.parametrize("group_by", ["conversation", "user", "component"])
def test_a_conversation_of_which_a_part_is_reserved_is_reserved(feature: Feature, group_by: str) -> None:
    """As where the share was raised while it went on."""
    grown(feature, [Sent(1, 1, 1, 0), Sent(1, 1, 2, 0, is_evaluation=True), Sent(2, 2, 3, 0)])
    export = exported(feature, group_by=group_by)
    assert (export.rows_total, export.left_out) == (1, {"evaluation_set": 2})


def test_first_exports_at_once_agree(feature: Feature) -> None:
    grown(feature, [Sent(number % 5, number, number, 0) for number in range(10)])
    ends = [{}, {"filters": {"to": NOW + timedelta(minutes=6)}}, {"filters": {"from": NOW + timedelta(minutes=4)}}]
    exports = stock.together(3, lambda fields: exported(feature, **fields), ends)
    splits: dict[int, set[str]] = defaultdict(set)
    for export in exports:
        for pk, split in held(export).items():
            splits[pk].add(split)
    assert all(len(found) == 1 for found in splits.values())
    assert set(ExportRow.objects.values_list("group", flat=True)) <= set(
        SplitAssignment.objects.values_list("member", flat=True)
    )
