"""How texts are shown: Markdown as it is meant, code and data as they are, long conversations folded."""

from __future__ import annotations

import pytest

from annotation import taxonomy
from annotation.lib.evidence import Fact
from annotation.lib.messages import Message
from annotation.models import Feature
from annotation.web import shown


@pytest.mark.parametrize(
    "text",
    [
        "    if rate < 0:\n        raise ValueError('negative')\n    return net * (1 + rate)",
        "  return items.reduce((sum, item) => sum + item.price, 0);\n}",
        "SELECT name\nFROM venues\nWHERE id = 7;",
    ],
)
def test_program_text_is_recognized(text: str) -> None:
    assert shown.looks_like_code(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dear Ann,\n\nthank you for the report. It helps a lot.\n\nBest,\nBen",
        "1. Open the page.\n2. Press **Save**.\n\nThat is all.",
        "Use this:\n\n```python\nprint(1)\n```",
        "مرحبا بك في المتجر",
    ],
)
def test_prose_and_markdown_are_not_taken_for_code(text: str) -> None:
    assert not shown.looks_like_code(text)


def test_a_models_markdown_is_formatted_and_a_users_text_is_as_typed() -> None:
    model = shown.message({"role": "assistant", "content": "**yes**"})
    user = shown.message({"role": "user", "content": "**yes** <b>"})
    assert ("<strong>yes</strong>" in model.html, model.is_formatted) == (True, True)
    assert ("**yes** &lt;b&gt;" in user.html, user.is_formatted) == (True, False)


def test_data_of_a_tool_is_indented_and_broken_data_is_as_it_came() -> None:
    whole = shown.message({"role": "tool", "content": '{"a":[1]}'})
    broken = shown.message({"role": "tool", "content": "{broken}"})
    deep = shown.message({"role": "tool", "content": "[" * 100_000 + "]" * 100_000})
    assert '{\n  "a": [\n    1\n  ]\n}' in whole.html.replace("&quot;", '"')
    assert "{broken}" in broken.html
    assert "[[[[" in deep.html


def test_arguments_of_a_tool_call_that_are_no_json_are_shown_as_they_came() -> None:
    called: Message = {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{oops"}}]}
    (call,) = shown.message(called).calls
    assert (call.name, call.arguments) == ("f", "{oops")


def _said(*texts: str) -> list[shown.Shown]:
    roles = ["user", "assistant"] * len(texts)
    return [shown.message({"role": role, "content": text}) for role, text in zip(roles, texts, strict=False)]


def test_only_the_last_messages_of_a_conversation_are_open() -> None:
    assert shown._first_open(_said(*"abcdefgh")) == 5
    assert shown._first_open(_said("a", "b")) == 0
    assert shown._first_open(_said("a", "b" * 5000, "c")) == 2
    assert shown._first_open(_said("a" * 5000)) == 0


def test_instructions_to_the_model_are_folded() -> None:
    before = [shown.message({"role": "system", "content": "Be brief."}), *_said("hello")]
    assert shown._first_open(before) == 1


def test_reasons_stand_by_outcome_and_keep_their_order(feature: Feature) -> None:
    reasons = list(taxonomy.reasons(version=taxonomy.current(), kind="accepted"))
    groups = shown.groups(reasons)
    assert [group.outcome for group in groups] == ["good", "bad", "not_about_model", "unknowable"]
    for group in groups:
        positions = [reason.position for reason in group.reasons]
        assert positions == sorted(positions)


def test_an_unknown_kind_of_signal_has_a_headline_too() -> None:
    assert "saved_for_later" in str(shown.headline("saved_for_later"))


def test_a_fact_is_said_as_the_room_of_evidence_says_it() -> None:
    fact = Fact("messages", {"count": 3})
    assert shown.sentence(fact) == fact.sentence
