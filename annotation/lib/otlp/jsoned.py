"""OTLP's JSON encoding: lowerCamelCase, hex ids, enums as integers, 64-bit integers as text or numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from annotation.lib.otlp.shape import MAX_DEPTH, Attributes, Event, LogRecord, MalformedError, Span, joined

_STATUS_ERROR = 2
_LONGEST_NUMBER = 20


def spans(body: object) -> list[Span]:
    """Of a parsed body. Fields that aren't known are ignored. Raises MalformedError."""
    found = []
    for group in _objects(_object(body, "the body"), "resourceSpans"):
        resource = _attributes(_object(group.get("resource"), "resource"))
        for scoped in _objects(group, "scopeSpans"):
            scope = _text(_object(scoped.get("scope"), "scope"), "name")
            found += [_span(span, resource, scope) for span in _objects(scoped, "spans")]
    return found


def logs(body: object) -> list[LogRecord]:
    """Of a parsed body. Fields that aren't known are ignored. Raises MalformedError."""
    found = []
    for group in _objects(_object(body, "the body"), "resourceLogs"):
        resource = _attributes(_object(group.get("resource"), "resource"))
        for scoped in _objects(group, "scopeLogs"):
            found += [_log(record, resource) for record in _objects(scoped, "logRecords")]
    return found


def _span(sent: Mapping[str, Any], resource: Attributes, scope: str) -> Span:
    status = _object(sent.get("status"), "status")
    return Span(
        id=_id(sent),
        name=_text(sent, "name"),
        start_ns=_whole(sent, "startTimeUnixNano"),
        end_ns=_whole(sent, "endTimeUnixNano"),
        attributes=_attributes(sent),
        events=[
            Event(_text(one, "name"), _whole(one, "timeUnixNano"), _attributes(one)) for one in _objects(sent, "events")
        ],
        links=[_id(one) for one in _objects(sent, "links")],
        error=_text(status, "message") if status.get("code") == _STATUS_ERROR else None,
        resource=resource,
        scope=scope,
    )


def _log(sent: Mapping[str, Any], resource: Attributes) -> LogRecord:
    return LogRecord(
        id=_id(sent),
        event_name=_text(sent, "eventName"),
        time_ns=_whole(sent, "timeUnixNano") or _whole(sent, "observedTimeUnixNano"),
        body=_value(sent.get("body"), MAX_DEPTH),
        attributes=_attributes(sent),
        resource=resource,
    )


def _id(sent: Mapping[str, Any]) -> str:
    return joined(_text(sent, "traceId"), _text(sent, "spanId"))


def _attributes(sent: Mapping[str, Any], name: str = "attributes", depth: int = MAX_DEPTH) -> dict[str, Any]:
    return {_text(pair, "key"): _value(pair.get("value"), depth) for pair in _objects(sent, name)}


def _value(sent: object, depth: int) -> Any:
    """The value of an AnyValue: an object of one field, whose name is its type."""
    if depth == 0:
        raise MalformedError(f"a value is nested deeper than {MAX_DEPTH} levels")
    for name, value in _object(sent, "a value").items():
        match name:
            case "stringValue":
                return _text({name: value}, name)
            case "boolValue":
                return bool(value)
            case "intValue":
                return _whole({name: value}, name)
            case "doubleValue":
                return _double(value)
            case "arrayValue":
                return [_value(one, depth - 1) for one in _objects(_object(value, name), "values")]
            case "kvlistValue":
                return _attributes(_object(value, name), "values", depth - 1)
            case "bytesValue":
                return _text({name: value}, name)
    return None


def _object(value: object, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedError(f"{name} must be an object")
    return value


def _objects(parent: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = parent.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise MalformedError(f"{name} must be a list")
    return [_object(one, f"each of {name}") for one in found]


def _text(parent: Mapping[str, Any], name: str) -> str:
    found = parent.get(name)
    if found is not None and not isinstance(found, str):
        raise MalformedError(f"{name} must be text")
    return found or ""


def _whole(parent: Mapping[str, Any], name: str) -> int:
    found = parent.get(name) or 0
    if isinstance(found, int) and not isinstance(found, bool):
        return found
    if isinstance(found, str) and len(found) <= _LONGEST_NUMBER and found.removeprefix("-").isdecimal():
        return int(found)
    raise MalformedError(f"{name} must be a whole number, as text or as a number")


def _double(value: object) -> float | str:
    """Protobuf's JSON spells what JSON has no number for as text, and so does what is made of it."""
    try:
        found = float(value) if isinstance(value, int | float | str) else math.nan
    except ValueError as error:
        raise MalformedError("doubleValue must be a number") from error
    return found if math.isfinite(found) else str(found)
