"""OTLP's protobuf encoding."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from typing import Any, TypeVar, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as LogMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from annotation.lib.otlp import wire
from annotation.lib.otlp.shape import Attributes, Event, LogRecord, MalformedError, Span, joined

Request = TypeVar("Request", bound=Message)


def spans(body: bytes) -> list[Span]:
    """Raises MalformedError and TooManyMessagesError."""
    found = []
    for group in _parsed(ExportTraceServiceRequest, body).resource_spans:
        resource = _attributes(group.resource.attributes)
        for scoped in group.scope_spans:
            found += [_span(span, resource, scoped.scope.name) for span in scoped.spans]
    return found


def logs(body: bytes) -> list[LogRecord]:
    """Raises MalformedError and TooManyMessagesError."""
    found = []
    for group in _parsed(ExportLogsServiceRequest, body).resource_logs:
        resource = _attributes(group.resource.attributes)
        for scoped in group.scope_logs:
            found += [_log(record, resource) for record in scoped.log_records]
    return found


def _parsed(kind: type[Request], body: bytes) -> Request:
    if len(body) > wire.SURELY_FEW:
        wire.check(body, cast(Descriptor, kind.DESCRIPTOR))
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise MalformedError("it is no protobuf of this kind, or cut short") from error


def _span(sent: SpanMessage, resource: Attributes, scope: str) -> Span:
    return Span(
        id=joined(sent.trace_id.hex(), sent.span_id.hex()),
        name=sent.name,
        start_ns=sent.start_time_unix_nano,
        end_ns=sent.end_time_unix_nano,
        attributes=_attributes(sent.attributes),
        events=[Event(one.name, one.time_unix_nano, _attributes(one.attributes)) for one in sent.events],
        links=[joined(one.trace_id.hex(), one.span_id.hex()) for one in sent.links],
        error=sent.status.message if sent.status.code == Status.STATUS_CODE_ERROR else None,
        resource=resource,
        scope=scope,
    )


def _log(sent: LogMessage, resource: Attributes) -> LogRecord:
    return LogRecord(
        id=joined(sent.trace_id.hex(), sent.span_id.hex()),
        event_name=sent.event_name,
        time_ns=sent.time_unix_nano or sent.observed_time_unix_nano,
        body=_value(sent.body),
        attributes=_attributes(sent.attributes),
        resource=resource,
    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(sent: AnyValue) -> Any:
    """The parser itself takes no more than a hundred levels, so this can't run deep."""
    match sent.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_value(one) for one in sent.array_value.values]
        case "kvlist_value":
            return _attributes(sent.kvlist_value.values)
        case "bytes_value":
            return base64.b64encode(sent.bytes_value).decode()
        case "double_value":
            # JSON has no word for these numbers.
            return sent.double_value if math.isfinite(sent.double_value) else str(sent.double_value)
        case name:
            return getattr(sent, name)
