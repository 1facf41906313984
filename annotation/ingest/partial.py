"""Model calls that come in parts: the span in one request, what was said in others, in any order.

Both wait here until the call is whole; the order of their coming makes no difference to what is stored. Who adds a
part tries the call itself, and a sweep tries those of which no more came for a while.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection
from django.db.models import Q
from psycopg.types.json import Jsonb

from annotation import loading
from annotation.ingest import addresses, forgotten, identity, record, redaction, responses, store
from annotation.ingest.fields import InvalidRecord
from annotation.lib import canonical, rfc3339
from annotation.lib.otlp import parts
from annotation.lib.otlp.calls import Call
from annotation.lib.otlp.parts import Assembled, Part
from annotation.models import Feature, PartialCall

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
STORED_KEPT = timedelta(days=1)
"""How long a stored call is remembered, to tell what is sent again from what came too late."""

QUIET = timedelta(minutes=1)
"""A call of which no more came for so long is stored with what there is, if its span and an answer are there."""

WITHOUT_SPAN = timedelta(hours=1)
"""Likewise where an event tells the whole call: its span was not recorded, or got lost."""

BATCH = 200
MAX_BYTES = 32 * 1024 * 1024

ADD_CALLS = """
INSERT INTO annotation_partialcall AS w
    (sender, external_id, call, call_digest, user_hash, parts, has_output, is_whole, received_at, updated_at)
SELECT %s, k.name, k.call, k.digest, k.user_hash, '{}', false, false, %s, %s
FROM unnest(%s::text[], %s::jsonb[], %s::bytea[], %s::bytea[]) AS k (name, call, digest, user_hash)
ORDER BY k.name
ON CONFLICT (sender, external_id) DO UPDATE SET
    call = CASE WHEN w.stored_at IS NULL THEN COALESCE(w.call, excluded.call) END,
    call_digest = COALESCE(w.call_digest, excluded.call_digest),
    user_hash = COALESCE(w.user_hash, excluded.user_hash),
    updated_at = excluded.updated_at
RETURNING w.external_id, w.call_digest
"""

ADD_PARTS = """
INSERT INTO annotation_partialcall AS w
    (sender, external_id, user_hash, parts, has_output, is_whole, received_at, updated_at)
SELECT %s, k.name, k.user_hash, k.parts, k.has_output, k.is_whole, %s, %s
FROM unnest(%s::text[], %s::bytea[], %s::jsonb[], %s::bool[], %s::bool[])
    AS k (name, user_hash, parts, has_output, is_whole)
ORDER BY k.name
ON CONFLICT (sender, external_id) DO UPDATE SET
    user_hash = COALESCE(w.user_hash, excluded.user_hash),
    parts = w.parts || excluded.parts,
    has_output = w.has_output OR excluded.has_output,
    is_whole = w.is_whole OR excluded.is_whole,
    updated_at = excluded.updated_at
WHERE w.stored_at IS NULL AND pg_column_size(w.parts) < %s
RETURNING w.external_id
"""

SET_STORED = """
UPDATE annotation_partialcall w SET stored_at = %s, call = NULL,
    parts = COALESCE((SELECT jsonb_object_agg(key, NULL) FROM jsonb_object_keys(w.parts) AS key), '{}')
WHERE w.sender = %s AND w.external_id = ANY(%s::text[])
"""

# The user's key itself is never stored, not even while a call waits.
SET_USERS = """
UPDATE annotation_interaction i SET user_hash = w.user_hash
FROM unnest(%s::text[], %s::text[]) AS k (feature, name)
JOIN annotation_feature f ON f.slug = k.feature
JOIN annotation_partialcall w ON w.sender = %s AND w.external_id = k.name AND w.user_hash IS NOT NULL
WHERE i.feature_id = f.id AND i.external_id = k.name AND i.user_hash IS NULL AND i.erased_at IS NULL
"""

Refusals = dict[str, InvalidRecord]
"""By the id of the call."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose calls these are: `only` is the one feature that the sender may send for."""

    only: Feature | None
    now: datetime

    @property
    def number(self) -> int:
        return self.only.pk if self.only else 0


def add_calls(*, calls: Sequence[Call], sender: Sender) -> Refusals:
    """Calls whose spans carry no answer: they wait for it, unless it is there. A call sent again is a duplicate."""
    refused: Refusals = {}
    checked = _checked_calls(calls, sender, refused)
    known = addresses.by_id(checked.keys(), sender.only)
    rows = [one for name, one in checked.items() if name not in known]
    added = loading.fetched(ADD_CALLS, [sender.number, sender.now, sender.now, *_columns(rows)]) if rows else []
    digests: dict[str, Any] = dict(added)
    stored = PartialCall.objects.filter(sender=sender.number, external_id__in=known, call_digest__isnull=False)
    digests |= dict(stored.values_list("external_id", "call_digest"))
    for name, one in checked.items():
        if bytes(digests.get(name, one[2])) != one[2]:
            told = "This span was sent before with other content, and the first stays. Send a span once."
            refused[name] = InvalidRecord("conflicting_duplicate", told)
    return refused | complete(names=checked.keys(), sender=sender)


def _checked_calls(calls: Sequence[Call], sender: Sender, refused: Refusals) -> dict[str, tuple[Any, ...]]:
    """By id, what a row of the table holds of each call that could become an interaction."""
    sound = [call for call in calls if not _refused_for_its_shape(call, refused)]
    features = {one.slug: one for one in Feature.objects.filter(slug__in={call.record["feature"] for call in sound})}
    checked: dict[str, tuple[Any, ...]] = {}
    for call in sound:
        try:
            feature = store.feature_of(slug=call.record["feature"], features=features, only=sender.only)
            _check_user(call, feature)
            checked.setdefault(call.record["id"], _call_row(call, feature))
        except InvalidRecord as error:
            refused[call.record["id"]] = error
    return checked


def _refused_for_its_shape(call: Call, refused: Refusals) -> bool:
    try:
        record.interaction(call.record | {"output": "is still to come", "signals": call.signals})
    except InvalidRecord as error:
        refused[call.record["id"]] = error
        return True
    return False


def _check_user(call: Call, feature: Feature) -> None:
    """Only the hash of the user's key is kept until the call is whole, so an erased user is met here or never."""
    values = {"feature": feature.slug, "user_key": call.record.get("user_key")}
    key = feature.pk, call.record["id"]
    if forgotten.keys([(key, values | {"occurred_at": rfc3339.parse(call.record["occurred_at"])})]):
        raise InvalidRecord("erased", "The user of this call was erased here: it is not taken. Stop sending it.")


def _call_row(call: Call, feature: Feature) -> tuple[Any, ...]:
    digest = identity.fingerprint(canonical.dumps(call.record))
    told = redaction.call(parts.as_json(call), redaction.of(feature))
    user_hash = _taken_user(told)
    return call.record["id"], _jsonb(told), digest, user_hash


def _taken_user(told: dict[str, Any]) -> bytes | None:
    """Take the user's key out of a call, and return its hash."""
    told["record"] = dict(told["record"])
    user_key = told["record"].pop("user_key", None)
    return identity.user_hash(feature=told["record"]["feature"], user_key=user_key) if user_key else None


@dataclass(frozen=True, slots=True)
class PartIn:
    """One event of a call; `key` is the same for the same event sent again, `feature` the one it names, maybe empty."""

    name: str
    key: str
    feature: str
    part: Part


def add_parts(*, sent: Sequence[PartIn], sender: Sender) -> Refusals:
    """What was said in events of their own. Where the call is stored already, it is known, or refused as too late."""
    grouped: dict[str, list[PartIn]] = defaultdict(list)
    for one in sent:
        grouped[one.name].append(one)
    before = _keys_of_stored(grouped.keys(), sender)
    known = addresses.by_id(grouped.keys() - before.keys(), sender.only)
    redactors = redaction.of_slugs({one.feature for one in sent}, only=sender.only)
    rows = [
        _part_row(name, group, redactors) for name, group in grouped.items() if name not in before and name not in known
    ]
    values = [sender.number, sender.now, sender.now, *_columns(rows), MAX_BYTES]
    added = {row[0] for row in loading.fetched(ADD_PARTS, values)} if rows else set()
    missed = {row[0] for row in rows} - added
    # Stored by another request in between; what isn't, is too large.
    stored = before | (_keys_of_stored(missed, sender) if missed else {})
    refused = _late(grouped, stored) | {name: _too_large() for name in missed - stored.keys()}
    return refused | complete(names=added, sender=sender)


def _part_row(
    name: str, group: Sequence[PartIn], redactors: Mapping[str, redaction.Redactor | None]
) -> tuple[Any, ...]:
    told = {one.key: dict(redaction.part(one.part, redactors[one.feature])) for one in group}
    users = []
    for part in told.values():
        if "call" in part:
            part["call"] = dict(part["call"])
            users.append(_taken_user(part["call"]))
    has_output = any(map(parts.has_output, told.values()))
    is_whole = any("call" in part and parts.has_output(part) for part in told.values())
    return name, next(filter(None, users), None), _jsonb(told), has_output, is_whole


def _keys_of_stored(names: Collection[str], sender: Sender) -> dict[str, frozenset[str]]:
    """By id, of the calls that are stored and still remembered: the keys of their parts."""
    stored = PartialCall.objects.filter(sender=sender.number, external_id__in=names, stored_at__isnull=False)
    return {name: frozenset(held) for name, held in stored.values_list("external_id", "parts")}


def _late(grouped: Mapping[str, Sequence[PartIn]], stored: Mapping[str, frozenset[str]]) -> Refusals:
    told = "The call that this event belongs to was complete and is stored without it. Send a call's events in order."
    return {
        name: InvalidRecord("too_late", told)
        for name, keys in stored.items()
        if any(one.key not in keys for one in grouped[name])
    }


def _too_large() -> InvalidRecord:
    told = f"The events of this call are larger than {MAX_BYTES // 1024**2} MiB together. Send less of them."
    return InvalidRecord("too_large", told)


def complete(*, names: Collection[str], sender: Sender) -> Refusals:
    """Store those of the calls that are whole by now. What can't be taken is forgotten, and said."""
    rows = PartialCall.objects.filter(sender=sender.number, external_id__in=names, stored_at=None, has_output=True)
    made = {row.external_id: parts.assembled(row.call, row.parts.values()) for row in rows if row.call}
    return _stored({name: one for name, one in made.items() if one is not None and one.is_complete}, sender)


def sweep(*, now: datetime) -> int:
    """Store a batch of calls of which no more came for a while, oldest first; how many. Call again until it is 0."""
    is_due = Q(call__isnull=False, updated_at__lte=now - QUIET)
    is_due |= Q(is_whole=True, updated_at__lte=now - WITHOUT_SPAN)
    due = PartialCall.objects.filter(is_due, has_output=True, stored_at=None).order_by("updated_at")
    by_sender: dict[int, dict[str, Assembled]] = defaultdict(dict)
    for row in due[:BATCH]:
        if made := parts.assembled(row.call, row.parts.values()):
            by_sender[row.sender][row.external_id] = made
    features = Feature.objects.in_bulk(by_sender.keys())
    for number, made_calls in by_sender.items():
        for name, error in _stored(made_calls, Sender(features.get(number), now)).items():
            log.warning("The call %s can't be taken: %s", name, error.message)
    return sum(map(len, by_sender.values()))


def forget_whole(*, names: Collection[str], sender: Sender) -> None:
    """Parts of calls whose spans told everything are not needed."""
    PartialCall.objects.filter(sender=sender.number, external_id__in=names, stored_at=None).delete()


def drop_old(*, now: datetime) -> int:
    """Delete what has waited for longer than 7 days, and return how many calls those were."""
    PartialCall.objects.filter(stored_at__lt=now - STORED_KEPT).delete()
    dropped, _ = PartialCall.objects.filter(stored_at=None, received_at__lt=now - KEPT).delete()
    if dropped:
        told = "%s model calls of OpenTelemetry waited 7 days for their span or for what was said, and were dropped."
        log.warning(told, dropped)
    return dropped


def _stored(made: Mapping[str, Assembled], sender: Sender) -> Refusals:
    if not made:
        return {}
    names = list(made)
    records = [(place, made[name].record) for place, name in enumerate(names)]
    outcome = store.interactions(records=records, now=sender.now, only=sender.only)
    refused = {names[one.index]: InvalidRecord(one.code, one.message) for one in outcome.refused}
    taken = {name: one for name, one in made.items() if name not in refused}
    # Whoever dies between these steps leaves a call that is tried again, and is a duplicate then.
    with connection.cursor() as cursor:
        cursor.execute(SET_USERS, [[one.record["feature"] for one in taken.values()], list(taken), sender.number])
    notes = [
        responses.Note(one.record["feature"], name, one.response_id) for name, one in taken.items() if one.response_id
    ]
    responses.note(notes=notes, now=sender.now)
    with connection.cursor() as cursor:
        cursor.execute(SET_STORED, [sender.now, sender.number, names])
    return refused


def _jsonb(value: object) -> Jsonb:
    return Jsonb(value, dumps=orjson.dumps)


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
