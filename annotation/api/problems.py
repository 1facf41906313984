"""Errors as RFC 9457 tells them: `application/problem+json`, the same shape for whatever went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from annotation.errors import Refusal, of_database

CONTENT_TYPE = "application/problem+json"

WITH_BODY = (400, 413, 415, 422)
"""What a request with a body can be answered with, beside what every request can."""

SENTENCES = {
    400: "The request can't be read. Check its address and headers.",
    401: "This needs a token that is known and alive: send the header “Authorization: Bearer fw_…”.",
    404: "There is nothing at this address. /api/v1/docs lists what there is.",
    405: "This address doesn't take that method. The Allow header names those it takes.",
    413: "The body is too large. Send it in smaller parts.",
    500: "Something broke here, and it is logged. Nothing of the request was stored; send it again later.",
    503: "The database or the broker can't be reached, or is too slow just now. Wait as Retry-After says, then "
    "send the same request again.",
}

# Python's versions differ in these phrases; these are RFC 9110's.
RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}


class FieldError(Schema):
    loc: list[str | int]
    message: str
    code: str


class Problem(Schema):
    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []


def responses(success: dict[int, Any], *codes: int) -> dict[int, Any]:
    """The `response` of an endpoint: what it answers, and each error that it can (401, 403 and 429 always)."""
    return success | dict.fromkeys(sorted({401, 403, 429, *codes}), Problem)


@contextmanager
def in_body() -> Iterator[None]:
    """What a room refuses of what was sent lies in the body."""
    try:
        yield
    except Refusal as refusal:
        if refusal.loc:
            refusal.loc = ("body", *refusal.loc)
        raise


def response(
    *, status: int, code: str | None = None, detail: str | None = None, errors: Sequence[dict[str, Any]] = ()
) -> HttpResponse:
    title = RENAMED.get(status) or HTTPStatus(status).phrase
    body = {
        # No page explains one code better than `detail` does, so the type is the RFC's own default.
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail or SENTENCES.get(status, f"{title}."),
        "code": code or title.lower().replace(" ", "_").replace("-", "_"),
        "errors": list(errors),
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return HttpResponse(orjson.dumps(body), status=status, content_type=CONTENT_TYPE, headers=headers)


def refused(request: HttpRequest, error: Refusal) -> HttpResponse:
    errors = [{"loc": error.loc, "message": error.message, "code": error.code}] if error.loc else []
    answer = response(status=error.status, code=error.code, detail=error.message, errors=errors)
    for name, value in error.headers.items():
        answer[name] = value
    return answer


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [_field_error(found) for found in error.errors]
    told = "; ".join(f"{'.'.join(map(str, found['loc']))}: {found['message']}" for found in errors[:5])
    return response(status=422, code="invalid", detail=f"The request doesn't fit. {told}.", errors=errors)


def _field_error(found: dict[str, Any]) -> dict[str, Any]:
    source, *loc = found["loc"]
    # The first name inside a body is that of the endpoint's own argument, which no sender knows.
    inside = loc[1:] if source == "body" else loc
    message = found["msg"].removeprefix("Value error, ").rstrip(".")
    return {"loc": [source, *inside], "message": message, "code": found["type"]}


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, Refusal):
        return refused(request, error.__cause__)
    return response(status=error.status_code, detail=error.message)


def register(api: NinjaAPI) -> None:
    """Answer each anticipated error; what isn't one goes on to Django, which logs it (`middleware` says it as 500)."""
    handlers: dict[type[Exception], Any] = {
        Refusal: refused,
        ValidationError: _invalid,
        HttpError: _http,
        AuthenticationError: _plain(401),
        Http404: _plain(404),
        DataError: _unstorable,
        RequestDataTooBig: _plain(413),
        UnreadablePostError: _plain(400),
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _unstorable(request: HttpRequest, error: DataError) -> HttpResponse:
    refusal = of_database(error)
    if refusal is None:
        raise error
    return refused(request, refusal)


def _plain(status: int) -> Any:
    return lambda request, error: response(status=status)
