"""Some thousand good answers in one statement, and exports of them in small shards."""

from __future__ import annotations

from typing import Any

from django.db import connection

from annotation.exports.selection import select
from annotation.exports.wanted import ExportRequest
from annotation.models import Export, Feature
from tests import cast
from tests.exports import world

FILL = """
    WITH n AS (
        INSERT INTO annotation_interaction
            (feature_id, external_id, fingerprint, conversation_id, conversation_rank, occurred_at, ingested_at,
             model_version, request_model, response_model, random_number, is_evaluation, clock_ahead_ms)
        SELECT %(feature)s::bigint, 'gen_' || g, '\\x00', 'c' || g / 3, 1, %(now)s::timestamptz, %(now)s::timestamptz,
               'v1', '', '', 0.5, false, 0
        FROM generate_series(1, %(rows)s::int) g
        RETURNING id
    ), x AS (
        INSERT INTO annotation_interactioncontent (interaction_id, input, output, metadata)
        SELECT id, to_jsonb('Question ' || id), to_jsonb(repeat('An answer. ', 40) || id), '{}' FROM n
    ), s AS (
        INSERT INTO annotation_signal (interaction_id, external_id, kind, observed_at, ingested_at, is_late)
        SELECT id, 's', 'accepted', %(now)s::timestamptz, %(now)s::timestamptz, false FROM n
        RETURNING id, interaction_id
    ), i AS (
        INSERT INTO annotation_item
            (public_id, feature_id, queue_id, interaction_id, signal_id, signal_kind, purpose, status,
             evidence_version, needed, taken, queued_at, resolved_at)
        SELECT 'item_' || id, %(feature)s::bigint, %(queue)s::bigint, interaction_id, id, 'accepted', 'backfill',
               'resolved', 1, 1, '{}', %(now)s::timestamptz, %(now)s::timestamptz
        FROM s
        RETURNING id
    )
    INSERT INTO annotation_consensusrevision (item_id, number, reason_id, method, label_source, label_ids, resolved_at)
    SELECT i.id, 1, r.id, 'single', 'human', '{}', %(now)s::timestamptz
    FROM i, annotation_reason r
    WHERE r.signal_kind = 'accepted' AND r.code = 'verified'
"""


def feature(rows: int) -> Feature:
    """One with so many good answers, in conversations of three."""
    made = cast.feature()
    at: dict[str, Any] = {"feature": made.pk, "queue": made.queues.get().pk, "rows": rows, "now": cast.NOW}
    with connection.cursor() as cursor:
        cursor.execute(FILL, at)
    return made


def asked(of: Feature, *, shard_rows: int, **fields: Any) -> Export:
    """An export that waits for its worker, whose rows are fixed and cut into shards of that size."""
    export = world.asked(of, **fields)
    rows = Export.objects.filter(pk=export.pk)
    rows.update(status=Export.Status.RUNNING, attempt=1)
    export.refresh_from_db()
    request = ExportRequest.model_validate(export.request)
    select.rows(export=export, request=request, attempt=1, now=world.LATER, shard_rows=shard_rows)
    rows.update(status=Export.Status.PENDING)
    export.refresh_from_db()
    return export
