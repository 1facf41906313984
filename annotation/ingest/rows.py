"""From checked records to rows of the tables: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from annotation import copying
from annotation.ingest import identity
from annotation.ingest.found import Key, Known
from annotation.ingest.record import InteractionIn, SignalIn
from annotation.lib.sentences import Figure
from annotation.models import Feature

INTERACTION_COLUMNS: Mapping[str, str] = {
    "id": "int8",
    "feature_id": "int8",
    "external_id": "text",
    "fingerprint": "bytea",
    "conversation_id": "text",
    "conversation_rank": "int4",
    "user_hash": "bytea",
    "occurred_at": "timestamptz",
    "ingested_at": "timestamptz",
    "model_version": "text",
    "request_model": "text",
    "response_model": "text",
    "replaces": "text",
    "exposure_set": "text",
    "exposure_rank": "int4",
    "exposure_of": "int4",
    "exposure_propensity": "float8",
    "random_number": "float8",
    "is_evaluation": "bool",
    "clock_ahead_ms": "int8",
    "settle_at": "timestamptz",
}
CONTENT_COLUMNS: Mapping[str, str] = {
    "interaction_id": "int8",
    "input": copying.JSONB,
    "output": copying.JSONB,
    "final_text": "text",
    "metadata": copying.JSONB,
}
SIGNAL_COLUMNS: Mapping[str, str] = {
    "id": "int8",
    "interaction_id": "int8",
    "external_id": "text",
    "kind": "text",
    "observed_at": "timestamptz",
    "ingested_at": "timestamptz",
    "is_late": "bool",
    "derived_by": "text",
}
DETAIL_COLUMNS: Mapping[str, str] = {"signal_id": "int8", "details": copying.JSONB, "facts": copying.JSONB}

_NOTHING = copying.jsonb({})
_MILLISECOND = timedelta(milliseconds=1)


class NewInteraction(NamedTuple):
    """One to be stored, with its id taken in advance."""

    id: int
    feature: Feature
    sent: InteractionIn
    fingerprint: bytes
    random_number: float
    rank: int
    settle_at: datetime

    @property
    def key(self) -> Key:
        return self.feature.id, self.sent.values["id"]

    def known(self) -> Known:
        """What it is once it is stored."""
        return Known(self.id, self.fingerprint, self.random_number, self.settle_at)

    def row(self, now: datetime) -> tuple[Any, ...]:
        values = self.sent.values
        exposure = values["exposure"] or {}
        occurred_at = values["occurred_at"]
        request_model, response_model = values["request_model"] or "", values["response_model"] or ""
        return (
            self.id,
            self.feature.id,
            values["id"],
            self.fingerprint,
            values["conversation_id"],
            self.rank,
            _user_hash(values),
            min(occurred_at, now),
            now,
            values["model_version"] or response_model or request_model or "unknown",
            request_model,
            response_model,
            values["replaces"],
            exposure.get("set_id"),
            exposure.get("rank"),
            exposure.get("of"),
            exposure.get("propensity"),
            self.random_number,
            _is_evaluation(self.feature, values),
            (occurred_at - now) // _MILLISECOND if occurred_at > now else 0,
            self.settle_at,
        )

    def content(self) -> tuple[Any, ...]:
        values = self.sent.values
        metadata = values["metadata"]
        return (
            self.id,
            copying.jsonb(values["input"]),
            copying.jsonb(values["output"]),
            values["final_text"],
            copying.jsonb(metadata) if metadata else _NOTHING,
        )


class NewSignal(NamedTuple):
    """One to be stored. `is_late`: the interaction had settled when it came. `facts`: its first evidence."""

    interaction_id: int
    feature_id: int
    random_number: float
    external_id: str
    kind: str
    observed_at: datetime
    ingested_at: datetime
    details: dict[str, Any]
    is_late: bool
    facts: list[tuple[str, dict[str, Figure]]]
    derived_by: str | None = None

    def row(self, pk: int) -> tuple[Any, ...]:
        return (
            pk,
            self.interaction_id,
            self.external_id,
            self.kind,
            min(self.observed_at, self.ingested_at),
            self.ingested_at,
            self.is_late,
            self.derived_by,
        )

    def content(self, pk: int) -> tuple[Any, ...]:
        return pk, copying.jsonb(self.details) if self.details else _NOTHING, copying.jsonb(self.facts)


def external_id(sent: SignalIn) -> str:
    """The sender's id of a signal, else the one that its content gives it."""
    return sent.id or identity.signal_id(
        feature=sent.feature,
        interaction_id=sent.interaction_id,
        kind=sent.kind,
        observed=sent.observed_text,
        details=sent.details,
    )


def conversation_ranks(records: Iterable[InteractionIn]) -> dict[tuple[str, str], int]:
    """By record key: its rank among these records of its conversation; 1 for a record without conversation."""
    held = [one for one in records if one.values["conversation_id"] is not None]
    held.sort(key=lambda one: (*_conversation(one), one.values["occurred_at"], one.values["id"]))
    return {one.key: rank for _, group in groupby(held, key=_conversation) for rank, one in enumerate(group, start=1)}


def _conversation(one: InteractionIn) -> tuple[str, str]:
    return one.values["feature"], one.values["conversation_id"]


def _user_hash(values: Mapping[str, Any]) -> bytes | None:
    if values["user_key"] is None:
        return None
    return identity.user_hash(feature=values["feature"], user_key=values["user_key"])


def _is_evaluation(feature: Feature, values: Mapping[str, Any]) -> bool:
    return identity.is_evaluation(
        feature=feature.slug,
        share=feature.eval_share,
        conversation_id=values["conversation_id"],
        interaction_id=values["id"],
    )
