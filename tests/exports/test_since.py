"""Exports since another one: only what is new or changed, what was withdrawn and why, and two versions side by side."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import LazySettings

from annotation.exports.files import write
from annotation.exports.series import since, versions
from annotation.exports.wanted import ExportRequest
from annotation.models import Cohort, Export, ExportRow, Item
from tests import cast, stock
from tests.erasure import world as erasures
from tests.exports import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STORAGE_FOLDER = tmp_path
    return tmp_path


def rows_of(export: Export, folder: Path) -> dict[str, dict[str, object]]:
    lines = b"".join((folder / write.folder(export) / shard.name).read_bytes() for shard in export.shards.all())
    return {row["item_id"]: row for row in map(orjson.loads, lines.splitlines())}


def withdrawn(export: Export) -> dict[str, str]:
    assert export.manifest is not None
    return {entry["item_id"]: entry["why"] for entry in export.manifest["withdrawn"]}


def changed_to(item: Item, reason: str) -> None:
    world.label(item, reason, replaces=item.labels.get(superseded_at=None).pk)


def test_increments_added_up_are_the_whole_dataset(folder: Path) -> None:
    """Whoever drops what is withdrawn or comes anew, and adds what came, holds what a whole export holds now."""
    feature = cast.feature()
    items = [world.decided(feature, "accepted", "verified", conversation_id=f"c{number}") for number in range(6)]
    held: dict[str, dict[str, object]] = {}
    last: Export | None = None
    told: list[Counter[str]] = []

    def taken(day: int) -> Export:
        nonlocal last
        asked: dict[str, Any] = {"since": last.public_id} if last else {}
        last = world.made(feature, now=world.LATER + timedelta(days=day), **asked)
        assert (last.status, last.error) == ("done", "")
        gone, came = withdrawn(last), rows_of(last, folder)
        told.append(Counter(gone.values()) + Counter(row=len(came)))
        for item in {*gone, *came}:
            held.pop(item, None)
        held.update(came)
        return last

    first = taken(0)
    new = world.decided(feature, "accepted", "verified", conversation_id="c0")
    changed_to(items[0], "unread")
    Item.objects.filter(pk=items[1].pk).update(status=Item.Status.FLAGGED)
    Item.objects.filter(pk=items[2].pk).update(status=Item.Status.DISPUTED)
    second = taken(1)
    changed_to(items[0], "verified")
    Item.objects.filter(pk=items[1].pk).update(status=Item.Status.RESOLVED)
    erasures.erase(feature, interaction_id=items[3].interaction.external_id)
    changed_to(new, "unread")
    third = taken(2)

    whole = world.made(feature, now=world.LATER + timedelta(days=3))
    assert set(held) == set(rows_of(whole, folder))
    assert {item: row["reason"] for item, row in held.items()} == {
        item: row["reason"] for item, row in rows_of(whole, folder).items()
    }
    assert told == [
        {"row": 6},
        {"row": 1, "consensus_changed": 1, "item_withdrawn": 1, "undecided": 1},
        {"row": 2, "erased": 1, "consensus_changed": 1},
    ]
    assert third.manifest is not None
    assert third.manifest["since"] == second.public_id
    assert third.manifest["withdrawn_by_why"] == {"erased": 1, "consensus_changed": 1}
    named = (folder / write.folder(third) / since.FILE).read_bytes().splitlines()
    assert list(map(orjson.loads, named)) == third.manifest["withdrawn"]
    assert set(Counter(withdrawn(third).values())) <= set(since.WHY)
    found = versions.compare(old=first, new=third)
    assert (found.came, found.went, found.changed, found.identical) == (0, 2, 1, False)
    assert {why for _, _, why in found.withdrawn} == {"erased", "undecided"}
    assert versions.previous(export=third) == second


def test_what_stays_as_it_is_is_no_news_also_with_another_weight() -> None:
    feature = cast.feature()
    for _ in range(3):
        world.decided(feature, "accepted", "verified")
    first = world.made(feature)
    Cohort.objects.update(closed_at=world.LATER, threshold=math.inf)
    weighed = world.made(feature, now=world.LATER + timedelta(days=1))
    assert weighed.content_sha256 != first.content_sha256

    nothing = world.made(feature, since=first.public_id)
    assert nothing.status == "failed"
    assert nothing.error == (
        f"Nothing is new or changed since the export {first.public_id}, and nothing of it was withdrawn: "
        "who has it has all."
    )


def test_withdrawals_alone_make_an_export_without_rows(folder: Path) -> None:
    feature = cast.feature()
    items = [world.decided(feature, "accepted", "verified") for _ in range(2)]
    first = world.made(feature)
    changed_to(items[0], "unread")

    second = world.made(feature, since=first.public_id, now=world.LATER + timedelta(days=1))
    assert (second.status, second.rows_total) == ("done", 0)
    assert withdrawn(second) == {items[0].public_id: "consensus_changed"}
    card = (folder / write.folder(second) / "README.md").read_text()
    assert "data_files:\n  []" in card
    # What nobody holds any more is not withdrawn again.
    changed_to(items[1], "unread")
    third = world.made(feature, since=second.public_id, now=world.LATER + timedelta(days=2))
    assert withdrawn(third) == {items[1].public_id: "consensus_changed"}


def test_reasons_are_told_by_item_with_all_its_labels(folder: Path) -> None:
    feature = cast.feature()
    stock.queue(feature, overlap=2)
    item = world.decided(feature, "accepted", "verified")
    world.decided(feature, "accepted", "verified")
    first = world.made(feature, "reasons")
    world.label(item, "verified", by=stock.rater(2))

    second = world.made(feature, "reasons", since=first.public_id, now=world.LATER + timedelta(days=1))
    assert set(rows_of(second, folder)) == {item.public_id}
    kinds = ExportRow.objects.filter(export=second).values_list("row_kind", flat=True)
    assert sorted(kinds) == ["consensus", "label", "label"]


def test_a_user_who_comes_to_the_evaluation_set_is_withdrawn_by_that_name() -> None:
    feature = cast.feature()
    one = world.decided(feature, "accepted", "verified", user_hash=b"u" * 16)
    world.decided(feature, "accepted", "verified", user_hash=b"v" * 16)
    first = world.made(feature, group_by="user")
    world.shown(feature, user_hash=b"u" * 16, is_evaluation=True)

    second = world.made(feature, group_by="user", since=first.public_id, now=world.LATER + timedelta(days=1))
    assert withdrawn(second) == {one.public_id: "moved_to_evaluation"}


def test_another_signal_of_the_answer_that_turned_out_bad_withdraws_it() -> None:
    feature = cast.feature()
    one = world.decided(feature, "accepted", "verified")
    world.decided(feature, "accepted", "verified")
    first = world.made(feature)
    world.decided(feature, "thumbs_down", "wrong_fact", on=one.interaction)

    second = world.made(feature, since=first.public_id, now=world.LATER + timedelta(days=1))
    assert withdrawn(second) == {one.public_id: "contradicted"}


def test_an_erased_turn_makes_the_questions_after_it_news(folder: Path) -> None:
    """Their rows held its words: whoever has them takes them anew, without."""
    feature = cast.feature()
    world.shown(feature, external_id="before", input="The xylophone?", conversation_id="c1")
    item = world.decided(
        feature, "accepted", "verified", input="And then?", conversation_id="c1", occurred_at=world.LATER
    )
    world.decided(feature, "accepted", "verified")
    first = world.made(feature)
    erasures.erase(feature, interaction_id="before", now=world.LATER + timedelta(hours=1))

    second = world.made(feature, since=first.public_id, now=world.LATER + timedelta(days=1))
    rows = rows_of(second, folder)
    assert set(rows) == {item.public_id}
    assert "xylophone" not in str(rows)
    assert world.made(feature, since=second.public_id, now=world.LATER + timedelta(days=2)).status == "failed"


def test_an_export_goes_on_only_from_one_of_its_kind() -> None:
    feature = cast.feature()
    world.decided(feature, "accepted", "verified")
    done, waiting = world.made(feature), world.asked(feature)
    other = cast.feature("support-chat")
    told = {}
    for name, of, asked in (
        ("unknown", feature, {"since": "exp_nowhere"}),
        ("feature", other, {"since": done.public_id}),
        ("status", feature, {"since": waiting.public_id}),
        ("format", feature, {"since": done.public_id, "format": "kto"}),
        ("seed", feature, {"since": done.public_id, "seed": 3}),
        ("group", feature, {"since": done.public_id, "group_by": "user"}),
    ):
        wanted = ExportRequest.model_validate({"feature": of.slug, "format": "sft", **asked})
        with pytest.raises((since.UnknownSince, since.OtherFeature, since.NotDone, since.DoesNotFit)) as refusal:
            since.find(feature=of, request=wanted)
        told[name] = (type(refusal.value).__name__, refusal.value.message)
    assert {name: kind for name, (kind, _) in told.items()} == {
        "unknown": "UnknownSince",
        "feature": "OtherFeature",
        "status": "NotDone",
        "format": "DoesNotFit",
        "seed": "DoesNotFit",
        "group": "DoesNotFit",
    }
    assert "another format (sft)" in told["format"][1]
    assert f"The export {waiting.public_id} is pending" in told["status"][1]
    # Where nothing is split, how it would be split doesn't matter; other filters are another choice of the same kind.
    reasons = world.made(feature, "reasons")
    changes: list[dict[str, Any]] = [{"seed": 3}, {"filters": {"signal_kinds": ["accepted"]}}]
    for change in changes:
        fits = world.wanted("reasons", feature.slug, since=reasons.public_id, **change)
        assert since.find(feature=feature, request=fits) == reasons


def test_two_versions_differ_by_reason_and_by_split() -> None:
    feature = cast.feature()
    items = [world.decided(feature, "thumbs_down", "wrong_fact", conversation_id=f"c{n}") for n in range(4)]
    items += [world.decided(feature, "accepted", "verified", conversation_id=f"d{n}") for n in range(4)]
    first = world.made(feature, "kto")
    changed_to(items[0], "incomplete")
    world.decided(feature, "accepted", "verified", conversation_id="d9")
    changed_to(items[7], "unread")
    second = world.made(feature, "kto", now=world.LATER + timedelta(days=1))

    found = versions.compare(old=first, new=second)
    assert (found.came, found.went, found.changed) == (1, 1, 1)
    by_reason = {code: counts for code, _, *counts in found.by_reason}
    assert by_reason["accepted: verified"] == [1, 1, 0]
    assert sum(sum(counts) for _, *counts in found.by_split) == 3
    assert found.withdrawn == ((items[7].public_id, items[7].interaction.external_id, "consensus_changed"),)
    assert second.manifest is not None
    assert second.manifest["previous"]["by_reason"]["accepted: verified"] == {"added": 1, "removed": 1, "changed": 0}
    same = versions.compare(old=second, new=world.made(feature, "kto", now=world.LATER + timedelta(days=2)))
    assert (same.came, same.went, same.changed, same.identical) == (0, 0, 0, True)
    # Another choice of items is another dataset; another container is the same one.
    narrow = world.made(feature, "kto", filters={"outcomes": ["bad"]}, now=world.LATER + timedelta(days=3))
    assert versions.previous(export=narrow) is None
    zipped = world.made(feature, "kto", container="jsonl.gz", now=world.LATER + timedelta(days=4))
    before = versions.previous(export=zipped)
    assert before is not None
    assert before.request["container"] == "jsonl"
