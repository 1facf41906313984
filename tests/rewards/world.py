"""Conversations of a product that tells, days later, what became of them: made in bulk, as rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from annotation import audit, loading, rewards
from annotation.models import DelayedOutcome, Feature, Interaction
from tests.cast import NOW

RESOLVED = "resolved_without_contact"

# By statements that make the rows inside the database: an audit takes thousands of them.
TURNS = """
    INSERT INTO annotation_interaction
        (feature_id, external_id, fingerprint, conversation_id, conversation_rank, occurred_at, ingested_at,
         model_version, request_model, response_model, random_number, is_evaluation, clock_ahead_ms)
    SELECT %(feature)s, 'gen_' || n, decode(lpad(to_hex(n), 32, '0'), 'hex'), %(conversation_id)s, 1, %(at)s, %(at)s,
           %(model_version)s, '', '', 0.5, false, 0
    FROM generate_series(%(start)s, %(start)s + %(count)s - 1) n ORDER BY n
    RETURNING id
"""
EARLY = """
    INSERT INTO annotation_signal (interaction_id, external_id, kind, observed_at, ingested_at, is_late)
    SELECT id, kind, kind, %(at)s, %(at)s, false FROM unnest(%(ids)s::bigint[]) id, unnest(%(kinds)s::text[]) kind
"""
LATER = """
    WITH told AS (
        INSERT INTO annotation_signal (interaction_id, external_id, kind, observed_at, ingested_at, is_late)
        SELECT id, 'later-' || %(at)s::text, 'later_result', %(at)s, %(at)s, false FROM unnest(%(ids)s::bigint[]) id
        RETURNING id, interaction_id
    )
    INSERT INTO annotation_signalcontent (signal_id, details)
    SELECT told.id, jsonb_build_object('name', %(name)s::text, 'value', said.value)
    FROM told JOIN unnest(%(ids)s::bigint[], %(values)s::jsonb[]) said (id, value) ON said.id = told.interaction_id
"""


def conversations(
    of: Feature,
    count: int,
    *,
    good: int,
    silent: int = 0,
    kinds: Sequence[str] = (),
    at: datetime = NOW - timedelta(days=30),
    model_version: str = "drafts-1",
    conversation_id: str | None = None,
) -> None:
    """So many of one turn each, 30 days old, of which `good` ended well, `silent` are not told of, and the rest ended
    badly: all with these early signals."""
    start = Interaction.objects.filter(feature=of).count()
    told = {"feature": of.pk, "start": start, "count": count, "at": at, "model_version": model_version}
    made = [pk for (pk,) in loading.fetched(TURNS, told | {"conversation_id": conversation_id})]
    with connection.cursor() as cursor:
        cursor.execute(EARLY, {"ids": made, "kinds": list(kinds), "at": at + timedelta(minutes=5)})
    _later(made[: count - silent], [place < good for place in range(count - silent)], at=at + timedelta(days=3))


def results(found: Sequence[tuple[Interaction, Any]], *, at: datetime, name: str = RESOLVED) -> None:
    _later([one.pk for one, _value in found], [value for _one, value in found], at=at, name=name)


def _later(ids: Sequence[int], values: Sequence[Any], *, at: datetime, name: str = RESOLVED) -> None:
    told: dict[str, Any] = {"ids": list(ids), "values": [json.dumps(value) for value in values], "at": at, "name": name}
    with connection.cursor() as cursor:
        cursor.execute(LATER, told)


def named(of: Feature, name: str = RESOLVED, **meaning: Any) -> DelayedOutcome:
    wanted = rewards.Meaning(**({"days": 7} | meaning))
    return rewards.name(feature=of, name=name, meaning=wanted, actor=audit.FLYWHEEL, now=NOW)[0]


def told(outcome: DelayedOutcome, *, now: datetime = NOW) -> rewards.Outcome:
    """As it stands after a night."""
    rewards.measure(outcome_id=outcome.pk, now=now)
    return next(one for one in rewards.report(feature=outcome.feature) if one.name == outcome.name)


def line(found: rewards.Outcome, kind: str) -> rewards.Line:
    return next(one for one in found.lines if one.kind == kind)
