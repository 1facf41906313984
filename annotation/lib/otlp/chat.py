"""Messages as the conventions spell them, as chat messages of the contract (`annotation.lib.messages`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, TypeAlias

from annotation.lib.messages import ROLES
from annotation.lib.otlp.attributes import text_of, unpacked

Message: TypeAlias = dict[str, Any]

_ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "agent": "assistant", "function": "tool"}


def messages(value: object, role: str) -> list[Message]:
    """From whatever stands for messages: a text, one message or many, or bare parts, which make one.

    `role` is that of messages that name none.
    """
    sent = unpacked(value)
    entries = sent if isinstance(sent, list) else [sent]
    if entries and all(_is_part(one) for one in entries):
        return _of_parts({}, entries, role)
    return [made for one in entries for made in _made(one, role)]


def is_empty(found: Iterable[Message]) -> bool:
    """Whether no message holds anything that a model could have said."""
    return not any("content" in one or one.get("tool_calls") for one in found)


def is_silent(found: Iterable[Message]) -> bool:
    """Whether the messages say nothing at all, not even what they are about."""
    return all(one.keys() <= {"role", "finish_reason"} for one in found)


def filled(found: Iterable[Message]) -> list[Message]:
    """With the empty content that a message must have that has no tool calls either."""
    return [one if "content" in one or one.get("tool_calls") else one | {"content": ""} for one in found]


def is_content(value: object) -> bool:
    """Whether it can stand as a message's content: a text, or parts that say their type."""
    return isinstance(value, str) or (isinstance(value, list) and all(map(_is_typed, value)))


def _is_typed(part: object) -> bool:
    return isinstance(part, str) or (isinstance(part, dict) and isinstance(part.get("type"), str))


def _is_part(value: object) -> bool:
    return isinstance(value, dict) and "type" in value and not {"role", "parts", "tool_calls"} & value.keys()


def _made(sent: object, role: str) -> list[Message]:
    if not isinstance(sent, dict):
        return [{"role": role, "content": text_of(sent)}]
    if isinstance(parts := sent.get("parts"), list):
        return _of_parts(sent, parts, role)
    return [_of_chat(sent, role)]


def _of_chat(sent: Mapping[str, Any], role: str) -> Message:
    """One that is spelled nearly as a chat message already."""
    made = _named(sent, role)
    made |= {name: value for name, value in sent.items() if name not in ("role", "content", "tool_calls", "name")}
    if (content := sent.get("content")) is not None:
        made["content"] = content if is_content(content) else text_of(content)
    if calls := unpacked(sent.get("tool_calls")):
        made["tool_calls"] = [_call(one) for one in (calls if isinstance(calls, list) else [calls])]
    if made["role"] == "tool" and "id" in made:
        made["tool_call_id"] = made.pop("id")
    return made


def _of_parts(sent: Mapping[str, Any], parts: list[Any], role: str) -> list[Message]:
    """What is in a message's parts; results of tools become messages of their own, at their places."""
    made: list[Message] = []
    for is_result, group in groupby(parts, key=_is_tool_result):
        together = list(group)
        made += map(_tool_result, together) if is_result else [_said(sent, role, together)]
    return made or [_said(sent, role, [])]


def _said(sent: Mapping[str, Any], role: str, parts: list[Any]) -> Message:
    calls = [_call(one) for one in parts if _type(one) == "tool_call"]
    said = [one for one in parts if _type(one) != "tool_call"]
    made = _named(sent, role)
    made |= {name: value for name, value in sent.items() if name not in ("role", "parts", "name")}
    made |= {"tool_calls": calls} if calls else {}
    return made | {"content": _content(said)} if said or not calls else made


def _type(part: object) -> object:
    return part.get("type") if isinstance(part, dict) else None


def _is_tool_result(part: object) -> bool:
    return _type(part) == "tool_call_response"


def _content(said: list[Any]) -> Any:
    """One text as such, and everything else as the parts that were sent."""
    if not said:
        return ""
    text = said[0].get("content") if len(said) == 1 and isinstance(said[0], dict) else None
    if isinstance(text, str) and said[0].keys() == {"type", "content"} and said[0]["type"] == "text":
        return text
    return [one if _is_typed(one) else text_of(one) for one in said]


def _named(sent: Mapping[str, Any], role: str) -> Message:
    """Role and name. A role that chat messages don't have is kept beside the one that stands for it."""
    given = sent.get("role")
    known = _ROLES.get(str(given).lower(), str(given).lower()) if given else role
    made: Message = {"role": known if known in ROLES else role}
    if given and made["role"] != given:
        made["role_sent"] = given
    if isinstance(sent.get("name"), str):
        made["name"] = sent["name"]
    return made


def _call(sent: object) -> Message:
    """A tool call as chat completions spell it."""
    if not isinstance(sent, dict):
        return {"type": "function", "function": {"name": text_of(sent)}}
    if isinstance(function := sent.get("function"), dict) and isinstance(function.get("name"), str):
        return {"type": "function", **sent}
    rest = {name: value for name, value in sent.items() if name not in ("type", "name", "arguments")}
    function = {"name": text_of(sent.get("name") or ""), "arguments": sent.get("arguments")}
    return {**rest, "type": "function", "function": {k: v for k, v in function.items() if v is not None}}


def _tool_result(part: Mapping[str, Any]) -> Message:
    made = {name: value for name, value in part.items() if name not in ("type", "id", "response", "result")}
    made |= {"role": "tool", "content": text_of(part.get("response", part.get("result")))}
    return made | ({"tool_call_id": part["id"]} if part.get("id") is not None else {})
