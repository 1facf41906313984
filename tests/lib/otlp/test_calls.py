"""Spans of every convention that is in use, as records of the contract."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from annotation.lib import messages
from annotation.lib.otlp import calls, jsoned
from tests import otel
from tests.otel import CHAT, SAID

PARTS = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "x"}}]


def call(attributes: dict[str, Any], **changes: Any) -> calls.Call | None:
    (span,) = jsoned.spans(otel.traces(otel.span(attributes, **changes)))
    return calls.of_span(span)


def record(attributes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    found = call(attributes, **changes)
    assert found is not None
    for name in ("input", "output"):
        assert messages.validate(found.record.get(name, "none")) is None
    return found.record


def spelled(value: Any) -> str:
    return orjson.dumps(value).decode()


def text(content: str) -> dict[str, str]:
    return {"type": "text", "content": content}


@pytest.mark.parametrize("operation", ["chat", "text_completion", "generate_content"])
def test_operations_that_answer_somebody_become_interactions(operation: str) -> None:
    assert call(CHAT | SAID | {"gen_ai.operation.name": operation}) is not None


@pytest.mark.parametrize("operation", ["embeddings", "invoke_agent", "execute_tool", "create_agent", "retrieval"])
def test_other_operations_don_t(operation: str) -> None:
    assert call(CHAT | SAID | {"gen_ai.operation.name": operation}) is None


def test_a_prompt_s_name_makes_no_call() -> None:
    assert call({"gen_ai.prompt.name": "greeting"}) is None
    assert record(CHAT | SAID | {"gen_ai.prompt.name": "greeting"})["metadata"]["gen_ai.prompt.name"] == "greeting"


class TestCurrentConventions:
    def test_each_kind_of_part_arrives(self) -> None:
        asked: list[dict[str, Any]] = [
            {"role": "user", "name": "ann", "parts": [text("Look:"), {"type": "uri", "modality": "image", "uri": "x"}]},
            {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, text("Let me see.")]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": {"b": 2}}]},
            {"role": "user", "parts": [{"type": "blob", "mime_type": "image/png", "content": "AA=="}]},
            {"role": "user", "parts": [{"type": "file", "file_id": "f1"}, {"type": "of_tomorrow", "x": 1}]},
        ]
        found = record(CHAT | SAID | {"gen_ai.input.messages": spelled(asked)})
        assert found["input"] == [
            {"role": "user", "name": "ann", "content": asked[0]["parts"]},
            {"role": "assistant", "content": asked[1]["parts"]},
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}],
            },
            {"role": "tool", "tool_call_id": "c1", "content": '{"b":2}'},
            {"role": "user", "content": asked[4]["parts"]},
            {"role": "user", "content": asked[5]["parts"]},
        ]

    def test_results_of_tools_inside_a_user_s_message_keep_their_places(self) -> None:
        parts = [{"type": "tool_call_response", "id": "c1", "result": "50 degrees"}, text("And?")]
        found = record(CHAT | SAID | {"gen_ai.input.messages": spelled([{"role": "user", "parts": parts}])})
        assert found["input"] == [
            {"role": "tool", "tool_call_id": "c1", "content": "50 degrees"},
            {"role": "user", "content": "And?"},
        ]

    def test_instructions_come_first(self) -> None:
        more = {"gen_ai.system_instructions": spelled([text("Be brief.")]), "gen_ai.input.messages": spelled(["Hi"])}
        assert record(CHAT | SAID | more)["input"] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
        ]

    def test_structured_values_are_as_good_as_json(self) -> None:
        answer = [{"role": "assistant", "parts": [text("Hi")], "finish_reason": "stop"}]
        assert record(CHAT | {"gen_ai.output.messages": answer})["output"] == [
            {"role": "assistant", "content": "Hi", "finish_reason": "stop"}
        ]

    def test_json_that_was_cut_short_is_kept_as_text(self) -> None:
        cut = '[{"role":"assistant","parts":[{"type":"te'
        assert record(CHAT | {"gen_ai.output.messages": cut})["output"] == [{"role": "assistant", "content": cut}]

    @pytest.mark.parametrize(
        "more", [{"gen_ai.request.choice.count": 2}, {"gen_ai.response.finish_reasons": ["a", "b"]}]
    )
    def test_of_several_choices_the_first_is_the_answer_and_the_others_are_kept(self, more: dict[str, Any]) -> None:
        answers = [{"role": "assistant", "parts": [text(said)]} for said in ("one", "two")]
        found = record(CHAT | {"gen_ai.output.messages": spelled(answers)} | more)
        assert found["output"] == [{"role": "assistant", "content": "one"}]
        assert found["metadata"]["other_choices"] == [{"role": "assistant", "content": "two"}]

    def test_an_answer_of_several_messages_stays_whole(self) -> None:
        answers = [{"role": "assistant", "parts": [text(said)]} for said in ("first", "then")]
        found = record(CHAT | {"gen_ai.output.messages": spelled(answers)})
        assert [one["content"] for one in found["output"]] == ["first", "then"]

    def test_an_event_inside_the_span_may_tell_the_call(self) -> None:
        told = otel.event("gen_ai.client.inference.operation.details", SAID)
        assert record(CHAT, events=[told])["output"] == [{"role": "assistant", "content": "Dear Ann"}]

    @pytest.mark.parametrize(("sent", "role"), [("model", "assistant"), ("Human", "user"), ("critic", "user")])
    def test_roles_that_chats_don_t_have_are_kept_beside(self, sent: str, role: str) -> None:
        asked = spelled([{"role": sent, "parts": [text("x")]}])
        (one,) = record(CHAT | SAID | {"gen_ai.input.messages": asked})["input"]
        assert (one["role"], one.get("role_sent")) == (role, sent)

    def test_an_empty_answer_is_an_answer(self) -> None:
        empty = spelled([{"role": "assistant", "parts": [], "finish_reason": "content_filter"}])
        assert record(CHAT | {"gen_ai.output.messages": empty})["output"] == [
            {"role": "assistant", "finish_reason": "content_filter", "content": ""}
        ]


class TestLegacyConventions:
    def test_flattened_prompts_and_completions(self) -> None:
        found = record(
            {
                "gen_ai.system": "openai",
                "llm.request.type": "chat",
                "gen_ai.prompt.0.role": "system",
                "gen_ai.prompt.0.content": "Be brief.",
                "gen_ai.prompt.1.role": "user",
                "gen_ai.prompt.1.content": spelled(PARTS),
                "gen_ai.prompt.10.role": "tool",
                "gen_ai.prompt.10.tool_call_id": "c1",
                "gen_ai.prompt.10.content": "50",
                "gen_ai.prompt.2.role": "assistant",
                "gen_ai.prompt.2.tool_calls.0.id": "c1",
                "gen_ai.prompt.2.tool_calls.0.name": "f",
                "gen_ai.prompt.2.tool_calls.0.arguments": '{"a":1}',
                "gen_ai.completion.0.role": "assistant",
                "gen_ai.completion.0.content": "Hi",
                "gen_ai.completion.0.finish_reason": "stop",
            }
        )
        assert found["input"] == [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": PARTS,
            },
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
            },
            {"role": "tool", "content": "50", "tool_call_id": "c1"},
        ]
        assert found["output"] == [{"role": "assistant", "content": "Hi", "finish_reason": "stop"}]
        assert not [name for name in found["metadata"] if name.startswith(("gen_ai.prompt", "gen_ai.completion"))]

    def test_events_of_messages_inside_the_span(self) -> None:
        events = [
            otel.event("gen_ai.system.message", {"gen_ai.system": "x", "content": "Be brief."}),
            otel.event("gen_ai.user.message", {"gen_ai.event.content": '{"role":"user","content":"Hi"}'}),
            otel.event("gen_ai.tool.message", {"id": "c1", "content": "50"}),
            otel.event("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": '{"content":"Hello"}'}),
        ]
        found = record(CHAT, events=events)
        assert found["input"] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "tool", "content": "50", "tool_call_id": "c1"},
        ]
        assert found["output"] == [{"role": "assistant", "content": "Hello", "finish_reason": "stop"}]

    def test_events_of_whole_prompts_and_completions(self) -> None:
        events = [
            otel.event("gen_ai.content.prompt", {"gen_ai.prompt": '[{"role":"user","content":"Hi"}]'}),
            otel.event("gen_ai.content.completion", {"gen_ai.completion": '[{"role":"assistant","content":"Hello"}]'}),
        ]
        found = record(CHAT, events=events)
        assert found["input"] == [{"role": "user", "content": "Hi"}]
        assert found["output"] == [{"role": "assistant", "content": "Hello"}]

    def test_without_any_words_there_is_no_output(self) -> None:
        silent = [otel.event("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": '{"role":"assistant"}'})]
        found = call(CHAT, events=silent)
        assert found is not None
        assert not found.has_output


class TestOpenInference:
    LLM = {"openinference.span.kind": "LLM", "llm.model_name": "m-1"}

    def test_messages_with_tools_and_parts(self) -> None:
        found = record(
            self.LLM
            | {
                "llm.input_messages.0.message.role": "user",
                "llm.input_messages.0.message.contents.0.message_content.type": "text",
                "llm.input_messages.0.message.contents.0.message_content.text": "Weather?",
                "llm.input_messages.0.message.contents.1.message_content.type": "image",
                "llm.input_messages.0.message.contents.1.message_content.image.image.url": "x",
                "llm.input_messages.1.message.role": "assistant",
                "llm.input_messages.1.message.tool_calls.0.tool_call.id": "c1",
                "llm.input_messages.1.message.tool_calls.0.tool_call.function.name": "f",
                "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments": "{}",
                "llm.input_messages.2.message.role": "tool",
                "llm.input_messages.2.message.tool_call_id": "c1",
                "llm.input_messages.2.message.content": "50",
                "llm.output_messages.0.message.role": "assistant",
                "llm.output_messages.0.message.content": "It is 50.",
                "llm.invocation_parameters": '{"model":"m","temperature":0}',
                "llm.token_count.prompt": 3,
                "session.id": "c7",
                "user.id": "u-19",
                "metadata": '{"tenant":"a","span.name":"mine"}',
                "input.value": "{}",
                "output.value": '{"id":"resp-1"}',
            }
        )
        assert found["input"] == [
            {
                "role": "user",
                "content": [{"type": "text", "text": "Weather?"}, {"type": "image", "image.image.url": "x"}],
            },
            {
                "role": "assistant",
                "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
            {"role": "tool", "content": "50", "tool_call_id": "c1"},
        ]
        assert found["output"] == [{"role": "assistant", "content": "It is 50."}]
        assert (found["conversation_id"], found["user_key"]) == ("c7", "u-19")
        assert (found["request_model"], found["response_model"]) == ("m", "m-1")
        assert found["metadata"]["tenant"] == "a"
        assert found["metadata"]["metadata.span.name"] == "mine"
        assert found["metadata"]["llm.token_count.prompt"] == 3
        assert "u-19" not in str(found["metadata"])

    def test_the_answer_s_own_id_is_found(self) -> None:
        found = call(self.LLM | {"output.value": '{"id":"resp-1"}'})
        assert found is not None
        assert found.response_id == "resp-1"

    def test_without_messages_the_values_count(self) -> None:
        found = record(self.LLM | {"input.value": "Hi", "output.value": "Hello"})
        assert (found["input"], found["output"]) == (
            [{"role": "user", "content": "Hi"}],
            [{"role": "assistant", "content": "Hello"}],
        )

    def test_of_several_choices_the_first_is_the_answer(self) -> None:
        said = {f"llm.output_messages.{n}.message.content": text for n, text in enumerate(("one", "two"))}
        found = record(self.LLM | said | {"llm.invocation_parameters": '{"n":2}'})
        assert [one["content"] for one in found["output"]] == ["one"]
        assert [one["content"] for one in found["metadata"]["other_choices"]] == ["two"]

    def test_completions_of_old(self) -> None:
        found = record(self.LLM | {"llm.prompts.0.prompt.text": "Once", "llm.choices.0.completion.text": "upon"})
        assert (found["input"][0]["content"], found["output"][0]["content"]) == ("Once", "upon")

    @pytest.mark.parametrize("kind", ["CHAIN", "AGENT", "TOOL", "EMBEDDING", "llm"])
    def test_other_kinds_are_no_calls(self, kind: str) -> None:
        assert call({"openinference.span.kind": kind, "output.value": "x"}) is None


def test_what_broke_is_told_in_the_metadata() -> None:
    found = record(CHAT | SAID | {"error.type": "Timeout"}, status={"code": 2, "message": "cut off"})
    assert (found["metadata"]["otel.status"], found["metadata"]["error.type"]) == ("cut off", "Timeout")


def test_a_span_of_both_conventions_is_told_by_the_one_that_says_more() -> None:
    both = CHAT | {"openinference.span.kind": "LLM", "output.value": "Hello"}
    assert record(both)["output"] == [{"role": "assistant", "content": "Hello"}]


@pytest.mark.parametrize("number", ["9" * 5000, "-1", "٣", "x", ""])
def test_hostile_numbers_in_names_do_no_harm(number: str) -> None:
    hostile = {f"gen_ai.prompt.{number}.content": "x", f"llm.input_messages.{number}.message.role": "x"}
    assert call(CHAT | SAID | hostile) is not None
