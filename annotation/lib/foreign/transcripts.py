"""Messages from what frameworks log as the input and output of a model call.

Each framework logs in a shape of its own: OpenAI's chat and responses, Anthropic's, Gemini's, LangChain's, the Vercel
SDK's, OpenTelemetry's; as objects or as JSON inside a string. What none of them explains stays as it is, as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from annotation.lib import messages
from annotation.lib.messages import Message

_ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "bot": "assistant", "function": "tool"}
_CLASSES = {"HumanMessage": "user", "AIMessage": "assistant", "SystemMessage": "system", "ToolMessage": "tool"}
_LISTS = ("messages", "contents", "choices", "output", "generations")
_WRAPPERS = ("message", "kwargs", "output")
_PLAIN_PARTS = frozenset({"output_text", "input_text"})
_KEPT = ("name", "tool_call_id")
_UNPACKED = 3


def unpacked(value: Any) -> Any:
    """The value of a text that holds JSON, as often as it was put in; any other value as it is."""
    for _ in range(_UNPACKED):
        if not isinstance(value, str) or not value.lstrip().startswith(("{", "[", '"')):
            return value
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def messages_of(value: Any, role: str) -> str | list[Message] | None:
    """Messages as the contract has them, or a plain text; None where there is nothing. `role` is that of who names
    none."""
    value = unpacked(value)
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, str):
        return value
    found = list(_messages(value, role))
    if found and messages.validate(found) is None:
        return found
    return _only_text(value) or orjson.dumps(value, default=str).decode()


def tools_of(value: Any) -> list[Any]:
    """The tools that the call was offered, where the input or output names them."""
    value = unpacked(value)
    if isinstance(value, dict):
        config = value.get("config")
        named = value.get("tools") or (config.get("tools") if isinstance(config, dict) else None)
        return [unpacked(one) for one in named] if isinstance(named, list) else []
    entries = value if isinstance(value, list) else []
    return [entry["content"] for entry in entries if isinstance(entry, dict) and _is_tool(entry)]


def _messages(value: Any, role: str) -> Iterator[Message]:
    """What can't be a message comes as one that `validate` refuses."""
    if isinstance(value, list):
        for one in value:
            yield from _messages(one, role)
    elif not isinstance(value, dict):
        yield {"role": role, "content": value}
    elif not _is_tool(value):
        yield from _of_object(value, role)


def _of_object(value: Mapping[str, Any], role: str) -> Iterator[Message]:
    instructions = _instructions(value)
    if instructions:
        yield {"role": "system", "content": instructions}
    for name in _LISTS:
        if isinstance(value.get(name), list):
            # LangChain logs one list of messages for each of several prompts; more than one is a batch.
            yield from _messages(value[name], role)
            return
    for name in _WRAPPERS:
        if isinstance(value.get(name), dict):
            # LangChain says in the id of the wrapper whose message it is.
            yield from _messages(value[name] | ({"id": value.get("id")} if name == "kwargs" else {}), role)
            return
    if isinstance(value.get("prompt"), str | list):
        yield from _messages(value["prompt"], role)
    elif isinstance(value.get("content"), dict) and "parts" in value["content"]:
        yield from _messages(value["content"], role)
    else:
        yield _message(value, role)


def _instructions(value: Mapping[str, Any]) -> str | None:
    config = value.get("config")
    told = config.get("system_instruction") if isinstance(config, dict) else value.get("system")
    return told if isinstance(told, str) and not ("role" in value or "object" in value) else None


def _message(value: Mapping[str, Any], role: str) -> Message:
    match value.get("type"):
        case "function_call":
            return {"role": "assistant", "tool_calls": [_call({**value, "id": value.get("call_id")})]}
        case "function_call_output":
            return {"role": "tool", "content": _as_text(value.get("output")), "tool_call_id": value.get("call_id")}
        case "reasoning":
            return {"role": "assistant", "content": [dict(value)]}
    if "toolName" in value:
        return {"role": "assistant", "content": "", "tool_calls": [_call(value)]}
    return _plain(value, role)


def _plain(value: Mapping[str, Any], role: str) -> Message:
    found: Message = {"role": _role(value, role)}
    parts = value["parts"] if isinstance(value.get("parts"), list) else None
    content, calls = _of_parts(parts) if parts is not None else (_content(value), [])
    extra = value.get("additional_kwargs")
    named = value.get("tool_calls") or (extra.get("tool_calls") if isinstance(extra, dict) else None) or []
    calls += [_call(one) for one in named if isinstance(one, dict)] if isinstance(named, list) else []
    if content is not None:
        found["content"] = content
    if calls:
        found["tool_calls"] = calls
    return found | {name: value[name] for name in _KEPT if isinstance(value.get(name), str)}


def _role(value: Mapping[str, Any], role: str) -> str:
    id = value.get("id")
    if isinstance(id, list) and id and id[-1] in _CLASSES:
        return _CLASSES[id[-1]]
    told = value.get("role") or (value.get("type") if value.get("type") in ("human", "ai", "system", "tool") else role)
    return _ROLES.get(str(told), str(told))


def _content(value: Mapping[str, Any]) -> Any:
    """Text, or parts as they are; where they say no more than their text (OpenAI's newer shape, and the one part of a
    user's message), that text."""
    content = value.get("content", value.get("text") if "role" not in value else None)
    if not isinstance(content, list) or not content:
        return content
    kinds = {part.get("type") if isinstance(part, dict) else None for part in content}
    is_users_text = value.get("role") == "user" and kinds == {"text"} and len(content) == 1
    if kinds <= _PLAIN_PARTS or is_users_text:
        return "".join(str(part.get("text", "")) for part in content)
    return content


def _of_parts(parts: list[Any]) -> tuple[Any, list[Any]]:
    """Gemini's and OpenTelemetry's parts: their text as text, their calls as calls, and the rest as it is."""
    texts, calls, rest = [], [], []
    for part in parts:
        part = part if isinstance(part, dict) else {"text": str(part)}
        call = part.get("function_call") or (part if part.get("type") == "tool_call" else None)
        answer = part.get("function_response") or (part if part.get("type") == "tool_call_response" else None)
        if call:
            calls.append(_call(call))
        elif answer:
            texts.append(_as_text(answer.get("response", answer.get("result"))))
        elif isinstance(text := part.get("text", part.get("content")), str) and part.get("type", "text") == "text":
            texts.append(text)
        else:
            rest.append({"type": "part", **part})
    if rest:
        return [*({"type": "text", "text": text} for text in texts), *rest], calls
    return ("".join(texts) if texts or not calls else None), calls


def _call(value: Mapping[str, Any]) -> dict[str, Any]:
    function = value["function"] if isinstance(value.get("function"), dict) else value
    name = function.get("name", function.get("toolName"))
    given: Any = next((function[key] for key in ("arguments", "args", "input") if function.get(key) is not None), {})
    id = value.get("id") or value.get("toolCallId") or value.get("call_id") or ""
    return {"id": id, "type": "function", "function": {"name": name, "arguments": _as_text(given)}}


def _is_tool(value: Mapping[str, Any]) -> bool:
    """A tool that was offered, which LangChain logs among the messages."""
    content = value.get("content")
    return value.get("role") == "tool" and isinstance(content, dict) and content.get("type") == "function"


def _only_text(value: Any) -> str | None:
    """The text of an object that holds nothing else, such as `{"args": ["…"]}`."""
    while isinstance(value, dict | list) and len(value) == 1:
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return value if isinstance(value, str) and value else None


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
