"""Messages that are sent as events of their own, inside the span or as log records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.lib.otlp import chat
from annotation.lib.otlp.attributes import mapping, unpacked
from annotation.lib.otlp.chat import Message
from annotation.lib.otlp.shape import LogRecord

WHOLE_CALL = "gen_ai.client.inference.operation.details"
"""The event of the current conventions: it carries all that the span carries."""

CHOICE = "gen_ai.choice"
_ROLES = {f"gen_ai.{role}.message": role for role in ("system", "developer", "user", "assistant", "tool")}
_WHOLE_SIDE = {
    "gen_ai.content.prompt": ("gen_ai.prompt", "user", False),
    "gen_ai.content.completion": ("gen_ai.completion", "assistant", True),
}
_PACKED = "gen_ai.event.content"


@dataclass(frozen=True, slots=True)
class Said:
    """Messages of one event, and whether they came out of the model."""

    messages: list[Message]
    is_output: bool


def name_of(record: LogRecord) -> str:
    """The event's name: a field of its own, and before that an attribute."""
    return record.event_name or str(record.attributes.get("event.name") or "")


def is_message(name: str) -> bool:
    return name == CHOICE or name in _ROLES or name in _WHOLE_SIDE


def said(name: str, body: Mapping[str, Any]) -> Said | None:
    """What an event of this name says; None for an event of another kind."""
    if name == CHOICE:
        return Said(_choice(_opened(body)), is_output=True)
    if role := _ROLES.get(name):
        return Said(_without_provider(_opened(body), role), is_output=False)
    if side := _WHOLE_SIDE.get(name):
        attribute, role, is_output = side
        value = body.get(attribute)
        return Said([] if value is None else chat.messages(value, role), is_output=is_output)
    return None


def body_of(record: LogRecord) -> Mapping[str, Any]:
    """What a log record says: its body with what stands in the attributes."""
    body = unpacked(record.body)
    told = body if isinstance(body, dict) else {} if body is None else {"content": body}
    return {**record.attributes, **told}


def _opened(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Some senders put the whole into one attribute as JSON."""
    return {**body, **mapping(body[_PACKED])} if _PACKED in body else body


def _choice(body: Mapping[str, Any]) -> list[Message]:
    sent = unpacked(body.get("message"))
    if sent is None:
        sent = {name: body[name] for name in ("role", "content", "tool_calls") if name in body}
    made = chat.messages([sent] if isinstance(sent, dict) else sent, "assistant")
    reason = {"finish_reason": body["finish_reason"]} if body.get("finish_reason") else {}
    return [reason | one for one in made]


def _without_provider(body: Mapping[str, Any], role: str) -> list[Message]:
    sent = {name: value for name, value in body.items() if "." not in name}
    return chat.messages([sent], role)
