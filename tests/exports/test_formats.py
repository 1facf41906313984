"""From values to rows, in the shapes that trainers read."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.exports.rows import formats
from annotation.exports.rows.formats import Source

SOURCE = Source(
    ordinal=1,
    is_imitated=False,
    is_praised=False,
    input=[{"role": "developer", "content": "Be kind."}, {"role": "user", "content": "Hello"}],
    output="Hi.",
    final_text="Good morning.",
    correction=None,
    other_id=None,
    other_output=None,
    metadata=None,
)


def source(**changes: Any) -> Source:
    return SOURCE._replace(**changes)


def test_sft_imitates_the_edit_where_only_that_is_permitted() -> None:
    row = formats.sft(SOURCE, [])

    assert row["prompt"] == [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hello"}]
    assert row["completion"] == [{"role": "assistant", "content": "Good morning."}]


def test_sft_imitates_the_answer_where_that_is_permitted() -> None:
    assert formats.sft(source(is_imitated=True), [])["completion"] == [{"role": "assistant", "content": "Hi."}]


def test_a_preference_puts_the_edit_before_the_draft() -> None:
    row = formats.preference(SOURCE, [])

    assert row["chosen"] == [{"role": "assistant", "content": "Good morning."}]
    assert row["rejected"] == [{"role": "assistant", "content": "Hi."}]


@pytest.mark.parametrize("is_praised", [True, False])
def test_kto_says_whether_the_answer_is_one_to_give(is_praised: bool) -> None:
    assert formats.kto(source(is_praised=is_praised), [])["label"] is is_praised


def test_a_correction_stands_for_the_edit_and_an_answer_made_instead_for_both() -> None:
    corrected = source(correction="Good day.", final_text=None)
    assert formats.sft(corrected, [])["completion"] == [{"role": "assistant", "content": "Good day."}]
    assert formats.preference(corrected, [])["chosen"] == [{"role": "assistant", "content": "Good day."}]
    assert formats.sft_target(corrected) == {"target_by": "annotator"}
    instead = source(other_id="gen_2", other_output="Hello!", final_text=None)
    assert formats.preference(instead, [])["chosen"] == [{"role": "assistant", "content": "Hello!"}]
    assert formats.preference_target(instead) == {"target_by": "model", "chosen_interaction_id": "gen_2"}


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
