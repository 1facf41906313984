"""OTLP/HTTP: /otlp/v1/traces and /otlp/v1/logs, for any exporter of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from annotation.api import auth, statuses, streams
from annotation.errors import Refusal
from annotation.ingest import otlp

_sender = auth.scope("ingest")


# A sender brings a token and no cookie, so no page of somebody else's can send in its name.
@csrf_exempt
@require_POST
def traces(request: HttpRequest) -> HttpResponse:
    return _answered(request, otlp.traces, _traces)


@csrf_exempt
@require_POST
def logs(request: HttpRequest) -> HttpResponse:
    return _answered(request, otlp.logs, _logs)


def _answered(
    request: HttpRequest, take: Callable[..., otlp.Answer], told: Callable[[bool, otlp.Answer], bytes]
) -> HttpResponse:
    try:
        token = _sender(request)
        if token is None:
            return statuses.response(request, status=401)
        answer = take(
            chunks=streams.chunks(request),
            encoding=request.headers.get("Content-Encoding"),
            media_type=request.content_type or "",
            only=token.feature,
            now=timezone.now(),
        )
    except Refusal as error:
        return statuses.response(request, status=error.status, message=error.message, headers=error.headers)
    is_protobuf = statuses.is_protobuf(request)
    return HttpResponse(told(is_protobuf, answer), content_type=otlp.PROTOBUF if is_protobuf else otlp.JSON)


def _traces(is_protobuf: bool, answer: otlp.Answer) -> bytes:
    if not is_protobuf:
        return _json("rejectedSpans", answer)
    response = ExportTraceServiceResponse()
    if answer.message:
        response.partial_success.rejected_spans = answer.rejected
        response.partial_success.error_message = answer.message
    return response.SerializeToString()


def _logs(is_protobuf: bool, answer: otlp.Answer) -> bytes:
    if not is_protobuf:
        return _json("rejectedLogRecords", answer)
    response = ExportLogsServiceResponse()
    if answer.message:
        response.partial_success.rejected_log_records = answer.rejected
        response.partial_success.error_message = answer.message
    return response.SerializeToString()


def _json(name: str, answer: otlp.Answer) -> bytes:
    """64-bit integers are text in protobuf's JSON."""
    partial: dict[str, Any] = {name: str(answer.rejected), "errorMessage": answer.message}
    return orjson.dumps({"partialSuccess": partial} if answer.message else {})
