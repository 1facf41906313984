"""Spans and log records with plain values, the same from either encoding of OTLP."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Attributes: TypeAlias = Mapping[str, Any]

MAX_DEPTH = 40
"""Levels of nesting in one attribute or body; the records' own limits are lower."""

_IDS = re.compile(r"(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}")


class MalformedError(ValueError):
    """The body is not OTLP; the message says why, in words that follow a colon."""


class TooManyMessagesError(ValueError):
    """The body holds more messages than it may."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event inside a span."""

    name: str
    time_ns: int
    attributes: Attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """`links` are the ids (`joined`) that it points at; `error` is None unless its status is one."""

    id: str
    name: str
    start_ns: int
    end_ns: int
    attributes: Attributes
    events: Sequence[Event]
    links: Sequence[str]
    error: str | None
    resource: Attributes
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRecord:
    """`id` is that of the span that it belongs to, empty where it names none."""

    id: str
    event_name: str
    time_ns: int
    body: Any
    attributes: Attributes
    resource: Attributes


def joined(trace_id: str, span_id: str) -> str:
    """`<trace_id>-<span_id>` in lower-case hex: the id of an interaction. Empty where the two are no such ids."""
    found = f"{trace_id}-{span_id}".lower()
    return found if _IDS.fullmatch(found) else ""
