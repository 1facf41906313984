"""Any body near the contract's shape: each record is taken or refused in words, and the good ones are always stored."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings

from annotation.models import Interaction, Signal, WaitingSignal
from tests.api import hostile
from tests.api.hostile import Body
from tests.cast import Machine

pytestmark = pytest.mark.django_db(transaction=True)

Record = dict[str, Any]

# No hang: the slowest body may wait for a busy machine, and no longer.
ANY = settings(
    deadline=timedelta(seconds=20),
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@settings(ANY, max_examples=300)
@given(body=hostile.bodies())
def test_each_record_is_taken_or_refused_in_words_and_no_neighbor_is_lost(machine: Machine, body: Body) -> None:
    _check(machine, body)


@pytest.mark.long
@settings(ANY, max_examples=50_000, derandomize=False)
@given(body=hostile.bodies())
def test_50_000_bodies(machine: Machine, body: Body) -> None:
    _check(machine, body)


def _check(machine: Machine, body: Body) -> None:
    nonce = uuid4().hex
    told = _told(machine, body, nonce)
    refused = {one["index"]: one for one in told["refused"]}
    assert len(refused) == len(told["refused"])
    assert refused.keys() <= set(range(len(body.elements)))
    assert all(one["code"] and one["message"].endswith(".") for one in refused.values())
    assert len(refused) + told["accepted"] + told["duplicates"] + told.get("waiting", 0) == len(body.elements)
    assert [index for index, one in enumerate(body.elements) if one.good and index in refused] == []
    stored = _waiting(nonce) if body.path == "/signals" else _interactions(nonce)
    for index in set(range(len(body.elements))) - set(refused):
        record = _record(body.elements[index].raw, nonce)
        name = record["interaction_id" if body.path == "/signals" else "id"]
        # A record that lost its own id may be another body's.
        if nonce in name:
            assert stored[name] == _doubles(_texts(record))


def _told(machine: Machine, body: Body, nonce: str) -> Any:
    raw = body.raw.replace(hostile.NONCE.encode(), nonce.encode())
    headers = {"content_encoding": "gzip"} if body.is_packed else {}
    sent = gzip.compress(raw, compresslevel=1) if body.is_packed else raw
    answer = machine.post(body.path, raw=sent, content_type=body.content_type, **headers)
    told = answer.json()
    is_all_refused = len(told["refused"]) == len(body.elements)
    assert answer.status_code == (422 if is_all_refused else 200)
    return told


def _record(raw: bytes, nonce: str) -> Record:
    """What another reader of JSON finds in it."""
    record: Record = json.loads(raw.decode("utf-8-sig").replace(hostile.NONCE, nonce))
    return record


def _texts(record: Record) -> object:
    if "interaction_id" in record:
        return record.get("details") or {}
    texts = [record.get("input"), record["output"], record.get("final_text"), record.get("metadata") or {}]
    named = [(one["id"], one.get("details") or {}) for one in record.get("signals") or [] if one.get("id")]
    return [*texts, dict(named[::-1])]


def _interactions(nonce: str) -> dict[str, Any]:
    found = Interaction.objects.filter(external_id__startswith=nonce).select_related("content")
    return {one.external_id: _doubles(_stored(one)) for one in found.prefetch_related("signals__content")}


def _stored(one: Interaction) -> list[Any]:
    content = one.content
    named = {sig.external_id: sig.content.details for sig in one.signals.all() if _has_id(sig)}
    return [content.input, content.output, content.final_text, content.metadata, named]


def _has_id(signal: Signal) -> bool:
    """Whether the sender named it: neither Flywheel, from its content, nor a rule that derived it."""
    return signal.derived_by is None and not signal.external_id.startswith("sig_")


def _waiting(nonce: str) -> dict[str, Any]:
    found = WaitingSignal.objects.filter(interaction_external_id__startswith=nonce)
    return {one.interaction_external_id: _doubles(one.details) for one in found}


def _doubles(value: Any) -> Any:
    """The same with numbers as doubles, and lists for tuples: that is all that storing may change."""
    if isinstance(value, dict):
        return {name: _doubles(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_doubles(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
