"""What the rows of real exports hold: weights, order, the turns before, the columns of each format."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from annotation.exports.rows import read
from annotation.lib import messages
from annotation.models import Cohort, ConsensusRevision, Export, ExportRow, Feature, Item, Rater
from tests import cast, stock
from tests.cast import NOW
from tests.exports import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def drafts(settings: LazySettings, tmp_path: Path) -> Feature:
    settings.STORAGE_FOLDER = tmp_path
    return cast.feature()


def rows(export: Export) -> list[dict[str, Any]]:
    assert (export.status, export.error) == ("done", "")
    return list(read.rows(export=export, first=1, last=export.rows_total or 0))


def contents(message_list: Any) -> list[str]:
    return [message["content"] for message in message_list]


def test_rows_stand_in_the_order_of_splits_then_items(drafts: Feature) -> None:
    for _ in range(12):
        world.decided(drafts, "accepted", "verified")

    export = world.made(drafts, splits={"test": 0.3, "validation": 0.3, "train": 0.4})

    found = list(ExportRow.objects.filter(export=export).order_by("ordinal").values_list("ordinal", "split", "item"))
    assert [ordinal for ordinal, _, _ in found] == list(range(1, 13))
    order = ["train", "validation", "test"]
    assert found == sorted(found, key=lambda row: (order.index(row[1]), row[2]))


def close(feature: Feature, threshold: float) -> None:
    Cohort.objects.filter(queue__feature=feature).update(closed_at=NOW, threshold=threshold)


def test_weights_undo_the_chance_to_be_sampled_with_mean_1(drafts: Feature) -> None:
    items = [world.decided(drafts, "accepted", "verified") for _ in range(10)]
    kappa = sorted(item.key or 0 for item in items)[7]
    close(drafts, kappa)

    found = {row["item_id"]: row["sample_weight"] for row in rows(world.made(drafts, splits={"train": 1}))}

    sampled = [item for item in items if (item.key or 0) < kappa]
    assert len(sampled) == 7
    raw = {item.public_id: min(1 / min(1, kappa * (item.weight or 0)), 20) for item in sampled}
    mean = sum(raw.values()) / len(raw)
    assert found == {item.public_id: pytest.approx(raw[item.public_id] / mean) for item in sampled} | {
        item.public_id: None for item in items if item not in sampled
    }


def test_a_weight_is_at_most_20_times_the_least(drafts: Feature) -> None:
    rare = world.decided(drafts, "accepted", "verified", random_number=1e-9)
    close(drafts, 1e-6)
    next_day = NOW + timedelta(days=1)
    sure = world.waiting(world.shown(drafts, random_number=1e-9), "accepted", now=next_day)
    world.label(sure, "verified")
    Cohort.objects.filter(closed_at=None).update(closed_at=next_day, threshold=math.inf)

    found = {row["item_id"]: row["sample_weight"] for row in rows(world.made(drafts, splits={"train": 1}))}

    assert found == {rare.public_id: pytest.approx(20 / 10.5), sure.public_id: pytest.approx(1 / 10.5)}


def test_no_weight_while_the_cohort_is_open_nor_outside_the_sample(drafts: Feature) -> None:
    world.decided(drafts, "accepted", "verified")

    (row,) = rows(world.made(drafts, splits={"train": 1}))

    assert row["sample_weight"] is None


def test_all_of_a_cohort_that_was_taken_weigh_the_same(drafts: Feature) -> None:
    for _ in range(3):
        world.decided(drafts, "accepted", "verified")
    close(drafts, math.inf)

    export = world.made(drafts, splits={"train": 1})

    assert [row["sample_weight"] for row in rows(export)] == [1, 1, 1]
    assert (export.manifest or {})["effective_n"] == 3


def test_a_plain_question_carries_the_turns_that_were_known_when_it_was_decided(drafts: Feature) -> None:
    turns: dict[str, Any] = {"conversation_id": "c1", "output": "Yes."}
    for number in (1, 2):
        world.shown(drafts, input=f"Question {number}?", occurred_at=NOW + timedelta(minutes=number), **turns)
    world.decided(drafts, "accepted", "verified", input="And then?", occurred_at=NOW + timedelta(minutes=3), **turns)
    world.shown(drafts, input="After?", occurred_at=NOW + timedelta(minutes=4), **turns)
    late = NOW + timedelta(hours=1)
    world.shown(drafts, input="Came late?", occurred_at=NOW, ingested_at=late, **turns)
    world.shown(drafts, input="Elsewhere?", conversation_id="c2", occurred_at=NOW)

    (row,) = rows(world.made(drafts))

    assert contents(row["prompt"]) == ["Question 1?", "Yes.", "Question 2?", "Yes.", "And then?"]
    assert contents(row["completion"]) == ["Yes."]


def test_every_row_that_was_selected_passes_the_lint_of_trainers(drafts: Feature) -> None:
    edit = "Dear Ann,\n\nmany thanks. Yours, number 2."
    tool = [{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}]
    world.decided(drafts, "accepted", "verified", output=tool)
    world.decided(drafts, "edited", "fact_fix", final_text=edit)
    world.decided(drafts, "accepted", "verified", input=[*world.QUESTION, {"role": "tool", "content": ""}])
    for broken in ("", " ", [], [{"role": "assistant", "content": [{"type": "image_url"}]}], tool[:0]):
        world.decided(drafts, "accepted", "verified", output=broken)
        world.decided(drafts, "accepted", "verified", input=[*world.QUESTION, {"role": "assistant", "content": broken}])

    found = rows(world.made(drafts))

    assert len(found) == 3
    for row in found:
        assert row["prompt"][-1]["role"] in ("user", "tool")
        for message in [*row["prompt"], *row["completion"]]:
            assert message["role"] != "assistant" or messages.text_of([message]).strip() or message["tool_calls"]


def test_a_preference_row_is_made_of_an_edit(drafts: Feature) -> None:
    edit = "Dear Ann,\n\nthank you very much. Yours, number 1."
    world.decided(drafts, "edited", "fact_fix", final_text=edit)

    export = world.made(drafts, "preference")

    (row,) = rows(export)
    assert contents(row["chosen"]) == [edit]
    assert contents(row["rejected"]) == ["Dear Ann,\n\nthank you. Yours, number 1."]
    assert ExportRow.objects.get(export=export).row_kind == ExportRow.Kind.PAIR


def test_reasons_hold_labels_and_consensus_without_naming_people(drafts: Feature) -> None:
    stock.queue(drafts, overlap=2)
    item = world.waiting(world.shown(drafts), "accepted")
    world.label(item, "verified", by=stock.rater(1), comment="Checked.", certainty=3, duration_ms=900)
    world.label(item, "verified", by=stock.rater(2), now=NOW + timedelta(minutes=5))

    consensus, first, second = rows(world.made(drafts, "reasons"))

    assert (consensus["row_kind"], consensus["method"], consensus["confidence"]) == ("consensus", "majority", 1)
    assert (consensus["rater"], consensus["resolved_at"]) == (None, "2026-03-02T09:05:00.000000Z")
    assert consensus["labeled_at"] == "2026-03-02T09:00:00.000000Z"
    assert (first["row_kind"], first["reason"], first["label_source"]) == ("label", "verified", "human")
    assert (first["comment"], first["certainty"], first["duration_ms"]) == ("Checked.", 3, 900)
    assert (first["resolved_at"], first["method"], first["confidence"]) == (None, None, None)
    raters = [f"human-{rater.pk}" for rater in Rater.objects.order_by("pk")]
    assert [first["rater"], second["rater"]] == raters


def test_an_item_that_was_skipped_twice_has_no_source(drafts: Feature) -> None:
    item = world.decided(drafts, "accepted", "no_context")
    Item.objects.filter(pk=item.pk).update(status=Item.Status.RESOLVED)
    ConsensusRevision.objects.filter(item=item).update(superseded_at=NOW)
    revision = ConsensusRevision.objects.get(item=item)
    ConsensusRevision.objects.create(
        item=item, number=2, reason=revision.reason, method=ConsensusRevision.Method.SKIPPED, resolved_at=NOW
    )

    export = world.made(drafts, "reasons")

    consensus, _ = rows(export)
    assert (consensus["label_source"], consensus["labeled_at"], consensus["method"]) == (None, None, "skipped")
    assert (export.manifest or {})["rows"]["label_source"] == {"none": 1, "human": 1}
