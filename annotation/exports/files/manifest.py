"""The record of what a dataset holds, where it came from and what it leaves out: ids, codes and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, LiteralString

import orjson
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from annotation import loading
from annotation.exports import hygiene
from annotation.exports.files import measures
from annotation.exports.selection import staging
from annotation.exports.series import since, versions
from annotation.models import Export, ExportShard

STAGES: Final = ("ingested", "queued", "labeled", "resolved", "exported")
COUNTED: Final = ("split", "reason", "outcome", "signal_kind", "model_version", "label_source")

_REACHED: LiteralString = "count({0}), percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {0})"

# From one look at the rows: how many there are by all of COUNTED, then one row of how many reached each of STAGES and
# when. In seconds from `occurred_at`, so that the stages can be laid over each other; negative where a clock ran ahead.
FIGURES = sql.SQL("""
    WITH reached AS MATERIALIZED (
        SELECT r.split, COALESCE(v.reason_id, l.reason_id) AS reason_id, i.signal_kind, n.model_version,
               COALESCE(a.kind, GREATEST(v.label_source, CASE WHEN r.counterpart_revision_id IS NOT NULL THEN (
                   SELECT w.label_source FROM annotation_consensusrevision w WHERE w.id = r.counterpart_revision_id
               ) END), 'none') AS label_source,
               date_part('epoch', n.ingested_at - n.occurred_at) AS ingested,
               date_part('epoch', i.queued_at - n.occurred_at) AS queued,
               date_part('epoch', COALESCE(l.labeled_at, CASE WHEN cardinality(v.label_ids) > 1 THEN (
                   SELECT min(b.labeled_at) FROM annotation_label b WHERE b.id = ANY(v.label_ids)
               ) END) - n.occurred_at) AS labeled,
               date_part('epoch', v.resolved_at - n.occurred_at) AS resolved,
               date_part('epoch', %(exported_at)s::timestamptz - n.occurred_at) AS exported
        FROM annotation_exportrow r
        JOIN annotation_item i ON i.id = r.item_id
        JOIN annotation_interaction n ON n.id = i.interaction_id
        LEFT JOIN annotation_consensusrevision v ON v.id = r.revision_id
        LEFT JOIN annotation_label l ON cardinality(r.label_ids) = 1 AND l.id = r.label_ids[1]
        LEFT JOIN annotation_rater a ON r.row_kind = 'label' AND a.id = l.rater_id
        WHERE r.export_id = %(export)s AND r.ordinal <> ALL(%(without)s::bigint[])
    )
    SELECT split, few.signal_kind || ': ' || m.code, m.outcome, few.signal_kind, model_version, label_source, rows, NULL
    FROM (
        SELECT split, reason_id, signal_kind, model_version, label_source, count(*) AS rows
        FROM reached GROUP BY 1, 2, 3, 4, 5
    ) few
    JOIN annotation_reason m ON m.id = few.reason_id
    UNION ALL
    SELECT {nothing}, NULL, jsonb_build_array({stages}) FROM reached
""").format(
    nothing=sql.SQL(", ").join([sql.NULL] * len(COUNTED)),
    stages=sql.SQL(", ").join(sql.SQL(_REACHED).format(sql.Identifier(stage)) for stage in STAGES),
)

# Of millions of rows the planner takes it for dear to hand them from process to process, and it costs less than a look
# at each of their tables by one alone.
IN_PARALLEL: LiteralString = "SET LOCAL parallel_tuple_cost = 0"

LABELS_PER_ROW: LiteralString = """
    SELECT avg(cardinality(label_ids)) FROM annotation_exportrow WHERE export_id = %(export)s
"""


def build(*, export: Export, content_sha256: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    """The manifest of an export whose rows are fixed and whose files are written."""
    held, closure = _figures(export)
    return {
        "id": export.public_id,
        "created_at": export.created_at.isoformat(),
        "request": export.request,
        "taxonomy_version": export.taxonomy_version.number if export.taxonomy_version else None,
        "rows": held,
        "left_out": export.left_out,
        "files": files,
        "content_sha256": content_sha256,
        "previous": versions.in_manifest(export),
        "closure": closure,
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
    return _figures(export, without)[0]


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


def _figures(export: Export, without: Sequence[int] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
    """How many rows there are, and by what; and of each stage of the loop how many reached it, and how soon."""
    at = {"export": export.pk, "exported_at": export.exported_at, "without": list(without)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(staging.MEMORY)
        cursor.execute(IN_PARALLEL)
        *found, (*_, stages) = loading.fetched(FIGURES, at)
    counts = {name: Counter[str]() for name in COUNTED}
    for *keys, count, _ in found:
        for name, key in zip(COUNTED, keys, strict=True):
            counts[name][key] += count
    total = (export.rows_total or 0) - len(without)
    return {"total": total, **{name: dict(counter) for name, counter in counts.items()}}, _closure(orjson.loads(stages))


def _closure(stages: list[Any]) -> dict[str, dict[str, float | int | None]]:
    """`stages`: a count and two percentiles of each of STAGES."""
    told = zip(STAGES, stages[::2], stages[1::2], strict=True)
    return {stage: {"count": count, **_percentiles(at)} for stage, count, at in told}


def _percentiles(found: tuple[float, float] | None) -> dict[str, float | None]:
    return dict.fromkeys(("p50", "p90")) if found is None else {"p50": float(found[0]), "p90": float(found[1])}
