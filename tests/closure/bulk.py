"""Many interactions of a feature, by statements that make them inside the database: to see how figures scale."""

from __future__ import annotations

from typing import Any

from django.db import connection

from annotation.models import Feature, Queue, Reason, TaxonomyVersion
from tests import stock
from tests.worlds import day

FILL = (
    """
    INSERT INTO annotation_interaction
        (id, feature_id, external_id, fingerprint, conversation_rank, occurred_at, ingested_at, model_version,
         request_model, response_model, random_number, is_evaluation, clock_ahead_ms)
    SELECT %(first)s + n, %(feature)s, 'bulk_' || n, decode(lpad(to_hex(n), 32, '0'), 'hex'), 1,
           %(start)s + %(span)s * n / %(count)s, %(start)s + %(span)s * n / %(count)s + interval '2 s', 'v' || n %% 4,
           '', '', (n * 0.6180339887 + 0.01) %% 1, false, 0
    FROM generate_series(1, %(count)s) n
    """,
    """
    INSERT INTO annotation_interactioncontent (interaction_id, input, output, metadata)
    SELECT id, to_jsonb('Where is order ' || id %% 5000 || '?'), to_jsonb('It left on day ' || id %% 28 || '.'), '{}'
    FROM annotation_interaction WHERE feature_id = %(feature)s
    """,
    """
    INSERT INTO annotation_cohort (queue_id, day, closed_at, threshold)
    SELECT %(queue)s, day, day + interval '3 days', 1.0 / %(each)s
    FROM generate_series(%(start)s, %(start)s + %(span)s, interval '1 day') day
    """,
    """
    INSERT INTO annotation_signal (id, interaction_id, external_id, kind, observed_at, ingested_at, is_late)
    SELECT id, id, 's', 'accepted', occurred_at, ingested_at, false FROM annotation_interaction
    WHERE feature_id = %(feature)s
    """,
    """
    INSERT INTO annotation_item
        (id, public_id, feature_id, queue_id, interaction_id, signal_id, signal_kind, purpose, status, weight, key,
         cohort_id, evidence_version, needed, taken, queued_at, resolved_at)
    SELECT i.id, 'itm_bulk_' || i.id, i.feature_id, %(queue)s, i.id, i.id, 'accepted', 'sample',
           CASE WHEN i.random_number < 1.0 / %(each)s THEN 'resolved' ELSE 'reserve' END, 1, i.random_number,
           c.id, 1, 1, '{}', i.ingested_at,
           CASE WHEN i.random_number < 1.0 / %(each)s
                THEN i.ingested_at + interval '1 hour' * (6 + (hashint8(i.id) & 65535) %% 60) END
    FROM annotation_interaction i
    JOIN annotation_cohort c ON c.queue_id = %(queue)s AND c.day = (i.occurred_at AT TIME ZONE 'UTC')::date
    WHERE i.feature_id = %(feature)s
    """,
    """
    INSERT INTO annotation_label
        (id, item_id, rater_id, role, taxonomy_version_id, reason_id, labeled_at, received_at, suggestion_seen,
         submission_id)
    SELECT id, id, %(rater)s, 'annotator', %(version)s, CASE WHEN id %% 5 = 0 THEN %(bad)s ELSE %(good)s END,
           resolved_at, resolved_at, false, gen_random_uuid()
    FROM annotation_item WHERE feature_id = %(feature)s AND status = 'resolved'
    """,
    """
    INSERT INTO annotation_consensusrevision
        (id, item_id, number, reason_id, method, label_source, label_ids, resolved_at)
    SELECT id, id, 1, CASE WHEN id %% 5 = 0 THEN %(bad)s ELSE %(good)s END, 'single', 'human', ARRAY[id], resolved_at
    FROM annotation_item WHERE feature_id = %(feature)s AND status = 'resolved'
    """,
)
EXPORT = """
    INSERT INTO annotation_export
        (id, public_id, feature_id, request, status, created_at, rows_done, left_out, content_sha256, warnings, error,
         claimed_by, attempt, files_removed_why)
    SELECT %(first)s + number, 'exp_bulk_' || %(first)s + number, %(feature)s, '{"format": "sft"}', 'running', at, 0,
           '{}', '', '[]', '', '', 1, ''
    FROM (SELECT number, %(start)s + number * interval '7 days' AS at FROM generate_series(1, %(exports)s) number) one
"""
ROWS = """
    INSERT INTO annotation_exportrow
        (export_id, ordinal, row_kind, split, "group", item_id, revision_id, label_ids)
    SELECT %(first)s + number, row_number() OVER (PARTITION BY number ORDER BY item.id) - 1, 'row', 'train',
           item.id::text, item.id, item.id, ARRAY[item.id]
    FROM generate_series(1, %(exports)s) number
    JOIN annotation_item item ON item.feature_id = %(feature)s
                             AND item.resolved_at < %(start)s + number * interval '7 days'
"""
DONE = """
    UPDATE annotation_export SET status = 'done', manifest = '{}', exported_at = created_at, finished_at = created_at
    WHERE feature_id = %(feature)s
"""
# Whatever is made afterwards goes on from there.
GO_ON = """
    SELECT setval(pg_get_serial_sequence(name, 'id'), (
        SELECT max(id) FROM annotation_interaction
    )) FROM unnest(ARRAY['annotation_interaction', 'annotation_signal', 'annotation_item', 'annotation_label',
                         'annotation_consensusrevision', 'annotation_export']) name
"""


def fill(of: Feature, *, count: int, days: int = 28, each: int = 10, first: int = 0) -> None:
    """`count` interactions over as many days, of which every tenth (`each`) was labeled within three days, a fifth of
    those as bad; and each week an export of all that was resolved until then. Ids go on from `first`."""
    queue = Queue.objects.get(feature=of)
    reasons = {code: Reason.objects.get(signal_kind="accepted", code=code) for code in ("verified", "undone_later")}
    values: dict[str, Any] = {
        "feature": of.pk,
        "queue": queue.pk,
        "rater": stock.rater().pk,
        "good": reasons["verified"].pk,
        "bad": reasons["undone_later"].pk,
        "version": TaxonomyVersion.objects.get().pk,
        "count": count,
        "first": first,
        "each": float(each),
        "start": day(0).replace(hour=0),
        "span": day(days) - day(0),
        "exports": days // 7,
    }
    with connection.cursor() as cursor:
        for statement in (*FILL, EXPORT, ROWS, DONE, GO_ON):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
