"""Of what pairs are made: edits, corrections by who labeled, and answers made instead that turned out good."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.conf import LazySettings

from annotation.exports.files import write
from annotation.exports.rows import read
from annotation.labels import imported
from annotation.models import ConsensusRevision, Export, ExportRow, Feature, Interaction, Item, Label, SplitAssignment
from tests import cast, stock
from tests.cast import NOW
from tests.erasure import world as erasures
from tests.exports import world

pytestmark = pytest.mark.django_db(transaction=True)

WRONG = ("regenerated", "wrong")
VERIFIED = ("accepted", "verified")
BETTER = "Dear Ann,\n\nthe meeting is on Friday."
INSTEAD = "Hello Ann, see you on Friday."


@pytest.fixture(autouse=True)
def drafts(settings: LazySettings, tmp_path: Path) -> Feature:
    settings.STORAGE_FOLDER = tmp_path
    return cast.feature()


def rows(export: Export) -> list[dict[str, Any]]:
    assert (export.status, export.error) == ("done", "")
    return read.rows(export=export, first=1, last=export.rows_total or 0)


def text(messages: Any) -> str:
    return str(messages[-1]["content"])


def instead(feature: Feature, of: Interaction, **fields: Any) -> Interaction:
    """The answer that was made instead of another."""
    values: dict[str, Any] = {"conversation_id": of.conversation_id, "output": INSTEAD, "replaces": of.external_id}
    return world.shown(feature, **(values | fields))


def regenerated(feature: Feature, **fields: Any) -> tuple[Item, Item]:
    """A bad answer, and the good one that was made instead."""
    bad = world.decided(feature, *WRONG, conversation_id="c1")
    good = instead(feature, Interaction.objects.get(pk=bad.interaction_id), **fields)
    return bad, world.decided(feature, *VERIFIED, on=good)


def test_a_good_answer_is_preferred_to_the_one_that_it_was_made_instead_of(drafts: Feature) -> None:
    bad, good = regenerated(drafts)

    export = world.made(drafts, "preference")

    (row,) = rows(export)
    assert row["prompt"] == world.QUESTION
    assert (text(row["chosen"]), text(row["rejected"])) == (INSTEAD, "Dear Ann,\n\nthank you. Yours, number 1.")
    assert (row["target_by"], row["interaction_id"]) == ("model", "gen_000001")
    assert (row["chosen_interaction_id"], row["item_id"], row["reason"]) == ("gen_000002", bad.public_id, "wrong")
    held = ExportRow.objects.get(export=export)
    assert (held.item_id, held.counterpart_item_id, held.row_kind) == (bad.pk, good.pk, "pair")
    assert held.counterpart_revision_id == ConsensusRevision.objects.get(item=good).pk
    assert held.correction_id is None


def _undecided(feature: Feature, bad: Interaction) -> None:
    world.waiting(instead(feature, bad), "accepted")


def _merely_adequate(feature: Feature, bad: Interaction) -> None:
    world.decided(feature, "accepted", "adequate", on=instead(feature, bad))


def _also_bad(feature: Feature, bad: Interaction) -> None:
    other = instead(feature, bad)
    world.decided(feature, *VERIFIED, on=other)
    world.decided(feature, "thumbs_down", "wrong_fact", on=other)


def _asked_otherwise(feature: Feature, bad: Interaction) -> None:
    question = [{"role": "user", "content": "Write to Bob."}]
    world.decided(feature, *VERIFIED, on=instead(feature, bad, input=question))


def _reserved(feature: Feature, bad: Interaction) -> None:
    world.decided(feature, *VERIFIED, on=instead(feature, bad, is_evaluation=True))


def _elsewhere(feature: Feature, bad: Interaction) -> None:
    world.decided(feature, *VERIFIED, on=instead(feature, bad, conversation_id="c9"))


def test_an_answer_made_instead_is_preferred_only_where_it_is_known_to_be_good(drafts: Feature) -> None:
    builds = (_undecided, _merely_adequate, _also_bad, _asked_otherwise, _reserved, _elsewhere)
    for number, build in enumerate(builds):
        item = world.decided(drafts, *WRONG, conversation_id=f"c{number}")
        build(drafts, Interaction.objects.get(pk=item.interaction_id))

    found = world.preview(drafts, "preference", filters={"signal_kinds": ["regenerated"]})

    # Whose conversation is reserved in part, is reserved.
    assert (found.rows, found.left_out["no_counterpart"]) == (0, len(builds) - 1)
    assert found.left_out["evaluation_set"] == 1


def test_the_same_answer_again_and_a_reason_without_pairs_make_none(drafts: Feature) -> None:
    item = world.decided(drafts, *WRONG, output="The same.")
    bad = Interaction.objects.get(pk=item.interaction_id)
    world.decided(drafts, *VERIFIED, on=instead(drafts, bad, output="The  same. "))
    item = world.decided(drafts, "regenerated", "variety")
    world.decided(drafts, *VERIFIED, on=instead(drafts, Interaction.objects.get(pk=item.interaction_id)))

    found = world.preview(drafts, "preference", filters={"signal_kinds": ["regenerated"]})

    assert (found.rows, found.left_out["lint"], found.left_out["use_not_permitted"]) == (0, 1, 1)


def test_a_pair_of_answers_is_as_sure_as_the_less_sure_of_them(drafts: Feature) -> None:
    stock.queue(drafts, overlap=2)
    bad = world.waiting(world.shown(drafts), "regenerated")
    for person in (1, 2):
        world.label(bad, "wrong", by=stock.rater(person))
    good = world.waiting(instead(drafts, Interaction.objects.get(pk=bad.interaction_id)), "accepted")
    for person in (1, 2):
        world.label(good, "verified", by=stock.rater(person))
    (row,) = rows(world.made(drafts, "preference"))
    assert (row["confidence"], row["label_source"]) == (1, "human")

    ConsensusRevision.objects.filter(item=good).update(superseded_at=NOW)
    same = ConsensusRevision.objects.get(item=good)
    fields = {"reason": same.reason, "method": "single", "label_source": "human", "label_ids": same.label_ids}
    ConsensusRevision.objects.create(item=good, number=9, confidence=None, resolved_at=NOW, **fields)
    (row,) = rows(world.made(drafts, "preference"))
    assert row["confidence"] is None
    assert world.preview(drafts, "preference", filters={"min_confidence": 0.5}).rows == 0


def test_two_answers_without_a_conversation_stand_in_a_row_only_where_they_fall_into_one_split(
    drafts: Feature,
) -> None:
    for _ in range(12):
        bad = world.decided(drafts, *WRONG)
        good = instead(drafts, Interaction.objects.get(pk=bad.interaction_id), output=f"{INSTEAD} {bad.pk}")
        world.decided(drafts, *VERIFIED, on=good)

    export = world.made(drafts, "preference", splits={"train": 0.5, "test": 0.5})

    assert 0 < (export.rows_total or 0) < 12
    assert export.left_out["bridges_splits"] == 12 - (export.rows_total or 0)
    assert SplitAssignment.objects.count() == 2 * (export.rows_total or 0)
    imitated = world.made(drafts, "sft", splits={"train": 0.5, "test": 0.5})
    chosen = {row["chosen_interaction_id"] for row in rows(export)}
    split = dict(ExportRow.objects.filter(export=imitated).values_list("item__interaction__external_id", "split"))
    for held in ExportRow.objects.filter(export=export).select_related("counterpart_item__interaction"):
        assert held.counterpart_item is not None
        assert split[held.counterpart_item.interaction.external_id] == held.split
    assert chosen <= set(split)


def test_a_correction_counts_where_its_label_agrees_with_the_consensus(drafts: Feature) -> None:
    stock.queue(drafts, overlap=3, overlap_max=3)
    item = world.waiting(world.shown(drafts), "thumbs_down")
    world.label(item, "wrong_fact", by=stock.rater(1), correction=" ")
    world.label(item, "incomplete", by=stock.rater(2), correction="Another correction.")
    world.label(item, "wrong_fact", by=stock.rater(3), correction=BETTER)
    good = world.waiting(world.shown(drafts), "accepted")
    for person in (1, 2, 3):
        world.label(good, "verified", by=stock.rater(person), correction="Even better.")

    export = world.made(drafts, "preference")

    (row,) = rows(export)
    assert (text(row["chosen"]), row["target_by"], row["chosen_interaction_id"]) == (BETTER, "annotator", None)
    label = Label.objects.get(item=item, rater=stock.rater(3))
    assert ExportRow.objects.get(export=export).correction_id == label.pk
    assert world.preview(drafts, "sft").reasons == {"accepted: verified": 1}


def test_a_correction_by_a_rule_or_a_judge_is_none(drafts: Feature) -> None:
    item = world.decided(drafts, "thumbs_down", "wrong_fact")
    names: dict[str, Any] = {"feature": drafts, "interaction_id": "gen_000001", "signal_kind": "thumbs_down"}
    sent = imported.Sent(**names, source="judge", source_name="j", reason="wrong_fact", correction=BETTER)
    list(imported.store(labels=[sent], now=NOW))
    assert Label.objects.filter(item=item).count() == 2

    assert world.preview(drafts, "preference").left_out == {"no_counterpart": 1}


def test_an_edit_comes_before_a_correction_and_that_before_another_answer(drafts: Feature) -> None:
    edit = "Dear Ann,\n\nthank you very much. Yours, number 1."
    rewritten = "Something else altogether, sent to Bob."
    for number, final_text in enumerate((edit, rewritten, None), start=1):
        item = world.waiting(world.shown(drafts, conversation_id=f"c{number}", final_text=final_text), "edited")
        world.label(item, "fact_fix", correction=f"{BETTER} {number}")
        bad = Interaction.objects.get(pk=item.interaction_id)
        world.decided(drafts, *VERIFIED, on=instead(drafts, bad, output=f"Made instead, {number}."))

    pairs = rows(world.made(drafts, "preference", splits={"train": 1}))
    imitated = rows(world.made(drafts, "sft", splits={"train": 1}, filters={"signal_kinds": ["edited"]}))

    found = [(text(row["chosen"]), row["target_by"]) for row in pairs]
    assert found == [(edit, "user"), (f"{BETTER} 2", "annotator"), (f"{BETTER} 3", "annotator")]
    found = [(text(row["completion"]), row["target_by"]) for row in imitated]
    assert found == [(edit, "user"), (rewritten, "user"), (f"{BETTER} 3", "annotator")]


def test_openai_pairs_of_answers_have_one_message_each(drafts: Feature, tmp_path: Path) -> None:
    regenerated(drafts)
    bad = world.decided(drafts, *WRONG, conversation_id="c2")
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "a", "function": {"name": "f"}}]}
    steps = [call, {"role": "tool", "content": "12", "tool_call_id": "a"}, {"role": "assistant", "content": "Twelve."}]
    other = instead(drafts, Interaction.objects.get(pk=bad.interaction_id), output=steps)
    world.decided(drafts, *VERIFIED, on=other)

    export = world.made(drafts, "openai_dpo", splits={"train": 1})

    (row,) = rows(export)
    assert row["preferred_output"] == [{"role": "assistant", "content": INSTEAD}]
    line = orjson.loads((tmp_path / write.folder(export) / "provenance.jsonl").read_bytes())
    assert (line["target_by"], line["chosen_interaction_id"]) == ("model", "gen_000002")
    assert len(rows(world.made(drafts, "preference", splits={"train": 1}))) == 2


def test_an_erasure_takes_pairs_with_the_answer_and_with_the_correction(drafts: Feature) -> None:
    regenerated(drafts)
    item = world.waiting(world.shown(drafts, conversation_id="c2"), "thumbs_down")
    world.label(item, "wrong_fact", correction=BETTER)
    export = world.made(drafts, "preference", splits={"train": 1})
    assert export.rows_total == 2

    erasures.erase(drafts, interaction_id="gen_000002")
    assert Export.objects.get(pk=export.pk).files_erased_at is not None
    with pytest.raises(read.ErasedMeanwhile):
        read.rows(export=export, first=1, last=2)
    left = world.made(drafts, "preference", splits={"train": 1}, now=world.LATER + timedelta(hours=1))
    assert [row["interaction_id"] for row in rows(left)] == ["gen_000003"]

    erasures.erase(drafts, interaction_id="gen_000003")
    with pytest.raises(read.ErasedMeanwhile):
        read.rows(export=left, first=1, last=1)
