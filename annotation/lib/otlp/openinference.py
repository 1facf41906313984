"""OpenInference's conventions (https://arize-ai.github.io/openinference/spec/): LLM spans."""

from __future__ import annotations

from typing import Any

from annotation.lib.otlp import chat, genai
from annotation.lib.otlp.attributes import first_number, id_in, mapping, numbered, text_of, unpacked
from annotation.lib.otlp.chat import Message
from annotation.lib.otlp.genai import Content
from annotation.lib.otlp.shape import Attributes

KIND = "openinference.span.kind"
CONTENT_LISTS = r"llm\.(input_messages|output_messages|prompts|choices)\.\d"
CONTENT = frozenset({"input.value", "input.mime_type", "output.value", "output.mime_type"})
_CALL = {"tool_call.id": "id", "tool_call.function.name": "name", "tool_call.function.arguments": "arguments"}


def is_call(attributes: Attributes) -> bool:
    return attributes.get(KIND) == "LLM"


def content(attributes: Attributes) -> Content:
    """The messages where there are any, else the values as a whole."""
    asked = [_message(one, "user") for one in numbered(attributes, "llm.input_messages")]
    answered = [_message(one, "assistant") for one in numbered(attributes, "llm.output_messages")]
    asked = asked or [_text(one, "prompt.text", "user") for one in numbered(attributes, "llm.prompts")]
    answered = answered or [_text(one, "completion.text", "assistant") for one in numbered(attributes, "llm.choices")]
    wanted = first_number(mapping(attributes.get("llm.invocation_parameters")), "n", 1)
    output, others = genai.divided(answered or _value(attributes, "output.value", "assistant"), wanted)
    return Content(
        input=chat.filled(asked or _value(attributes, "input.value", "user")),
        output=chat.filled(output),
        others=chat.filled(others),
    )


def response_id(attributes: Attributes) -> str | None:
    """The provider's id of the answer, which stands only in the answer as a whole."""
    return id_in(mapping(attributes.get("output.value")), "id")


def _value(attributes: Attributes, name: str, role: str) -> list[Message]:
    """A text, or JSON that spells messages; any other JSON is shown as it was sent."""
    value = attributes.get(name)
    if value is None:
        return []
    sent = unpacked(value)
    is_messages = isinstance(sent, list) and sent and all(isinstance(one, dict) and "role" in one for one in sent)
    return chat.messages(sent, role) if is_messages else [{"role": role, "content": text_of(value)}]


def _text(entry: dict[str, Any], name: str, role: str) -> Message:
    return {"role": role, "content": text_of(entry.get(name, ""))}


def _message(entry: dict[str, Any], role: str) -> Message:
    """One of `llm.…_messages.<i>`, by what follows the number."""
    flat = {name.removeprefix("message."): value for name, value in entry.items()}
    made: Message = {name: flat[name] for name in ("role", "content", "name", "tool_call_id") if name in flat}
    if parts := [_part(one) for one in numbered(flat, "contents")]:
        made["content"] = parts
    if calls := [_renamed(one) for one in numbered(flat, "tool_calls")]:
        made["tool_calls"] = calls
    elif "function_call_name" in flat:
        made["tool_calls"] = [_old_call(flat)]
    return chat.messages([made], role)[0]


def _part(entry: dict[str, Any]) -> dict[str, Any]:
    flat = {name.removeprefix("message_content."): value for name, value in entry.items()}
    return {"type": "text", **flat}


def _renamed(entry: dict[str, Any]) -> dict[str, Any]:
    return {_CALL.get(name, name.removeprefix("tool_call.")): value for name, value in entry.items()}


def _old_call(flat: dict[str, Any]) -> dict[str, Any]:
    return {"name": flat["function_call_name"], "arguments": flat.get("function_call_arguments_json")}
