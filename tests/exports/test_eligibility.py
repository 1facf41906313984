"""What is in a dataset and what is left out: every cause, once an item."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from annotation.models import Feature, Interaction, InteractionContent, Item, SplitAssignment
from tests import stock
from tests.cast import NOW
from tests.exports import world

EDIT = "Dear Ann,\n\nthank you very much. Yours, number 1."


def _erased(feature: Feature) -> None:
    item = world.decided(feature, "accepted", "verified")
    Interaction.objects.filter(pk=item.interaction_id).update(erased_at=NOW)
    InteractionContent.objects.filter(interaction_id=item.interaction_id).delete()


def _content_gone(feature: Feature) -> None:
    item = world.decided(feature, "accepted", "verified")
    InteractionContent.objects.filter(interaction_id=item.interaction_id).delete()


def _disputed(feature: Feature) -> None:
    stock.queue(feature, overlap=2, overlap_max=2)
    item = world.waiting(world.shown(feature), "accepted")
    world.label(item, "verified", by=stock.rater(1))
    world.label(item, "unread", by=stock.rater(2))


def _flagged(feature: Feature) -> None:
    item = world.decided(feature, "accepted", "verified")
    Item.objects.filter(pk=item.pk).update(status=Item.Status.FLAGGED)


def _contradicted(feature: Feature) -> None:
    interaction = world.shown(feature)
    world.decided(feature, "thumbs_up", "right_and_useful", on=interaction)
    world.decided(feature, "thumbs_down", "wrong_fact", on=interaction)


def _twice_good(feature: Feature) -> None:
    interaction = world.shown(feature)
    world.decided(feature, "thumbs_up", "right_and_useful", on=interaction)
    world.decided(feature, "accepted", "verified", on=interaction)


def _same_words(feature: Feature) -> None:
    for _ in range(2):
        world.decided(feature, "accepted", "verified", output="The same answer.")


GOOD = ("accepted", "verified")
CASES: list[tuple[str, Callable[[Feature], Any], dict[str, Any], int, dict[str, int]]] = [
    ("good", lambda f: world.decided(f, *GOOD), {}, 1, {}),
    ("open", lambda f: world.waiting(world.shown(f), "accepted"), {}, 0, {"no_consensus": 1}),
    ("disputed", _disputed, {}, 0, {"no_consensus": 1}),
    ("flagged", _flagged, {}, 0, {"no_consensus": 1}),
    ("erased", _erased, {}, 0, {"erased": 1}),
    ("content gone", _content_gone, {}, 0, {"erased": 1}),
    ("use", lambda f: world.decided(f, "accepted", "unread"), {}, 0, {"use_not_permitted": 1}),
    ("kind", lambda f: world.decided(f, *GOOD), {"filters": {"signal_kinds": ["copied"]}}, 0, {"filtered": 1}),
    ("outcome", lambda f: world.decided(f, *GOOD), {"filters": {"outcomes": ["bad"]}}, 0, {"filtered": 1}),
    ("reason", lambda f: world.decided(f, *GOOD), {"filters": {"reasons": ["adequate"]}}, 0, {"filtered": 1}),
    ("source", lambda f: world.decided(f, *GOOD), {"filters": {"sources": ["gold"]}}, 0, {"filtered": 1}),
    ("version", lambda f: world.decided(f, *GOOD), {"filters": {"model_versions": ["x"]}}, 0, {"filtered": 1}),
    ("before", lambda f: world.decided(f, *GOOD), {"filters": {"to": NOW}}, 0, {"filtered": 1}),
    ("from", lambda f: world.decided(f, *GOOD), {"filters": {"from": NOW}}, 1, {}),
    ("after", lambda f: world.decided(f, *GOOD), {"filters": {"from": NOW + timedelta(1)}}, 0, {"filtered": 1}),
    ("one label", lambda f: world.decided(f, *GOOD), {"filters": {"min_confidence": 0}}, 0, {"below_confidence": 1}),
    ("reserved", lambda f: world.decided(f, *GOOD, is_evaluation=True), {}, 0, {"evaluation_set": 1}),
    ("for evaluation", lambda f: world.decided(f, *GOOD, is_evaluation=True), {"purpose": "evaluation"}, 1, {}),
    ("not reserved", lambda f: world.decided(f, *GOOD), {"purpose": "evaluation"}, 0, {"filtered": 1}),
    ("contradicted", _contradicted, {}, 0, {"use_not_permitted": 1, "contradicting_signals": 1}),
    ("contradicted kto", _contradicted, {"format": "kto"}, 1, {"contradicting_signals": 1}),
    ("twice good", _twice_good, {}, 1, {"duplicate": 1}),
    ("same words", _same_words, {}, 1, {"duplicate": 1}),
    ("no edit", lambda f: world.decided(f, "edited", "fact_fix"), {}, 0, {"no_counterpart": 1}),
    ("edit", lambda f: world.decided(f, "edited", "fact_fix", final_text=EDIT), {}, 1, {}),
    ("pair", lambda f: world.decided(f, "edited", "fact_fix", final_text=EDIT), {"format": "preference"}, 1, {}),
    (
        "pair of another kind",
        lambda f: world.decided(f, *GOOD, final_text=EDIT),
        {"format": "preference"},
        0,
        {"no_counterpart": 1},
    ),
    (
        "taste",
        lambda f: world.decided(f, "edited", "taste", final_text=EDIT),
        {"format": "preference"},
        0,
        {"use_not_permitted": 1},
    ),
    (
        "rewritten",
        lambda f: world.decided(f, "edited", "fact_fix", final_text="Something else altogether, sent to Bob."),
        {"format": "preference"},
        0,
        {"no_counterpart": 1},
    ),
    (
        "unchanged",
        lambda f: world.decided(f, "edited", "fact_fix", output="Thank you.", final_text="Thank  you. "),
        {"format": "preference"},
        0,
        {"lint": 1},
    ),
    ("no question", lambda f: world.decided(f, *GOOD, input=None), {}, 0, {"lint": 1}),
    (
        "answer last",
        lambda f: world.decided(f, *GOOD, input=[*world.QUESTION, {"role": "assistant", "content": "Hm."}]),
        {},
        0,
        {"lint": 1},
    ),
    ("empty answer", lambda f: world.decided(f, *GOOD, output=" \n"), {}, 0, {"lint": 1}),
    (
        "empty parts",
        lambda f: world.decided(f, *GOOD, output=[{"role": "assistant", "content": []}]),
        {},
        0,
        {"lint": 1},
    ),
    (
        "silent turn",
        lambda f: world.decided(f, *GOOD, input=[{"role": "assistant", "content": ""}, *world.QUESTION]),
        {},
        0,
        {"lint": 1},
    ),
    (
        "parts",
        lambda f: world.decided(
            f, *GOOD, output=[{"role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]}]
        ),
        {},
        1,
        {},
    ),
    (
        "tool call",
        lambda f: world.decided(
            f, *GOOD, output=[{"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f"}}]}]
        ),
        {},
        1,
        {},
    ),
]


@pytest.mark.parametrize(
    ("build", "fields", "rows", "left_out"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_each_item_is_a_row_or_counts_under_one_cause(
    feature: Feature,
    build: Callable[[Feature], Any],
    fields: dict[str, Any],
    rows: int,
    left_out: dict[str, int],
) -> None:
    build(feature)

    found = world.preview(feature, **({"format": "sft"} | fields))

    assert (found.rows, found.left_out) == (rows, left_out)


def test_an_edit_is_imitated_though_the_answer_was_bad(feature: Feature) -> None:
    interaction = world.shown(feature, final_text=EDIT)
    world.decided(feature, "edited", "fact_fix", on=interaction)
    world.decided(feature, "thumbs_down", "wrong_fact", on=interaction)

    found = world.preview(feature, "sft")

    assert found.reasons == {"edited: fact_fix": 1}


def test_a_single_label_forbids_nothing(feature: Feature) -> None:
    interaction = world.shown(feature)
    world.decided(feature, "accepted", "verified", on=interaction)
    stock.queue(feature, overlap=2)
    world.label(world.waiting(interaction, "thumbs_down"), "wrong_fact")

    found = world.preview(feature, "sft")

    assert (found.rows, found.left_out) == (1, {"no_consensus": 1})


def test_a_bad_signal_outside_the_filters_still_forbids_praise(feature: Feature) -> None:
    _contradicted(feature)

    found = world.preview(feature, "sft", filters={"signal_kinds": ["thumbs_up"]})

    assert found.left_out == {"filtered": 1, "contradicting_signals": 1}


def test_grouping_by_user_leaves_out_all_of_a_user_with_a_reserved_conversation(feature: Feature) -> None:
    user = b"u" * 16
    world.decided(feature, "accepted", "verified", user_hash=user, conversation_id="a", is_evaluation=True)
    world.decided(feature, "accepted", "verified", user_hash=user, conversation_id="b")
    world.decided(feature, "accepted", "verified", user_hash=b"v" * 16, conversation_id="c")

    by_user = world.preview(feature, "sft", group_by="user")
    by_conversation = world.preview(feature, "sft")

    assert (by_user.rows, by_user.left_out) == (1, {"evaluation_set": 2})
    assert (by_conversation.rows, by_conversation.left_out) == (2, {"evaluation_set": 1})


def test_confidence_is_known_where_several_people_agree(feature: Feature) -> None:
    stock.queue(feature, overlap=2)
    item = world.waiting(world.shown(feature), "accepted")
    world.label(item, "verified", by=stock.rater(1))
    world.label(item, "verified", by=stock.rater(2))

    assert world.preview(feature, "sft", filters={"min_confidence": 0.9}).rows == 1


def test_reasons_hold_every_label_and_consensus_whatever_they_permit(feature: Feature) -> None:
    world.decided(feature, "accepted", "unread")
    _disputed(feature)
    world.waiting(world.shown(feature), "accepted")

    found = world.preview(feature, "reasons")

    assert found.rows == 1 + 1 + 2
    assert found.left_out == {"no_consensus": 1}
    assert set(found.splits) == {"train"}


def test_turns_that_differ_make_rows_that_differ(feature: Feature) -> None:
    for conversation, opening in (("a", "Hello"), ("b", "Good day")):
        world.shown(feature, input=opening, output="Hi.", conversation_id=conversation)
        world.decided(
            feature,
            "accepted",
            "verified",
            input="And now?",
            output="Go on.",
            conversation_id=conversation,
            occurred_at=NOW + timedelta(minutes=1),
        )

    found = world.preview(feature, "sft", splits={"train": 1})

    assert (found.rows, found.left_out) == (2, {})


def test_what_is_spelled_otherwise_is_no_duplicate(feature: Feature) -> None:
    for argument in (1, 1.0):
        call = {"function": {"name": "wait", "arguments": {"hours": argument}}}
        world.decided(
            feature, "accepted", "verified", output=[{"role": "assistant", "content": None, "tool_calls": [call]}]
        )

    found = world.preview(feature, "sft", splits={"train": 1})

    assert (found.rows, found.left_out) == (2, {})


def test_nothing_is_written_by_a_preview(feature: Feature) -> None:
    world.decided(feature, "accepted", "verified")

    assert world.preview(feature) == world.preview(feature)
    assert not feature.exports.exists()
    assert not SplitAssignment.objects.exists()
