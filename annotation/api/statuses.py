"""Errors as OTLP tells them: a `google.rpc.Status`, in the encoding that the request has."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from django.http import HttpRequest, HttpResponse

from annotation.api import problems
from annotation.ingest import otlp

# google.rpc.Code by HTTP status, as the API guide of Google pairs them.
CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 429: 8, 500: 13, 503: 14}
UNKNOWN = 2

SENTENCES = {
    404: "There is nothing at this address. Traces go to /otlp/v1/traces, logs to /otlp/v1/logs, metrics nowhere.",
    405: "Send this with POST.",
}

RETRY_AFTER_SECONDS = 5
RETRIED = (429, 503)


def response(
    request: HttpRequest, *, status: int, message: str | None = None, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    told = message or SENTENCES.get(status) or problems.SENTENCES.get(status) or f"This failed with {status}."
    code = CODES.get(status, UNKNOWN)
    if is_protobuf(request):
        answer = HttpResponse(_encoded(code, told), status=status, content_type=otlp.PROTOBUF)
    else:
        answer = HttpResponse(orjson.dumps({"code": code, "message": told}), status=status, content_type=otlp.JSON)
    if status in RETRIED:
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    for name, value in (headers or {}).items():
        answer[name] = value
    return answer


def is_protobuf(request: HttpRequest) -> bool:
    return request.content_type == otlp.PROTOBUF


def is_status(answer: HttpResponse) -> bool:
    """Whether an answer says what went wrong in this shape already."""
    return answer.get("Content-Type", "") in (otlp.PROTOBUF, otlp.JSON)


def _encoded(code: int, message: str) -> bytes:
    """`google.rpc.Status` has two fields that matter: 1, a number below 128, and 2, a text."""
    text = message.encode()
    return bytes((0x08, code, 0x12)) + _varint(len(text)) + text


def _varint(number: int) -> bytes:
    digits = []
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*digits, number))
