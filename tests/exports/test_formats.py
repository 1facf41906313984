"""From values to rows, in the shapes that trainers read."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from annotation.exports import formats
from annotation.exports.formats import Source

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOURCE = Source(
    ordinal=1,
    row_kind="row",
    weight=1.5,
    interaction_id="gen_1",
    item_id="item_1",
    signal_id="s-1",
    signal_kind="edited",
    reason="fact_fix",
    outcome="bad",
    uses=["pair", "sft_edit"],
    label_source="human",
    confidence=None,
    taxonomy_version=1,
    model_version="drafts-1",
    occurred_at=AT,
    ingested_at=AT + timedelta(microseconds=1),
    queued_at=AT,
    labeled_at=AT.astimezone(timezone(timedelta(hours=2))),
    resolved_at=AT,
    exported_at=AT,
    method="single",
    rater=None,
    certainty=None,
    duration_ms=None,
    comment=None,
    correction=None,
    quote=None,
    explanation=None,
    input=[{"role": "developer", "content": "Be kind."}, {"role": "user", "content": "Hello"}],
    output="Hi.",
    final_text="Good morning.",
)


def source(**changes: Any) -> Source:
    return dataclasses.replace(SOURCE, **changes)


def test_sft_imitates_the_edit_where_only_that_is_permitted() -> None:
    row = formats.sft(SOURCE, [])

    assert row["prompt"] == [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello"}]
    assert row["completion"] == [{"role": "assistant", "content": "Good morning."}]


def test_sft_imitates_the_answer_where_that_is_permitted() -> None:
    assert formats.sft(source(uses=["sft"]), [])["completion"] == [{"role": "assistant", "content": "Hi."}]


def test_a_preference_puts_the_edit_before_the_draft() -> None:
    row = formats.preference(SOURCE, [])

    assert row["chosen"] == [{"role": "assistant", "content": "Good morning."}]
    assert row["rejected"] == [{"role": "assistant", "content": "Hi."}]


@pytest.mark.parametrize(("uses", "label"), [(["kto+"], True), (["kto-", "pair"], False)])
def test_kto_says_whether_the_answer_is_one_to_give(uses: list[str], label: bool) -> None:
    assert formats.kto(source(uses=uses), [])["label"] is label


def test_every_row_says_where_it_comes_from() -> None:
    row = formats.sft(SOURCE, [])

    assert {column: row[column] for column in list(row)[2:]} == {
        "interaction_id": "gen_1",
        "item_id": "item_1",
        "signal_id": "s-1",
        "signal_kind": "edited",
        "reason": "fact_fix",
        "outcome": "bad",
        "label_source": "human",
        "confidence": None,
        "taxonomy_version": 1,
        "model_version": "drafts-1",
        "sample_weight": 1.5,
        "occurred_at": "2026-03-02T09:00:00.000000Z",
        "ingested_at": "2026-03-02T09:00:00.000001Z",
        "queued_at": "2026-03-02T09:00:00.000000Z",
        "labeled_at": "2026-03-02T09:00:00.000000Z",
        "resolved_at": "2026-03-02T09:00:00.000000Z",
        "exported_at": "2026-03-02T09:00:00.000000Z",
    }


def test_a_plain_question_follows_the_turns_before_it() -> None:
    earlier = [("One?", "1."), ("Two?", [{"role": "assistant", "content": "2."}])]

    assert formats.prompt("Three?", earlier) == [
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "1."},
        {"role": "user", "content": "Two?"},
        {"role": "assistant", "content": "2."},
        {"role": "user", "content": "Three?"},
    ]


def test_a_turn_sent_with_its_history_stands_for_what_came_before() -> None:
    whole = [{"role": "system", "content": "S"}, {"role": "user", "content": "One?"}]

    messages = formats.prompt("Two?", [("Zero?", "0."), (whole, "1.")])

    assert [message["content"] for message in messages] == ["S", "One?", "1.", "Two?"]


def test_messages_that_hold_their_history_get_no_other() -> None:
    assert formats.prompt([{"role": "user", "content": "Two?"}], [("One?", "1.")]) == [
        {"role": "user", "content": "Two?"}
    ]


def test_a_silent_turn_is_left_out_of_the_conversation() -> None:
    assert [message["content"] for message in formats.prompt("Two?", [("One?", " ".strip())])] == ["One?", "Two?"]


def test_parts_of_content_become_their_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {}}, {"type": "text", "text": "b"}]

    assert formats.answer([{"role": "assistant", "content": parts, "name": "bot"}]) == [
        {"role": "assistant", "content": "a\n\nb", "name": "bot"}
    ]


@pytest.mark.parametrize(
    ("sent", "arguments"),
    [('{"a": 1}', {"a": 1}), ({"a": 1}, {"a": 1}), ("{broken", {"raw": "{broken"}), ("[1]", {"raw": [1]}), (None, {})],
)
def test_arguments_of_tool_calls_are_objects(sent: object, arguments: object) -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": sent}}]

    (message,) = formats.answer([{"role": "assistant", "content": None, "tool_calls": calls}])

    assert message["content"] == ""
    assert message["tool_calls"] == [{"type": "function", "function": {"name": "look", "arguments": arguments}}]


def test_an_edit_replaces_the_last_message_of_the_answer() -> None:
    output = [
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "look"}}]},
        {"role": "tool", "content": "12"},
        {"role": "assistant", "content": "Ten."},
    ]

    assert [message["content"] for message in formats.edited(output, "Twelve.")] == ["", "12", "Twelve."]
    assert formats.last_text(output) == "Ten."
