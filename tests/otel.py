"""OTLP requests as exporters send them: written as OTLP's JSON, and turned into protobuf by protobuf's own library."""

from __future__ import annotations

import base64
import gzip
import math
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.test import Client
from google.protobuf import json_format
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tests import cast

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
TRACES = "/otlp/v1/traces"
LOGS = "/otlp/v1/logs"
REQUESTS: dict[str, Any] = {TRACES: ExportTraceServiceRequest, LOGS: ExportLogsServiceRequest}
RESPONSES: dict[str, Any] = {TRACES: ExportTraceServiceResponse, LOGS: ExportLogsServiceResponse}

TRACE = "5b8efff798038103d269b633813fc60c"
SPAN = "eee19b7ec3c1b174"
ID = f"{TRACE}-{SPAN}"
END = 1_772_442_000_500_000_000  # 2026-03-02T09:00:00.5Z
RESOURCE = {"service.name": "email-drafts"}
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.model": "m-1"}
SAID = {"gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"Dear Ann"}]}]'}


def span(attributes: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A span of the model call that is named ID."""
    told = {
        "traceId": TRACE,
        "spanId": SPAN,
        "name": "chat m",
        "kind": 3,
        "startTimeUnixNano": str(END - 500_000_000),
        "endTimeUnixNano": str(END),
        "attributes": pairs(CHAT | SAID if attributes is None else attributes),
    }
    return told | changes


def event(name: str, attributes: Mapping[str, Any], at: int = END) -> dict[str, Any]:
    """An event inside a span."""
    return {"name": name, "timeUnixNano": str(at), "attributes": pairs(attributes)}


def log(name: str, body: Any = None, attributes: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A log record that belongs to the span of the call that is named ID."""
    told = {
        "traceId": TRACE,
        "spanId": SPAN,
        "eventName": name,
        "observedTimeUnixNano": str(END),
        "attributes": pairs(attributes or {}),
    }
    return told | ({} if body is None else {"body": value(body)}) | changes


def traces(*spans: dict[str, Any], resource: Mapping[str, Any] = RESOURCE) -> dict[str, Any]:
    scoped = {"scope": {"name": "lib"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": {"attributes": pairs(resource)}, "scopeSpans": [scoped]}]}


def logs(*records: dict[str, Any], resource: Mapping[str, Any] = RESOURCE) -> dict[str, Any]:
    scoped = {"scope": {"name": "lib"}, "logRecords": list(records)}
    return {"resourceLogs": [{"resource": {"attributes": pairs(resource)}, "scopeLogs": [scoped]}]}


_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def pairs(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": value(one)} for name, one in attributes.items()]


def value(one: Any) -> dict[str, Any]:
    match one:
        case None:
            return {}
        case bool():
            return {"boolValue": one}
        case int():
            return {"intValue": str(one)}
        case float():
            return {"doubleValue": one if math.isfinite(one) else _WORDS[str(one)]}
        case str():
            return {"stringValue": one}
        case bytes():
            return {"bytesValue": base64.b64encode(one).decode()}
        case list():
            return {"arrayValue": {"values": [value(each) for each in one]}}
        case _:
            return {"kvlistValue": {"values": pairs(one)}}


def protobuf(path: str, request: dict[str, Any]) -> bytes:
    return bytes(json_format.ParseDict(_with_base64(request), REQUESTS[path]()).SerializeToString())


def _with_base64(one: Any) -> Any:
    """Protobuf's own JSON spells the ids otherwise than OTLP's."""
    if isinstance(one, list):
        return [_with_base64(each) for each in one]
    if not isinstance(one, dict):
        return one
    ids = ("traceId", "spanId", "parentSpanId")
    return {
        name: base64.b64encode(bytes.fromhex(each)).decode() if name in ids else _with_base64(each)
        for name, each in one.items()
    }


class Told:
    """What an exporter is answered: `rejected` and `message` are those of the partial success, or of the status."""

    def __init__(self, path: str, answer: Any) -> None:
        self.status: int = answer.status_code
        self.headers = answer.headers
        self.content_type: str = answer["Content-Type"]
        self.raw: bytes = answer.content
        kind = RESPONSES[path] if self.status == 200 else Status
        if self.content_type == PROTOBUF:
            self.message_sent = kind.FromString(self.raw)
        else:
            self.message_sent = json_format.ParseDict(orjson.loads(self.raw), kind())

    @property
    def rejected(self) -> int:
        partial = self.message_sent.partial_success
        return int(getattr(partial, "rejected_spans", 0) or getattr(partial, "rejected_log_records", 0))

    @property
    def message(self) -> str:
        found = self.message_sent
        return str(found.partial_success.error_message if self.status == 200 else found.message)

    @property
    def code(self) -> int:
        return int(self.message_sent.code)

    @property
    def is_all_well(self) -> bool:
        return self.status == 200 and not self.message_sent.HasField("partial_success")


class Exporter:
    """Speaks OTLP with a token, in one encoding."""

    def __init__(self, secret: str | None = None, *, encoding: str = PROTOBUF) -> None:
        self.encoding = encoding
        self.client = Client(headers={"Authorization": f"Bearer {secret or cast.token('ingest')[1]}"})

    def post(self, path: str, request: dict[str, Any] | bytes, *, is_packed: bool = False, **headers: str) -> Told:
        if isinstance(request, dict):
            request = protobuf(path, request) if self.encoding == PROTOBUF else orjson.dumps(request)
        raw = gzip.compress(request) if is_packed else request
        named = {name.replace("_", "-"): one for name, one in headers.items()}
        # Django's client leaves the type of an empty body out; exporters don't.
        sent = {"Content-Type": self.encoding} | ({"Content-Encoding": "gzip"} if is_packed else {}) | named
        return Told(path, self.client.post(path, raw, content_type=self.encoding, headers=sent))

    def spans(self, *sent: dict[str, Any], **options: Any) -> Told:
        return self.post(TRACES, traces(*sent), **options)

    def logs(self, *sent: dict[str, Any], **options: Any) -> Told:
        return self.post(LOGS, logs(*sent), **options)


def exporters() -> Iterable[str]:
    return (PROTOBUF, JSON)
