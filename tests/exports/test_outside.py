"""Rows in the shapes that OpenAI and Axolotl publish, also of what real frameworks sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from django.conf import LazySettings

from annotation.exports.files import write
from annotation.exports.rows import formats, openai
from annotation.exports.rows.formats import Source
from annotation.lib import messages, tools
from annotation.lib.foreign import langfuse
from annotation.lib.foreign.found import Answer, Wishes
from annotation.models import Export
from tests import cast
from tests.exports import outside, world
from tests.realdata import folder, requires

CALLS = [
    {"id": "a", "type": "function", "function": {"name": "weather", "arguments": '{"of": "Rome"}'}},
    {"id": "b", "type": "function", "function": {"name": "time", "arguments": None}},
]
SENT: list[dict[str, Any]] = [
    {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
    {"role": "user", "content": "Weather and time?"},
    {"role": "assistant", "content": None, "tool_calls": CALLS},
    {"role": "tool", "tool_call_id": "b", "content": "Noon."},
    {"role": "tool", "tool_call_id": "a", "content": "Sunny.", "name": "weather"},
    {"role": "assistant", "content": "Sunny, at noon."},
    {"role": "user", "content": "Thanks. And now?"},
]
EDIT = "Dear Ann,\n\nmany thanks. Yours, number 2."


def source(sent: object, output: object, **changes: Any) -> Source:
    values: dict[str, Any] = {"input": sent, "output": output, "is_imitated": True, "metadata": None}
    values |= {name: None for name in Source._fields if name not in values}
    return Source(**values)._replace(**changes)


def test_answers_of_tools_name_their_calls_though_they_came_in_another_order() -> None:
    row = openai.sft(source(SENT, "It is one."), [])

    outside.Conversation.model_validate(row)
    first, second = row["messages"][2]["tool_calls"]
    assert (first["function"]["name"], first["function"]["arguments"]) == ("weather", '{"of":"Rome"}')
    told = {one["tool_call_id"]: one["content"] for one in row["messages"] if one["role"] == "tool"}
    assert told == {first["id"]: "Sunny.", second["id"]: "Noon."}
    assert [one.get("weight") for one in row["messages"] if one["role"] == "assistant"] == [0, 0, None]


def test_trl_gets_objects_and_the_name_of_the_tool_that_answered() -> None:
    prompt = formats.sft(source(SENT, "It is one."), [])["prompt"]

    assert [call["function"]["arguments"] for call in prompt[2]["tool_calls"]] == [{"of": "Rome"}, {}]
    assert [one["name"] for one in prompt if one["role"] == "tool"] == ["time", "weather"]
    assert all(one.keys() <= {"role", "content", "tool_calls", "name"} for one in prompt)


def test_calls_of_earlier_turns_are_told_apart_from_those_of_later_ones() -> None:
    earlier = [("One?", [SENT[2], *SENT[3:6]]), ("Two?", [SENT[2], *SENT[3:6]])]

    row = openai.sft(source("Three?", [{"role": "assistant", "content": "", "tool_calls": CALLS}]), earlier)

    outside.Conversation.model_validate(row)
    names = [call["id"] for one in row["messages"] for call in one.get("tool_calls", ())]
    assert names == [f"call_{number}" for number in range(1, 7)]
    assert row["messages"][-1].keys() == {"role", "content", "tool_calls"}


def test_calls_without_an_answer_and_answers_without_a_call_stay_readable() -> None:
    given = {"role": "user", "content": '{"of": "Rome"}'}
    sent = [SENT[3], SENT[2], SENT[1], SENT[2], given, SENT[1]]

    messages = openai.sft(source(sent, "Yes."), [])["messages"]

    outside.Conversation.model_validate({"messages": messages})
    said = [(one["role"], one["content"]) for one in messages]
    silent, asked = ("tool", ""), ("user", "Weather and time?")
    assert said[:5] == [("user", "Noon."), ("assistant", ""), silent, silent, asked]
    assert said[5:] == [("assistant", ""), ("tool", given["content"]), silent, asked, ("assistant", "Yes.")]


FUNCTION = {"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {}}}


@pytest.mark.parametrize(
    "metadata",
    [
        {"tools": [{"type": "function", "function": FUNCTION}]},
        {"tools": orjson.dumps([FUNCTION]).decode()},
        {"gen_ai.tool.definitions": [{"type": "function", **FUNCTION}]},
        {"llm.tools.0.tool.json_schema": orjson.dumps({"type": "function", "function": FUNCTION}).decode()},
        {"tools": [{**FUNCTION, "parameters": None, "input_schema": FUNCTION["parameters"]}, "web_search"]},
        {"tools": [{"function_declarations": [{"name": "look", "description": "Looks."}]}]},
    ],
)
def test_tools_are_known_in_the_spellings_of_those_who_send_them(metadata: dict[str, Any]) -> None:
    assert tools.known(metadata) == [{"type": "function", "function": FUNCTION}]
    row = openai.dpo(source(world.QUESTION, "A.", final_text="B.", metadata=metadata, is_imitated=False), [])
    assert outside.Pair.model_validate(row).input.tools[0].function.name == "look"


@pytest.mark.parametrize("metadata", [None, {}, {"tools": "many"}, {"tools": [{"name": 1}]}, {"tools": {}}, ["tools"]])
def test_tools_in_another_shape_are_not_known(metadata: object) -> None:
    assert tools.known(metadata) is None
    assert "tools" not in openai.sft(source("A?", "B.", metadata=metadata), [])


@requires("langfuse_framework_traces")
def test_what_real_frameworks_sent_fits() -> None:
    calls = answers = 0
    for path in sorted(folder("langfuse_framework_traces").glob("*.trace.json")):
        for one in langfuse.found(orjson.loads(path.read_bytes()), Wishes(feature="f")):
            record = one.record if isinstance(one, Answer) else {}
            sent, output = record.get("input"), record.get("output")
            if messages.validate(output) or messages.validate(sent) or not _is_readable(sent, output):
                continue
            row = openai.sft(source(sent, output, metadata=record.get("metadata")), [])
            outside.Conversation.model_validate(row)
            calls += sum(len(one.get("tool_calls", ())) for one in row["messages"])
            answers += sum(one["role"] == "tool" for one in row["messages"])
    assert calls > 0
    assert answers > 0


def _is_readable(sent: object, output: object) -> bool:
    """As the selection asks: a question last, and no silent answer."""
    said = [*formats.prompt(sent, []), *formats.answer(output)]
    asked = formats.prompt(sent, [])
    return (
        bool(asked)
        and asked[-1]["role"] in ("user", "tool")
        and all(one["role"] != "assistant" or str(one["content"]).strip() or "tool_calls" in one for one in said)
    )


@pytest.mark.django_db(transaction=True)
def test_the_files_are_what_axolotl_is_told_of_and_the_card_says_of_what_they_are(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.STORAGE_FOLDER = tmp_path
    feature = cast.feature()
    world.decided(feature, "accepted", "verified", input=SENT)
    for number in range(3):
        world.decided(feature, "edited", "fact_fix", final_text=f"{EDIT} {number}", input=SENT)
        world.decided(feature, "thumbs_down", "wrong_fact")
    whole: dict[str, Any] = {"splits": {"train": 1}}

    told = _axolotl(world.made(feature, "openai_sft", **whole), tmp_path)
    for row in _rows(world.made(feature, "openai_sft", **whole), tmp_path):
        outside.Conversation.model_validate(row)
        turns = outside.as_axolotl_reads(told.datasets[0], row)["turns"]
        assert [turn["is_trained"] for turn in turns] == [False] * (len(turns) - 1) + [True]
    pairs = world.made(feature, "preference", **whole)
    told = _axolotl(pairs, tmp_path)
    for row in _rows(pairs, tmp_path):
        found = outside.as_axolotl_reads(told.datasets[0], row)
        assert found["chosen"]["content"] != found["rejected"]["content"]
        assert found["turns"][-1]["role"] == "user"
    assert "What is preferred is 1." in _card(pairs, tmp_path)
    assert "3 of what the user made of the draft" in _card(pairs, tmp_path)
    kto = world.made(feature, "kto", **whole)
    assert "| train | 1 | 3 |" in _card(kto, tmp_path)
    assert "KTOConfig(desirable_weight=3, undesirable_weight=1)" in _card(kto, tmp_path)
    assert (tmp_path / write.folder(kto) / "axolotl.yaml").read_text().startswith("# Not for Axolotl.")


def _axolotl(export: Export, place: Path) -> outside.Axolotl:
    data = yaml.safe_load((place / write.folder(export) / "axolotl.yaml").read_bytes())
    assert "axolotl.yaml" in {entry["name"] for entry in (export.manifest or {})["files"]}
    return outside.Axolotl.model_validate(data)


def _rows(export: Export, place: Path) -> list[dict[str, Any]]:
    files = [place / write.folder(export) / shard.name for shard in export.shards.all()]
    return [orjson.loads(line) for path in files for line in path.read_bytes().splitlines()]


def _card(export: Export, place: Path) -> str:
    return (place / write.folder(export) / "README.md").read_text()
