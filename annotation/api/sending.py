"""What senders send: interactions, and signals that come later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router, Schema

from annotation.access import recent
from annotation.api import auth, paging, problems, streams
from annotation.api.auth import ApiRequest
from annotation.api.shapes import Slug
from annotation.ingest import body, joining, record, store
from annotation.ingest.fields import Field, object_schema
from annotation.ingest.outcome import Outcome
from annotation.models import WaitingSignal

router = Router(tags=["Sending"])
_sender = auth.Bearer("ingest", is_checked=True)


class RefusedShown(Schema):
    index: int
    id: str | None
    code: str
    message: str


class OutcomeShown(Schema):
    accepted: int
    duplicates: int
    refused: list[RefusedShown]


class SignalOutcomeShown(OutcomeShown):
    waiting: int


class WaitingShown(Schema):
    feature: str
    interaction_id: str
    id: str
    kind: str
    observed_at: datetime
    received_at: datetime

    @staticmethod
    def resolve_feature(row: WaitingSignal) -> str:
        return row.feature.slug

    @staticmethod
    def resolve_interaction_id(row: WaitingSignal) -> str:
        return row.interaction_external_id

    @staticmethod
    def resolve_id(row: WaitingSignal) -> str:
        return row.external_id


class WaitingFilter(paging.Paging):
    feature: Slug


def batch_body(fields: Mapping[str, Field], example: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The request body of an endpoint that takes one record, an array of them, or one a line.

    `more`: JSON Schema of a record beside its fields.
    """
    shape = object_schema(fields) | more
    one = shape | {"examples": [example]}
    many = {"type": "array", "maxItems": body.MAX_RECORDS, "items": shape}
    content = {body.JSON: {"schema": {"anyOf": [one, many]}}, body.NDJSON: {"schema": one}}
    return {"requestBody": {"required": True, "content": content}}


def received(request: ApiRequest) -> list[store.RecordIn]:
    """The records of the request's body, read in pieces and never through Django's own limit."""
    return body.records(
        chunks=streams.chunks(request),
        encoding=request.headers.get("Content-Encoding"),
        media_type=request.content_type or "",
    )


def answered(outcome: Outcome, shape: type[OutcomeShown]) -> HttpResponse:
    """Written as it is: what it holds is our own, and thousands of refusals would each be checked again."""
    told = {name: getattr(outcome, name) for name in shape.model_fields}
    status = 422 if outcome.is_all_refused else 200
    return HttpResponse(orjson.dumps(told), status=status, content_type="application/json; charset=utf-8")


@router.post(
    "/interactions",
    auth=_sender,
    response=problems.responses({200: OutcomeShown}, 400, 413, 415) | {422: OutcomeShown},
    summary="Send interactions",
    openapi_extra=batch_body(
        record.INTERACTION,
        {
            "feature": "email-drafts",
            "id": "gen_81",
            "occurred_at": "2026-05-05T10:11:12.5Z",
            "input": "Thank Ann for the figures.",
            "output": "Dear Ann, thank you for the figures.",
            "signals": [{"kind": "accepted", "observed_at": "2026-05-05T10:11:14.6Z"}],
        },
    ),
)
def send_interactions(request: ApiRequest) -> HttpResponse:
    """One record, an array, or one a line; gzip or zstd if you like. 422 if all were refused, 200 otherwise.

    A record sent again is a duplicate, and its new signals are taken. What was answered 200 is on disk.
    """
    records = received(request)
    take = partial(joining.process.interactions, count=len(records), now=timezone.now())
    try:
        outcome = take(batch=store.Batch(records, request.auth.feature, request.reading))
    except recent.Changed:
        _sender.anew(request)
        outcome = take(batch=store.Batch(records, request.auth.feature))
    return answered(outcome, OutcomeShown)


@router.post(
    "/signals",
    auth=auth.scope("ingest"),
    response=problems.responses({200: SignalOutcomeShown}, 400, 413, 415) | {422: SignalOutcomeShown},
    summary="Send signals that come later",
    openapi_extra=batch_body(
        record.SIGNAL,
        {
            "feature": "email-drafts",
            "interaction_id": "gen_81",
            "kind": "thumbs_down",
            "observed_at": "2026-05-05T10:12:00Z",
        },
    ),
)
def send_signals(request: ApiRequest) -> HttpResponse:
    """Signals whose interaction has not arrived wait for it, 7 days at most."""
    outcome = store.signals(records=received(request), only=request.auth.feature, now=timezone.now())
    return answered(outcome, SignalOutcomeShown)


@router.get(
    "/signals/waiting",
    auth=auth.scope("read"),
    response=problems.responses({200: paging.Page[WaitingShown]}, 404, 422),
    summary="List signals that wait for their interaction",
)
def waiting(request: ApiRequest, query: Query[WaitingFilter]) -> dict[str, object]:
    feature = auth.feature(request, query.feature)
    return paging.page(request, WaitingSignal.objects.filter(feature=feature).select_related("feature"), query)
