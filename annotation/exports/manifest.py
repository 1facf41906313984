"""The record of what a dataset holds, where it came from and what it leaves out: ids, codes and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, LiteralString

import orjson
from django.conf import settings
from psycopg import sql

from annotation import loading
from annotation.exports import hygiene, measures, since, versions
from annotation.models import Export, ExportShard

COUNTED = ("split", "reason", "outcome", "signal_kind", "model_version", "label_source")

ROWS = sql.SQL("""
    FROM annotation_exportrow r
    JOIN annotation_item i ON i.id = r.item_id
    JOIN annotation_interaction n ON n.id = i.interaction_id
    LEFT JOIN annotation_consensusrevision v ON v.id = r.revision_id
    LEFT JOIN annotation_consensusrevision w ON w.id = r.counterpart_revision_id
    LEFT JOIN annotation_label l ON r.row_kind = 'label' AND l.id = r.label_ids[1]
    LEFT JOIN annotation_rater a ON a.id = l.rater_id
    JOIN annotation_reason m ON m.id = COALESCE(l.reason_id, v.reason_id)
    WHERE r.export_id = %(export)s AND r.ordinal <> ALL(%(without)s::bigint[])
""")

COUNTS = sql.SQL("""
    SELECT r.split, i.signal_kind || ': ' || m.code, m.outcome, i.signal_kind, n.model_version,
           COALESCE(a.kind, GREATEST(v.label_source, w.label_source), 'none'), count(*)
    {rows}
    GROUP BY 1, 2, 3, 4, 5, 6
    ORDER BY min(r.ordinal)
""").format(rows=ROWS)

# Seconds from `occurred_at`, so that the stages can be laid over each other; negative where a clock ran ahead.
CLOSURE = sql.SQL("""
    WITH reached AS (
        SELECT n.occurred_at, n.ingested_at, i.queued_at, v.resolved_at, %(exported_at)s::timestamptz AS exported_at,
               COALESCE(l.labeled_at, (
                   SELECT min(b.labeled_at) FROM annotation_label b WHERE b.id = ANY(v.label_ids)
               )) AS labeled_at
        {rows}
    )
    SELECT stage, count(at), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM at - occurred_at)),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM at - occurred_at))
    FROM reached
    CROSS JOIN LATERAL (VALUES (1, 'ingested', ingested_at), (2, 'queued', queued_at), (3, 'labeled', labeled_at),
                               (4, 'resolved', resolved_at), (5, 'exported', exported_at)) AS s (place, stage, at)
    GROUP BY place, stage
    ORDER BY place
""").format(rows=ROWS)

LABELS_PER_ROW: LiteralString = """
    SELECT avg(cardinality(label_ids)) FROM annotation_exportrow WHERE export_id = %(export)s
"""


def build(*, export: Export, content_sha256: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    """The manifest of an export whose rows are fixed and whose files are written."""
    at: dict[str, Any] = {"export": export.pk, "exported_at": export.exported_at, "without": []}
    return {
        "id": export.public_id,
        "created_at": export.created_at.isoformat(),
        "request": export.request,
        "taxonomy_version": export.taxonomy_version.number if export.taxonomy_version else None,
        "rows": rows(export),
        "left_out": export.left_out,
        "files": files,
        "content_sha256": content_sha256,
        "previous": versions.in_manifest(export),
        "closure": _closure(at),
        **hygiene.in_manifest(export),
        **measures.in_manifest(export),
        "signal_validity": export.signal_validity,
        **since.in_manifest(export),
        "redaction": sorted(export.feature.redaction),
        "warnings": export.warnings,
        "override": export.request.get("override"),
        "flywheel_version": settings.VERSION,
    }


def rows(export: Export, *, without: Sequence[int] = ()) -> dict[str, Any]:
    """How many rows it holds, by what; `without` the rows at these ordinals."""
    total = (export.rows_total or 0) - len(without)
    return {"total": total, **_counts({"export": export.pk, "without": list(without)})}


def labels_per_row(export: Export) -> float | None:
    """How many labels decided a row, on average."""
    ((found,),) = loading.fetched(LABELS_PER_ROW, {"export": export.pk})
    return None if found is None else float(found)


def data_files(export: Export) -> list[dict[str, Any]]:
    """The manifest's entries of the shards."""
    return [
        {
            "name": shard.name,
            "bytes": shard.bytes,
            "sha256": shard.sha256,
            "rows": shard.last_ordinal - shard.first_ordinal + 1,
        }
        for shard in ExportShard.objects.filter(export=export)
    ]


def as_file(manifest: dict[str, Any]) -> bytes:
    """`manifest.json`: the same bytes from what the database gives back, which forgets the order of keys."""
    option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(manifest, option=option)


def _counts(at: dict[str, Any]) -> dict[str, dict[str, int]]:
    counts = {name: Counter[str]() for name in COUNTED}
    for *keys, count in loading.fetched(COUNTS, at):
        for name, key in zip(COUNTED, keys, strict=True):
            counts[name][key] += count
    return {name: dict(counter) for name, counter in counts.items()}


def _closure(at: dict[str, Any]) -> dict[str, dict[str, float | int | None]]:
    return {stage: {"count": count, "p50": p50, "p90": p90} for stage, count, p50, p90 in loading.fetched(CLOSURE, at)}
