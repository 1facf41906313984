"""From checked records to rows of the tables: values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from annotation import copying
from annotation.ingest import identity
from annotation.ingest.found import Key
from annotation.ingest.record import InteractionIn, SignalIn
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
    key: Key
    feature: Feature
    sent: InteractionIn
    fingerprint: bytes
    random_number: float
    rank: int
    settle_at: datetime

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
        asked, metadata = values["input"], values["metadata"]
        return (
            self.id,
            None if asked is None else copying.jsonb(asked),
            copying.jsonb(values["output"]),
            values["final_text"],
            copying.jsonb(metadata) if metadata else _NOTHING,
        )


class NewSignal(NamedTuple):
    """One to be stored. `is_late`: the interaction had settled when it came. `facts`: its first evidence, as JSONB."""

    interaction_id: int
    feature_id: int
    random_number: float
    external_id: str
    kind: str
    observed_at: datetime
    ingested_at: datetime
    details: dict[str, Any]
    is_late: bool
    facts: bytes
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
        return pk, copying.jsonb(self.details) if self.details else _NOTHING, self.facts


def external_id(sent: SignalIn) -> str:
    """The sender's id of a signal, else the one that its content gives it."""
    return sent.id or identity.signal_id(
        feature=sent.feature,
        interaction_id=sent.interaction_id,
        kind=sent.kind,
        observed=sent.observed_text,
        details=sent.details,
    )


def conversation_ranks(records: Mapping[Key, InteractionIn]) -> dict[Key, int]:
    """The rank of each among these records of its conversation; those without conversation are left out."""
    turns = [
        (one.values["occurred_at"], key, conversation)
        for key, one in records.items()
        if (conversation := one.values["conversation_id"]) is not None
    ]
    seen: dict[tuple[int, str], int] = {}
    ranks = {}
    for _, key, conversation in sorted(turns):
        place = key[0], conversation
        ranks[key] = seen[place] = seen.get(place, 0) + 1
    return ranks


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
