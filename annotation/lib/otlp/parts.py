"""A call that comes in parts, put together: what its span tells, and what was said in events of their own.

Parts are plain JSON, since they wait in a table for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.lib.otlp import calls, chat, events, genai
from annotation.lib.otlp.events import Said
from annotation.lib.otlp.genai import Content
from annotation.lib.otlp.shape import LogRecord

Part = dict[str, Any]
"""`at` and `n` give its place among the others; `call` is a whole one, else `messages` and `is_output`."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """A call with its output; `is_complete`: as far as can be told, nothing of it is still to come."""

    record: dict[str, Any]
    response_id: str | None
    is_complete: bool


def as_json(call: calls.Call) -> dict[str, Any]:
    told = {"record": call.record, "response_id": call.response_id, "choices": call.choices, "signals": call.signals}
    return {name: value for name, value in told.items() if value}


def of_event(record: LogRecord, place: int) -> Part | None:
    """The part that a log record is, in the order of its time and then of its place; None if it is none of a call."""
    name = events.name_of(record)
    where = {"at": record.time_ns, "n": place}
    if name == events.WHOLE_CALL:
        call = calls.of_event(record)
        return where | {"call": as_json(call)} if call else None
    told = events.said(name, events.body_of(record))
    return where | {"messages": told.messages, "is_output": told.is_output} if told else None


def is_silent(part: Part) -> bool:
    """Whether it holds no text: the sender was told not to send any."""
    if "call" in part:
        return not {"input", "output"} & part["call"]["record"].keys()
    return chat.is_silent(part["messages"])


def has_output(part: Part) -> bool:
    if "call" in part:
        return "output" in part["call"]["record"]
    return part["is_output"] and not chat.is_empty(part["messages"])


def assembled(call: Mapping[str, Any] | None, parts: Iterable[Part]) -> Assembled | None:
    """The call with what was said; None as long as there is no call or no answer."""
    ordered = sorted(parts, key=lambda part: (part["at"], part["n"]))
    whole = next((part["call"] for part in ordered if "call" in part and has_output(part)), None)
    told = call or whole
    if told is None:
        return None
    wanted = told.get("choices", 1)
    said = [Said(part["messages"], part["is_output"]) for part in ordered if "messages" in part]
    content = _of_whole(whole["record"]) if whole else genai.assembled(said, wanted)
    if content is None:
        return None
    record = calls.with_content(told["record"], content) | {"signals": told.get("signals", [])}
    came = sum(one.is_output for one in said)
    is_complete = whole is not None or (came >= wanted and came < len(said))
    return Assembled(record, told.get("response_id"), is_complete)


def _of_whole(record: Mapping[str, Any]) -> Content:
    others = record["metadata"].get("other_choices", [])
    return Content(input=record.get("input", []), output=record["output"], others=others)
